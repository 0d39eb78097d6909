import { Command, Option } from 'commander';
import { settingKeys } from '../config/setting-table.ts';
import type { StartMember } from '../member-contract.ts';
import { STOP_WITH_PARENT } from '../supervisor/leftovers.ts';
import { addSettingOptions } from './setting-options.ts';

const EXAMPLES = `
Every setting may also be given in the environment (VIVARIUM_CLIENT_PORT=2181) or in a file
(clientPort=2181); a flag wins over the environment, the environment over the file. The file may be
a zoo.cfg: its server.N lines name the members, and keys that have no use here are reported.

Examples:
  vivarium member --id 1 --members 1,2,3 --data /var/lib/vivarium/1 --nats nats://10.0.0.5:4222
  vivarium member --config /etc/vivarium/zoo.cfg          # the id is in dataDir/myid
  VIVARIUM_ID=2 vivarium member --config zoo.cfg --client-host 0.0.0.0

Exit codes: 0 asked to stop, 1 stopped itself (the last line says why), 2 a setting is wrong.`;

/** `vivarium member`: one member, in this process. */
export function memberCommand(loadMember: () => Promise<StartMember>): Command {
  const command = new Command('member')
    .description('run one member of an ensemble')
    .option('--config <FILE>', 'file of key=value lines; zoo.cfg will do')
    .addOption(
      new Option(STOP_WITH_PARENT, 'stop when stdin ends, that is, when the parent dies').default(
        false,
      ),
    )
    .addHelpText('after', EXAMPLES);
  const settings = addSettingOptions(command, settingKeys);
  return command.action(async (options: { config?: string; stopWithParent: boolean }) => {
    // Loaded here, so that --help and a wrong flag do not wait for the whole member.
    const { loadMemberConfig } = await import('../config/member-config.ts');
    const loaded = loadMemberConfig({
      flags: settings.given(),
      environment: process.env,
      ...(options.config === undefined ? {} : { configFile: options.config }),
    });
    const { runMember } = await import('./member-process.ts');
    const startMember = await loadMember();
    process.exit(await runMember(loaded, startMember, { stopWithParent: options.stopWithParent }));
  });
}
