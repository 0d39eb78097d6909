import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command, InvalidArgumentError, Option } from 'commander';
import { wholeNumber } from '../whole-number.ts';
import { allFaults } from './all-faults.ts';
import { compileMember } from './compiled-member.ts';
import { hasProgram, isolation } from './isolation.ts';
import { CLIENTS_FILE, type RunOptions } from './options.ts';

const INSIDE = fileURLToPath(new URL('./inside.ts', import.meta.url));
const INTERRUPTED = 130;
/** What ending may take, behind the minutes of faults. */
const ENDING_MS = 60_000;

const HELP = `
Starts three members, or five and an observer, and three NATS servers as processes of their own, and clients that write, read and watch;
does one fault after the other to them, heals each, and measures how long it takes until a write is acknowledged
through every member. At the end everything that the clients saw and every txn in the members' logs goes through the
checkers of test/history/checkers. The same seed is the same faults in the same order.

It works on loopback, or where the user may (as root, or with user namespaces) in a network of its own; else partitions
and full disks are left out, and it says so. It needs nats-server; ip and tc for the network.

  npm run faults -- --seed 1 --minutes 20
  npm run faults -- --seed 7 --minutes 2 --only partition,kill

Exit code 0: nothing was violated. 1: something was; the last lines say what, and where the history is. 130: it was
interrupted. Whatever it has made it removes again, but what shows a violation.`;

interface Flags {
  readonly seed: number;
  readonly minutes: number;
  readonly members?: string;
  readonly observers?: number;
  readonly only?: readonly string[];
  readonly serviceMs: number;
  readonly namespaces: boolean;
  readonly history?: string;
}

const command = new Command('faults')
  .description('faults on real processes, and what clients see of them')
  .option('--seed <N>', 'decides the faults and what clients ask', wholeNumber, 1)
  .option('--minutes <M>', 'of faults; the end takes up to one more', positive, 1)
  .addOption(new Option('--members <K>', 'default: the seed decides').choices(['3', '5']))
  .option('--observers <K>', 'that serve and do not vote; default: 1 beside five', wholeNumber)
  .option('--only <WORD,WORD>', 'only faults whose name holds one of the words', kinds)
  .option('--service-ms <MS>', 'longer to service after a healing is a violation', positive, 2000)
  .option('--no-namespaces', 'on loopback as it is: without partitions and full disks')
  .option('--history <FILE>', 'keep the history: what clients saw and members delivered')
  .addHelpText('after', HELP)
  .action(async (flags: Flags) => {
    process.exitCode = await faults(flags);
  });
await command.parseAsync();

async function faults(flags: Flags): Promise<number> {
  if (!hasProgram('nats-server')) {
    process.stdout.write(
      'There is no nats-server on the PATH; ops/interop.sh installs it on Debian.\n',
    );
    return 1;
  }
  const { seed, minutes, serviceMs, only = [], members, observers, history, namespaces } = flags;
  const apart = namespaces ? isolation() : undefined;
  if (namespaces && apart === undefined) {
    process.stdout.write('no namespaces for this user: partitions and full disks are left out\n');
  }
  const directory = mkdtempSync(join(tmpdir(), 'vivarium-faults-'));
  const { file: program, directory: programDirectory } = await compileMember();
  const historyFile = resolve(history ?? join(directory, 'history.ndjson'));
  const asked = { seed, minutes, serviceMs, only };
  const options: RunOptions = {
    ...asked,
    ...(members === undefined ? {} : { members: Number(members) }),
    ...(observers === undefined ? {} : { observers }),
    ...{ historyFile, directory, program, programDirectory },
    isIsolated: apart !== undefined,
    hasNetwork: apart?.hasNetwork ?? false,
  };
  let code = 1;
  try {
    code = await inside(apart?.words ?? [], options);
  } finally {
    rmSync(programDirectory, { recursive: true, force: true });
    if (code === 1) keepEvidence(directory);
    else rmSync(directory, { recursive: true, force: true });
  }
  if (code === 1) {
    // A run that broke off has not come to bring the two together.
    const kept = existsSync(historyFile) ? historyFile : join(directory, CLIENTS_FILE);
    process.stdout.write(
      `FAILED with seed ${seed}. The history is ${kept}, the logs are in ${directory}. Once more: ` +
        `npm run faults -- --seed ${seed} --minutes ${minutes}\n`,
    );
  } else if (code === INTERRUPTED) process.stdout.write('interrupted; everything is cleaned up\n');
  return code;
}

/** Runs the second process to its end, and ends it when this one is asked to end or the time is over. */
function inside(prefix: readonly string[], options: RunOptions): Promise<number> {
  const own = [process.execPath, ...process.execArgv, INSIDE, JSON.stringify(options)];
  const [file = '', ...args] = [...prefix, ...own];
  const child: ChildProcess = spawn(file, args, { stdio: ['pipe', 'inherit', 'inherit'] });
  const end = () => child.stdin?.end();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, end);
  const late = setTimeout(
    () => {
      process.stdout.write('VIOLATION the run did not end in time\n');
      child.kill('SIGKILL');
    },
    options.minutes * 60_000 + ENDING_MS,
  );
  return new Promise((resolve) => {
    child.on('error', (error) => {
      process.stdout.write(`VIOLATION the run did not start: ${error.message}\n`);
      resolve(1);
    });
    child.on('exit', (code) => {
      clearTimeout(late);
      resolve(code ?? 1);
    });
  });
}

/** What the clients saw and what the processes said stays; what the members kept goes. */
function keepEvidence(directory: string): void {
  for (const name of readdirSync(directory)) {
    if (!/\.(log|ndjson|cfg|conf)$/.test(name)) {
      rmSync(join(directory, name), { recursive: true, force: true });
    }
  }
}

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError('It must be a number above 0.');
  return value;
}

function kinds(text: string): string[] {
  const words = text.split(',').filter((word) => word !== '');
  const names = allFaults.map(({ kind }) => kind);
  if (!names.some((name) => words.some((word) => name.includes(word)))) {
    throw new InvalidArgumentError(`The kinds are: ${names.join('; ')}.`);
  }
  return words;
}
