import type { Roster } from '../../runtime/roster.ts';
import { LifeFailed, type LifeReport, live } from './life.ts';
import { withoutRealTime } from './real-time.ts';

export interface BatchOptions {
  readonly first: number;
  readonly last: number;
  readonly safetyMs: number;
  readonly members?: number;
  readonly observers?: number;
  readonly traceFile?: string;
  readonly roster?: Roster;
  /** Told after each life, with how many are done. */
  readonly progress?: (report: LifeReport, done: number) => void;
}

export interface BatchReport {
  readonly lives: number;
  readonly virtualMs: number;
  readonly realMs: number;
  /** Of the processor: what the lives cost, however busy the machine is with other things. */
  readonly processorMs: number;
  readonly events: number;
  readonly acknowledged: number;
  readonly unknown: number;
  readonly counts: ReadonlyMap<string, number>;
  readonly worstHealedMs: number;
  /** The first life that broke a promise: the batch ends with it. */
  readonly failure: LifeFailed | undefined;
  /** Of the life, where it was only one. */
  readonly hash: string | undefined;
}

/** Lives of consecutive seeds, one after the other, until one fails. */
export function liveAll(options: BatchOptions): BatchReport {
  const { first, last, progress, ...words } = options;
  const life = { ...words, isHashed: first === last };
  const counts = new Map<string, number>();
  const beganMs = performance.now();
  const cpuBefore = process.cpuUsage();
  let sum = { lives: 0, virtualMs: 0, events: 0, acknowledged: 0, unknown: 0, worstHealedMs: 0 };
  let hash: string | undefined;
  let failure: LifeFailed | undefined;
  for (let seed = first; seed <= last && failure === undefined; seed++) {
    try {
      const report = withoutRealTime(() => live(seed, life));
      for (const [what, count] of report.counts) counts.set(what, (counts.get(what) ?? 0) + count);
      sum = {
        lives: sum.lives + 1,
        virtualMs: sum.virtualMs + report.virtualMs,
        events: sum.events + report.events,
        acknowledged: sum.acknowledged + report.acknowledged,
        unknown: sum.unknown + report.unknown,
        worstHealedMs: Math.max(sum.worstHealedMs, report.healedMs),
      };
      hash = report.hash;
      progress?.(report, sum.lives);
    } catch (error) {
      if (!(error instanceof LifeFailed)) throw error;
      failure = error;
    }
  }
  const { user, system } = process.cpuUsage(cpuBefore);
  const processorMs = (user + system) / 1000;
  return { ...sum, realMs: performance.now() - beganMs, processorMs, counts, failure, hash };
}
