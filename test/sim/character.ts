import type { ReapingOptions } from '../../machines/zab/reaper.ts';
import type { Temper } from './clients/simulated-client.ts';
import type { Fault } from './faults/fault.ts';
import { Nemesis } from './faults/nemesis.ts';
import { type EnsembleOptions, TIMING } from './world/ensemble.ts';
import { Random } from './world/random.ts';

/** What a seed decides before the first event: how large, how fast, how unlucky. */
export interface Character {
  readonly ensemble: EnsembleOptions;
  readonly reaping: ReapingOptions;
  readonly clients: readonly { readonly temper: Temper; readonly reads: number }[];
  readonly faults: readonly Fault[];
  /** Between two things that go wrong, ms on average. */
  readonly betweenFaultsMs: number;
  /** How much slower than by default everything of the protocol is timed. */
  readonly slowness: number;
  /** How far the clocks of the members run apart, from the start. */
  readonly rates: readonly number[];
}

/** Now and then a message, or a flush, takes that much longer than the others. */
const OUTLIER = 10;
const RATE_SPREAD = 0.01;
/** With small pieces a history is on its way for many messages, and may break off after each. */
const SYNCHRONIZATIONS = [
  {},
  { synchronization: { windowBytes: 1500, pieceBytes: 700 } },
  { synchronization: { windowBytes: 500, pieceBytes: 300 } },
];
const REAPING_STREAM = 0x5ca1ab1e;
const LEADERLESS_STREAM = 0x10ca1;
/** Of all lives have local sessions, and as many serve readers without a leader. */
const LEADERLESS_SHARE = 0.4;
const RARE_STREAM = 0x5e1d0;
const PAST_STREAM = 0x0ba5e;
/** Of all lives begin with members that have promised epochs which came to nothing, and as many have short epochs. */
const PAST_SHARE = 0.3;
const BATCH_STREAM = 0xba7c4;
/** In the lives of one leader batches follow one another at once, in those of another they grow. */
const BATCH_WORTHS = [1, 1, 4, 64];
const PROMISES = [0, 0, 1, 2, 3, 5];
const COUNTER_LIMITS = [100, 400];
const READ_ONLY_AFTER_MS = [50, 500];
/** Four within the silence that ends a leader: fewer than that no configuration may have. */
export const HEARTBEAT_MS = 125;
const DISKS_MS = [1, 3, 10, 60];
/** An election has to be possible between two faults, for some; others never get that far. */
const BETWEEN_FAULTS_MS = [100, 300, 1000, 3000];

/** Half of all lives have none. */
const OBSERVERS = [0, 0, 0, 1, 1, 2];
/** Observers are decided upon apart: what else a seed decides is the same with them and without. */
const APART = 1_000_003;

export function characterOf(seed: number, members?: number, observers?: number): Character {
  const random = new Random(seed);
  const apart = new Random(seed + APART);
  const size = members ?? random.pick([3, 3, 3, 5]);
  const observing = Array.from({ length: observers ?? apart.pick(OBSERVERS) });
  const slowness = random.pick([1, 1, 2, 4]);
  const disks = Array.from({ length: size }, () => times(random, DISKS_MS));
  disks.push(...observing.map(() => times(apart, DISKS_MS)));
  const networkMs = times(random, [1, 3, 10, 40]);
  const leaderless = leaderlessOf(seed, slowness);
  const clients = Array.from({ length: random.pick([2, 3, 6]) }, (_, index) => ({
    temper: {
      thinkMs: random.pick([50, 200, 800]),
      timeoutMs: random.pick([1000, 2000, 4000, 8000]) * slowness,
      atOnce: random.pick([1, 1, 4, 8]),
      latencyMs: times(random, [0.5, 2, 10]),
      // Beside those who will read anywhere there is always one who will not.
      readOnly: leaderless.readOnlyAfterMs !== undefined && index % 3 !== 1,
    },
    // Who never writes is served for long by a leader that is none any more.
    reads: random.pick([0.2, 0.5, 0.8, 1]),
  }));
  const reaping = reapingOf(seed);
  const { acceptedEpochs, counterLimit } = pastOf(seed, size + observing.length);
  const rate = (of: Random) => 1 + (of.next() - 0.5) * 2 * RATE_SPREAD;
  return {
    reaping,
    ensemble: {
      seed,
      size,
      observers: observing.length,
      remembersAll: false,
      acceptedEpochs,
      networkMs,
      pollMs: times(random, [0.1, 1]),
      diskMs: (of, member) => disks[member - 1]?.(of) ?? 0,
      settings: {
        timing: { ...slowed(slowness), readOnlyAfterMs: leaderless.readOnlyAfterMs },
        localSessions: leaderless.localSessions,
        sessions: {
          minTimeoutMs: 1000,
          maxTimeoutMs: 40_000,
          patienceMs: 1000 * slowness,
        },
        ...random.pick(SYNCHRONIZATIONS),
        reaping,
        ...(counterLimit === undefined ? {} : { counterLimit }),
        batchWorth: new Random(seed ^ BATCH_STREAM).pick(BATCH_WORTHS),
        checkpoint: {
          intervalMs: random.pick([200, 2000, 10_000]),
          changes: random.pick([5, 100, 1000]),
          retainTxns: random.pick([0, 5, 500]),
        },
      },
    },
    clients,
    faults: Nemesis.choose(random, new Random(seed ^ RARE_STREAM)),
    betweenFaultsMs: random.pick(BETWEEN_FAULTS_MS),
    slowness,
    rates: [
      ...Array.from({ length: size }, () => rate(random)),
      ...observing.map(() => rate(apart)),
    ],
  };
}

/** Of a stream of its own: what else a seed decides is no other for it. */
function reapingOf(seed: number): ReapingOptions {
  const random = new Random(seed ^ REAPING_STREAM);
  return {
    checkIntervalMs: random.pick([100, 500, 3000]),
    maxPerMinute: random.pick([60, 1000, 10_000]),
    maxNeverUsedIntervalMs: random.pick([0, 0, 2000]),
  };
}

/** What members have promised before their first start, and how soon an epoch is used up; of a stream of its own. */
function pastOf(seed: number, members: number) {
  const random = new Random(seed ^ PAST_STREAM);
  const hasPast = random.chance(PAST_SHARE);
  const limit = random.pick(COUNTER_LIMITS);
  return {
    counterLimit: random.chance(PAST_SHARE) ? limit : undefined,
    acceptedEpochs: Array.from({ length: hasPast ? members : 0 }, () => random.pick(PROMISES)),
  };
}

/** What a member does without its leader, of a stream of its own: most lives have neither (reference §9.5, §9.7). */
function leaderlessOf(seed: number, slowness: number) {
  const random = new Random(seed ^ LEADERLESS_STREAM);
  const isEnabled = random.chance(LEADERLESS_SHARE);
  const afterMs = random.pick(READ_ONLY_AFTER_MS) * slowness;
  return {
    localSessions: { isEnabled, isUpgrading: true },
    readOnlyAfterMs: random.chance(LEADERLESS_SHARE) ? afterMs : undefined,
  };
}

/** Times of one kind, up to a maximum of their own, with an outlier now and then. */
function times(character: Random, maximaMs: readonly number[]): (random: Random) => number {
  const maxMs = character.pick(maximaMs);
  const outliers = character.pick([0, 0.02]);
  return (random) => random.next() * maxMs * (random.chance(outliers) ? OUTLIER : 1);
}

function slowed(factor: number): typeof TIMING {
  return {
    heartbeatMs: HEARTBEAT_MS * factor,
    silenceMs: TIMING.silenceMs * factor,
    establishMs: TIMING.establishMs * factor,
    finalizeWaitMs: TIMING.finalizeWaitMs * factor,
    announceMinMs: TIMING.announceMinMs * factor,
    announceMaxMs: TIMING.announceMaxMs * factor,
    sessionExpiryIntervalMs: TIMING.sessionExpiryIntervalMs * factor,
  };
}
