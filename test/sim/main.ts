import { Command, InvalidArgumentError } from 'commander';
import { type BatchReport, liveAll } from './batch.ts';
import { ChartCoverage, type Purpose } from './chart-coverage.ts';
import { failureText } from './failure-text.ts';
import { FAULTS } from './faults/nemesis.ts';

const MINUTE_MS = 60_000;
const PROGRESS_MS = 5000;
const DEFAULT_MINUTES = 0.5;
const LIVES_FOR_ALL_KINDS = 100;

interface Options {
  readonly seed?: number;
  readonly seeds?: readonly [number, number];
  readonly minutes: number;
  readonly members?: number;
  readonly observers?: number;
  readonly trace?: string;
  readonly coverage: boolean;
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0) {
    throw new InvalidArgumentError('It has to be a whole number.');
  }
  return value;
}

function range(text: string): readonly [number, number] {
  const match = /^(\d+)\.\.(\d+)$/.exec(text);
  const first = Number(match?.[1]);
  const last = Number(match?.[2]);
  if (match === null || last < first) {
    throw new InvalidArgumentError('It has to be two whole numbers, as in 1..1000.');
  }
  return [first, last];
}

function someMinutes(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError('It has to be a number above 0.');
  return value;
}

function memberCount(text: string): number {
  const value = wholeNumber(text);
  if (value < 2 || value > 9) throw new InvalidArgumentError('From 2 to 9 members.');
  return value;
}

function observerCount(text: string): number {
  const value = wholeNumber(text);
  if (value > 9) throw new InvalidArgumentError('From 0 to 9 observers.');
  return value;
}

const program = new Command('npm run sim --')
  .description(
    'Lets whole ensembles live in virtual time, with everything going wrong that can, and holds them to their promises.\n' +
      'One seed decides one life: the same seed is the same life, to the last message.',
  )
  .option('--seed <n>', 'one life', wholeNumber)
  .option('--seeds <a..b>', 'one life after the other, until one fails', range)
  .option(
    '--minutes <m>',
    'how long things go wrong in each life, in virtual minutes',
    someMinutes,
    DEFAULT_MINUTES,
  )
  .option('--members <k>', 'voters of each ensemble (the seed decides without it)', memberCount)
  .option('--observers <k>', 'members without a vote (the seed decides without it)', observerCount)
  .option('--trace <file>', 'write the whole history of one life: one line of JSON an event')
  .option('--no-coverage', 'do not count which transitions of the charts were taken')
  .allowExcessArguments(false);

// Whoever reads only the first lines of the output has not broken anything.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});
program.parse();
const options = program.opts<Options>();
if ((options.seed === undefined) === (options.seeds === undefined)) {
  program.error('error: say either --seed N or --seeds A..B (--help tells more)');
}
if (options.trace !== undefined && options.seed === undefined) {
  program.error('error: --trace goes with --seed: it is the history of one life');
}
process.exitCode = await run(options);

async function run(options: Options): Promise<number> {
  const { seed, seeds, minutes, members, observers, trace, coverage } = options;
  const [first, last] = seeds ?? [seed ?? 0, seed ?? 0];
  const charts = new ChartCoverage();
  const roster = coverage ? await charts.watchedRoster() : undefined;
  let toldMs = performance.now();
  const report = liveAll({
    first,
    last,
    safetyMs: minutes * MINUTE_MS,
    ...(members === undefined ? {} : { members }),
    ...(observers === undefined ? {} : { observers }),
    ...(trace === undefined ? {} : { traceFile: trace }),
    ...(roster === undefined ? {} : { roster }),
    progress: (_, done) => {
      if (performance.now() - toldMs < PROGRESS_MS) return;
      toldMs = performance.now();
      console.log(`${done} of ${last - first + 1} lives, all promises kept so far`);
    },
  });
  if (report.lives > 0) tell(report, first === last);
  if (coverage && report.lives > 0) tellCoverage(charts);
  if (report.failure === undefined) return 0;
  console.log(
    failureText(report.failure, {
      minutes: minutes === DEFAULT_MINUTES ? undefined : minutes,
      members,
      observers,
    }),
  );
  return 1;
}

function tell(report: BatchReport, isOne: boolean): void {
  const { lives, virtualMs, realMs, processorMs, events, counts } = report;
  const { acknowledged, unknown, worstHealedMs } = report;
  const virtualMinutes = virtualMs / MINUTE_MS;
  const rate = (ms: number) => (virtualMinutes / (ms / MINUTE_MS)).toFixed(0);
  console.log(
    `${lives} ${lives === 1 ? 'life' : 'lives'}: ${virtualMinutes.toFixed(1)} virtual minutes in ${(realMs / 1000).toFixed(1)} s, ` +
      `${rate(realMs)} virtual minutes a minute, ${rate(processorMs)} a minute of the processor`,
  );
  console.log(
    `${events} events; ${acknowledged} requests done, ${unknown} of which nobody knows; ` +
      `slowest way back to service ${(worstHealedMs / 1000).toFixed(1)} s`,
  );
  if (isOne && report.hash !== undefined) console.log(`trace ${report.hash}`);
  console.log('\nwhat went wrong, and how often');
  for (const { kind } of FAULTS) console.log(`  ${kind.padEnd(24)} ${counts.get(kind) ?? 0}`);
  const never = FAULTS.filter(({ kind }) => !counts.has(kind)).map(({ kind }) => kind);
  if (never.length > 0 && lives >= LIVES_FOR_ALL_KINDS) {
    console.log(
      `  never, in so many lives: ${never.join(', ')}: something is wrong with these faults`,
    );
  }
  const kinds = new Set(FAULTS.map(({ kind }) => kind));
  console.log('what happened besides');
  for (const [what, count] of [...counts].sort()) {
    if (!kinds.has(what)) console.log(`  ${what.padEnd(24)} ${count}`);
  }
}

function tellCoverage(charts: ChartCoverage): void {
  const share = (purpose: Purpose) => {
    const all = charts.all(purpose).length;
    return `${all - charts.missed(purpose).length} of ${all}`;
  };
  console.log(`\ntransitions of the charts that do something: ${share('acts')} were taken`);
  for (const name of charts.missed('acts')) console.log(`  never: ${name}`);
  console.log(`transitions that ignore what comes too late: ${share('ignores')} were taken`);
  console.log(
    `transitions that stop a member, for what cannot come: ${share('refuses')} were taken`,
  );
}
