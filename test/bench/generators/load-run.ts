import type { Measurement } from '../measurement.ts';
import type { Load } from '../row.ts';

/** Told when a generator has warmed up, and when it has measured: the servers are watched in between. */
export interface Watcher {
  readonly measuring: () => void;
  readonly measured: () => void;
}

/** How long a load is driven, and where. */
export interface LoadRun {
  readonly seconds: number;
  readonly warmUp: number;
  /** Directory to work in: a fresh one for what creates nodes. */
  readonly root: string;
  /** Nodes of the filled tree in `root`; for loads over the tree, and for a fill. */
  readonly nodes?: number;
  readonly watcher: Watcher;
}

export type LoadDriver = (load: Load, run: LoadRun) => Promise<Measurement>;

/** Below so many operations a second nothing is worth waiting for. */
const FILL_PER_SECOND_MIN = 500;
const SETUP_MS = 120_000;

export function secondsOf(load: Load, { seconds }: LoadRun): number {
  return Math.max(seconds, load.secondsMin ?? 0);
}

/** How long a generator may take with all it does, ms. */
export function loadLimitMs(load: Load, run: LoadRun): number {
  const { nodes = 0, warmUp } = run;
  const work =
    load.operation === 'fill' ? nodes / FILL_PER_SECOND_MIN : secondsOf(load, run) + warmUp;
  return SETUP_MS + work * 1000;
}
