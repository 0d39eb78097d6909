import { Command } from 'commander';
import type { SettingKey } from '../config/setting-schema.ts';
import { settingKeys } from '../config/setting-table.ts';
import type { StartFlags } from './ensemble-plan.ts';
import { addSettingOptions, wholeNumberArgument } from './setting-options.ts';

/** Settings that `start` gives its members itself, or that mean something of its own here. */
const OWN_KEYS: readonly SettingKey[] = [
  'id',
  'members',
  'observers',
  'peerType',
  'dataDir',
  'clientAddresses',
  'adminEnabled',
];

const EXAMPLES = `
Member i listens for clients on the client port + i - 1 and for HTTP on the admin port + i - 1 (ports
that clients have are left out). DIR/<i> is the data of member i, DIR/<i>/pid its process,
DIR/nats-<i>/pid that of NATS server i. One line on stdout tells the connection string when the
ensemble serves; everything else goes to stderr. Starting again on the same DIR goes on with its data.

Examples (after "npm start" put -- before the flags):
  vivarium start
  vivarium start --client-port 24181 --admin-port 24180 --data ./data
  vivarium start --members 5 --nats-servers 3
  vivarium start --observers 2                    # members 4 and 5 serve clients, and do not vote
  vivarium start --nats nats://10.0.0.5:4222,nats://10.0.0.6:4222
  vivarium start --config zoo.cfg --log-level debug`;

/** `vivarium start`: a whole ensemble on this machine. */
export function startCommand(): Command {
  const command = new Command('start')
    .description(
      'run an ensemble on this machine: members and, unless --nats is given, NATS servers',
    )
    .option(
      '--members <N>',
      'number of members that vote (default 3, later what DIR holds)',
      wholeNumberArgument(1, 99),
    )
    .option(
      '--observers <N>',
      'number of members without a vote (default 0, later what DIR holds)',
      wholeNumberArgument(0, 99),
    )
    .option('--data <DIR>', 'where everything is kept (default .vivarium)')
    .option(
      '--nats-servers <N>',
      'number of own NATS servers; 3 survive the loss of one (default 1)',
      wholeNumberArgument(1, 9),
    )
    .option(
      '--nats-port <PORT>',
      'port of the first own NATS server (default any free one)',
      wholeNumberArgument(1, 65535),
    )
    .option('--config <FILE>', 'settings for all members: key=value lines; zoo.cfg will do')
    .option('--no-restart', 'leave a process that dies as it is')
    .addHelpText('after', EXAMPLES);
  const settings = addSettingOptions(
    command,
    settingKeys.filter((key) => !OWN_KEYS.includes(key)),
    {
      ensemble: 'name of the ensemble on the bus (default one that DIR keeps)',
      nats: 'attach to these running NATS servers, instead of starting own ones',
      clientPort: 'client port of member 1; member i has the port + i - 1 (default 2181)',
      adminPort: 'admin port of member 1; the others follow it (default 8080)',
    },
  );
  return command.action(async (flags: StartFlags) => {
    const { runEnsemble } = await import('./ensemble-process.ts');
    process.exit(await runEnsemble(flags, settings.given(), process.env));
  });
}
