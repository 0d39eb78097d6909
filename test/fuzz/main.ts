import { Command } from 'commander';
import { hasProgram } from '../nemesis/isolation.ts';
import { wholeNumber } from '../whole-number.ts';
import { type CampaignReport, campaign, type Tally } from './campaign.ts';
import { KIND_COUNT } from './corpus.ts';

const PROGRESS_MS = 5000;

const HELP = `
Starts an ensemble, and connections that send it requests of all ${KIND_COUNT} kinds with one to four things wrong in
their bytes, several at a time; one in ten connections damages the lengths between the frames as well, and one in ten
its first frame. Beside them a client keeps secrets. A violation is: a member that stops, a connection that is neither
answered nor ended, replies out of order or with bytes that do not belong to them, any byte of the secrets at an
attacker, a change to the secrets, memory that grows on and on.

  npm run fuzz -- --seed 1 --frames 1000000
  npm run fuzz -- --seed 1 --from-connection 4711 --frames 1

The bytes of a connection are decided by the seed and its number; what a member does with them may depend on others.
Exit code 0: no violation. 1: the last lines say which.`;

interface Flags {
  readonly seed: number;
  readonly frames: number;
  readonly members: number;
  readonly attackers: number;
  readonly fromConnection: number;
}

const command = new Command('fuzz')
  .description('damaged requests to real members')
  .option('--seed <N>', 'decides the bytes', wholeNumber, 1)
  .option('--frames <N>', 'damaged frames that members have to take in', wholeNumber, 100_000)
  .option('--members <K>', 'members of the ensemble', wholeNumber, 3)
  .option('--attackers <N>', 'connections at a time', wholeNumber, 16)
  .option('--from-connection <N>', 'begin with the connection of that number', wholeNumber, 0)
  .addHelpText('after', HELP)
  .action(async (flags: Flags) => {
    process.exitCode = await fuzz(flags);
  });
await command.parseAsync();

async function fuzz(flags: Flags): Promise<number> {
  if (!hasProgram('nats-server')) {
    process.stdout.write(
      'There is no nats-server on the PATH; ops/interop.sh installs it on Debian.\n',
    );
    return 1;
  }
  const { seed, frames, members, attackers, fromConnection } = flags;
  let toldMs = performance.now();
  const progress = (soFar: Tally) => {
    if (performance.now() - toldMs < PROGRESS_MS) return;
    toldMs = performance.now();
    process.stdout.write(`${soFar.frames} of ${frames} damaged frames taken in\n`);
  };
  const firstConnection = fromConnection;
  const report = await campaign({ seed, frames, members, attackers, firstConnection, progress });
  tell(report);
  for (const violation of report.violations) process.stdout.write(`VIOLATION ${violation}\n`);
  if (report.violations.length === 0) return 0;
  process.stdout.write(`FAILED with seed ${seed}. Once more: npm run fuzz -- --seed ${seed}\n`);
  return 1;
}

function tell(report: CampaignReport): void {
  const { frames, connections, torn, endedByMember, events, seconds, memoryMb } = report;
  const lines = [
    `${frames} damaged frames in ${connections} connections, ${seconds.toFixed(1)} s: ` +
      `${endedByMember} connections were ended by the member, ${events} events came`,
    `${torn} more connections with damaged lengths, whose frames are not counted`,
    `the client beside them checked its secrets ${report.victimChecks} times; ` +
      `${report.removedNodes} nodes of attackers were removed`,
    'resident memory of the members, MB:',
    `  before the first frame   ${memoryMb.before.join('  ')}`,
    `  after a fifth of them    ${memoryMb.early.join('  ')}`,
    `  at the end               ${memoryMb.after.join('  ')}`,
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}
