import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { Ensemble } from '../ensemble.ts';
import { figure, median } from './table.ts';
import type { Variant } from './watches/crowd-message.ts';
import { openFilesAllowed } from './watches/descriptors.ts';
import { type SceneOutcome, watchScene } from './watches/scene.ts';

const USAGE = `Lets many sessions watch one node, changes it, and says when the last of them has heard; every event is counted.

  npm run bench:watches -- [options]

  --sessions N    on all members together (10000)
  --watches N     of each session: one on the node of all, the others on nodes of its own (10)
  --changes N     of the node of all (100)
  --variant V     one-shot, persistent or both (both)
  --members N     members of the ensemble (3)
  --processes N   processes that the clients are spread over (2)
  --service S     vivarium or zookeeper (vivarium)

A process may have as many connections as its limit of open files lets it: ulimit -n.
`;

/** Of a process, besides its sessions: libraries, log, bus, the connections of the others. */
const OTHER_FILES = 200;
const STEP_MS = 10 * 60_000;

const { values } = parseArgs({
  options: {
    sessions: { type: 'string', default: '10000' },
    watches: { type: 'string', default: '10' },
    changes: { type: 'string', default: '100' },
    variant: { type: 'string', default: 'both' },
    members: { type: 'string', default: '3' },
    processes: { type: 'string', default: '2' },
    service: { type: 'string', default: 'vivarium' },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) process.stdout.write(USAGE);
else process.exitCode = await run();

async function run(): Promise<number> {
  const perProcess =
    Number(values.sessions) / Math.min(Number(values.processes), Number(values.members));
  if (perProcess + OTHER_FILES > openFilesAllowed()) {
    say(
      `A process needs ${Math.ceil(perProcess + OTHER_FILES)} open files and may have ${openFilesAllowed()}: ` +
        'raise the hard limit (ulimit -Hn, as root) or take fewer --sessions or more --processes.',
    );
    return 2;
  }
  say(`load of the last minute ${figure(loadavg()[0] ?? 0)}`);
  const variants = (['one-shot', 'persistent'] as const).filter(
    (variant) => values.variant === 'both' || values.variant === variant,
  );
  let good = variants.length > 0;
  for (const variant of variants) good = (await measure(variant)) && good;
  return good ? 0 : 1;
}

async function measure(variant: Variant): Promise<boolean> {
  say(`\n${variant} watches`);
  const service = values.service === 'zookeeper' ? 'zookeeper' : 'vivarium';
  const ensemble = await Ensemble.start({ service, members: Number(values.members) });
  try {
    const options = {
      variant,
      sessions: Number(values.sessions),
      watches: Number(values.watches),
      changes: Number(values.changes),
      processes: Number(values.processes),
      withinMs: STEP_MS,
    };
    return report(variant, await watchScene(ensemble, options, say));
  } finally {
    await ensemble.stop();
  }
}

function report(variant: Variant, outcome: SceneOutcome): boolean {
  const { toldMs, armedMs, burstMs, events, expectedEvents, problemCount } = outcome;
  const spread = (times: readonly number[]) =>
    `median ${figure(median(times))} ms, worst ${figure(Math.max(...times))} ms`;
  say(`a change until the last client has heard of it: ${spread(toldMs)}`);
  if (variant === 'one-shot') say(`until the last client watches again: ${spread(armedMs)}`);
  if (burstMs !== undefined) {
    say(
      `${values.changes} changes at once, until the last client has heard of all: ${figure(burstMs)} ms`,
    );
  }
  for (const problem of outcome.problems) say(problem);
  const isGood = events === expectedEvents && problemCount === 0;
  say(
    `${isGood ? 'PASS' : 'FAIL'}  ${variant}: ${events} of ${expectedEvents} events, ` +
      `${outcome.watchesCounted} watches counted, ${problemCount} problems`,
  );
  return isGood;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
