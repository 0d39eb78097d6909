import { readFileSync } from 'node:fs';
import { Command, InvalidArgumentError } from 'commander';
import { wholeNumber } from '../whole-number.ts';
import { crosscheck } from './crosscheck.ts';
import { readScript } from './script.ts';
import { whyNot } from './servers.ts';
import type { Step } from './step.ts';

const DEFAULT_OPERATIONS = 200;
const DEFAULT_SHRINK_SECONDS = 120;
const INTERRUPTED = 130;

const HELP = `
Starts Debian's ZooKeeper and one Vivarium and sends both the same requests, right and wrong ones, over several
sessions that come and go; holds every reply, every watch event and every end of a connection of one against the
other's. What has to be different (times, zxids, session ids, passwords) is compared by what it relates to; what is
known to be different stands in test/crosscheck/known-differences.ts with its reason; anything else is a failure.
The same seed is the same requests in the same order.

  npm run crosscheck -- --seed 7 --ops 500
  npm run crosscheck -- --seeds 1..200 --ops 500
  npm run crosscheck -- --script failing.txt

With --members 3 the sessions come to any of three members of Vivarium; ZooKeeper has one.
A failing script is shortened on both before it is printed. It needs ZooKeeper, java and nats-server:
ops/interop.sh installs them on Debian. Without them it says so and ends with 0.

Exit code 0: nothing is different but what is known. 1: something is. 130: it was interrupted.`;

interface Options {
  readonly seed?: number;
  readonly seeds?: readonly [number, number];
  readonly ops: number;
  readonly script?: string;
  readonly members: number;
  readonly shrinkSeconds: number;
}

function range(text: string): readonly [number, number] {
  const match = /^(\d{1,9})\.\.(\d{1,9})$/.exec(text);
  const first = Number(match?.[1]);
  const last = Number(match?.[2]);
  if (match === null || last < first) {
    throw new InvalidArgumentError('It has to be two whole numbers, as in 1..200.');
  }
  return [first, last];
}

function someOperations(text: string): number {
  const value = wholeNumber(text);
  if (value < 1) throw new InvalidArgumentError('At least one.');
  return value;
}

function memberCount(text: string): number {
  const value = wholeNumber(text);
  if (value !== 1 && value !== 3) throw new InvalidArgumentError('1 or 3 members.');
  return value;
}

const program = new Command('npm run crosscheck --')
  .description('the same requests to ZooKeeper and to Vivarium, and the same answers')
  .option('--seed <n>', 'one script', wholeNumber)
  .option('--seeds <a..b>', 'one script after the other, until one fails', range)
  .option('--ops <m>', 'requests in each script', someOperations, DEFAULT_OPERATIONS)
  .option('--script <file>', 'the script in this file instead')
  .option('--members <k>', 'of Vivarium: 1, or 3 with clients on all of them', memberCount, 1)
  .option(
    '--shrink-seconds <s>',
    'how long a failing script is shortened',
    wholeNumber,
    DEFAULT_SHRINK_SECONDS,
  )
  .addHelpText('after', HELP)
  .allowExcessArguments(false);

// Whoever reads only the first lines of the output has not broken anything.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});
program.parse();
const { seed, seeds, ops, script, members, shrinkSeconds } = program.opts<Options>();
if ([seed, seeds, script].filter((one) => one !== undefined).length !== 1) {
  program.error('error: say --seed N, --seeds A..B or --script FILE (--help tells more)');
}
const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => interrupted.abort());
}
const reason = whyNot();
if (reason !== undefined) console.log(`nothing was compared: ${reason}`);
else {
  const [first, last] = seeds ?? [seed ?? 0, seed ?? 0];
  const passed = await crosscheck({
    ...(script === undefined ? { first, last } : { script: readFile(script), file: script }),
    operations: ops,
    members,
    shrinkMs: shrinkSeconds * 1000,
    signal: interrupted.signal,
    say: (text) => console.log(text),
  });
  process.exitCode = interrupted.signal.aborted ? INTERRUPTED : passed ? 0 : 1;
}

function readFile(file: string): readonly Step[] {
  try {
    return readScript(readFileSync(file, 'utf8'));
  } catch (error) {
    return program.error(`error: ${file}: ${error instanceof Error ? error.message : error}`);
  }
}
