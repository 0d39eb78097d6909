import { Client } from '../../client/client.ts';
import { mntr } from '../../ensemble/four-letter-word.ts';
import { eventually } from '../../ensemble/wait.ts';
import type { Ensemble } from '../../ensemble.ts';
import { cpuSeconds, membersResidentMb } from '../process-figures.ts';
import { Crowds } from './crowd.ts';
import { monotonicMs, type Variant, WATCHED } from './crowd-message.ts';

export interface SceneOptions {
  readonly variant: Variant;
  readonly sessions: number;
  /** Of each session, one of them on the node that all watch. */
  readonly watches: number;
  readonly changes: number;
  /** Processes that the sessions are spread over. */
  readonly processes: number;
  /** How long any one step may take, ms. */
  readonly withinMs: number;
}

/** What the scene found. Times are ms, memory is resident MB by member. */
export interface SceneOutcome {
  readonly connectMs: number;
  readonly armMs: number;
  /** Of each change: from the request until the last client was told. */
  readonly toldMs: readonly number[];
  /** Until the last client had its watch again. */
  readonly armedMs: readonly number[];
  /** All changes once more, without waiting between them; only where watches stay. */
  readonly burstMs: number | undefined;
  readonly memory: readonly (readonly [when: string, megabytes: readonly number[]])[];
  /** Watches that the members counted when all were set. */
  readonly watchesCounted: number;
  readonly events: number;
  readonly expectedEvents: number;
  readonly problems: readonly string[];
  readonly problemCount: number;
}

/** So that a member's own pauses and the machine's load end no session. */
const SESSION_TIMEOUT_MS = 40_000;

/**
 * Many sessions watch one node, and each some nodes of its own; the one node is changed again and again, and every
 * session has to be told of every change, once and in order.
 */
export async function watchScene(
  ensemble: Ensemble,
  options: SceneOptions,
  say: (line: string) => void = () => undefined,
): Promise<SceneOutcome> {
  const writer = await Client.connect(ensemble.members, { timeoutMs: SESSION_TIMEOUT_MS });
  const crowds = new Crowds(options.processes);
  try {
    await writer.create(WATCHED, '0');
    return await play(ensemble, options, writer, crowds, say);
  } finally {
    crowds.end();
    await writer.close();
  }
}

async function play(
  ensemble: Ensemble,
  options: SceneOptions,
  writer: Client,
  crowds: Crowds,
  say: (line: string) => void,
): Promise<SceneOutcome> {
  const { variant, watches, withinMs } = options;
  const memory: [string, number[]][] = [];
  let usedBefore = cpuSeconds(ensemble);
  const remember = (when: string) => {
    const used = cpuSeconds(ensemble);
    memory.push([when, membersResidentMb(ensemble)]);
    say(
      `resident MB of the members ${when}: ${memory.at(-1)?.[1].join(', ')}; ` +
        `they and the bus used ${(used - usedBefore).toFixed(1)} s of processor time`,
    );
    usedBefore = used;
  };
  remember('before');
  const connectMs = await timed(() => connect(ensemble, options, crowds));
  say(`${options.sessions} sessions in ${connectMs.toFixed(0)} ms`);
  remember('with sessions');
  const arm = () => crowds.all('arm', () => ({ order: 'arm', variant, watches }), withinMs);
  const armMs = await timed(arm);
  say(`${options.sessions * watches} watches in ${armMs.toFixed(0)} ms`);
  remember('with watches');
  const watchesCounted = await eventually('the number of watches', 30_000, async () => {
    const count = await watchCount(ensemble);
    return Number.isNaN(count) ? undefined : count;
  });
  const { zxids, toldMs, armedMs } = await change(options, writer, crowds);
  const burstMs =
    variant === 'persistent' ? await burst(options, writer, crowds, zxids) : undefined;
  const verdicts = await crowds.all('judge', () => ({ order: 'judge', zxids }), withinMs);
  remember('after the changes');
  await crowds.all('close', () => ({ order: 'close' }), withinMs);
  await eventually('no watches left', 30_000, async () => (await watchCount(ensemble)) === 0);
  await writer.delete(WATCHED);
  remember('without sessions');
  return {
    connectMs,
    armMs,
    toldMs,
    armedMs,
    burstMs,
    memory,
    watchesCounted,
    events: sum(verdicts.map(({ events }) => events)),
    expectedEvents: options.sessions * zxids.length,
    problems: verdicts.flatMap(({ problems }) => problems),
    problemCount: sum(verdicts.map(({ problemCount }) => problemCount)),
  };
}

async function connect(
  ensemble: Ensemble,
  options: SceneOptions,
  crowds: Crowds,
): Promise<unknown> {
  const members = ensemble.members.map(({ host, port }) => ({ host, port }));
  const starts = Array.from({ length: crowds.count + 1 }, (_, index) =>
    Math.round((options.sessions * index) / crowds.count),
  );
  return crowds.all(
    'connect',
    (index) => {
      const first = starts[index] ?? 0;
      const sessions = (starts[index + 1] ?? 0) - first;
      return { order: 'connect', members, first, sessions, timeoutMs: SESSION_TIMEOUT_MS };
    },
    options.withinMs,
  );
}

/** One change after the other, each when the last session has been told of the one before and watches again. */
async function change(options: SceneOptions, writer: Client, crowds: Crowds) {
  const zxids: number[] = [];
  const toldMs: number[] = [];
  const armedMs: number[] = [];
  for (let events = 1; events <= options.changes; events += 1) {
    const startedMs = monotonicMs();
    const told = crowds.all('await', () => ({ order: 'await', events }), options.withinMs);
    const [stat, reports] = await Promise.all([writer.set(WATCHED, `${events}`), told]);
    zxids.push(stat.mzxid);
    toldMs.push(Math.max(...reports.map(({ atMs }) => atMs)) - startedMs);
    armedMs.push(Math.max(...reports.map(({ armedAtMs }) => armedAtMs)) - startedMs);
  }
  return { zxids, toldMs, armedMs };
}

/** As many changes again, all asked for at once. */
async function burst(
  options: SceneOptions,
  writer: Client,
  crowds: Crowds,
  zxids: number[],
): Promise<number> {
  const startedMs = monotonicMs();
  const events = options.changes * 2;
  const told = crowds.all('await', () => ({ order: 'await', events }), options.withinMs);
  const writes = Array.from({ length: options.changes }, (_, index) =>
    writer.set(WATCHED, `burst ${index}`),
  );
  for (const { mzxid } of await Promise.all(writes)) zxids.push(mzxid);
  return Math.max(...(await told).map(({ atMs }) => atMs)) - startedMs;
}

/** NaN while a member is too busy to say. */
async function watchCount(ensemble: Ensemble): Promise<number> {
  const figures = await Promise.all(ensemble.members.map((member) => mntr(member)));
  return sum(figures.map((figure) => Number(figure.get('watch_count'))));
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedMs = monotonicMs();
  await work();
  return monotonicMs() - startedMs;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
