import type { ReplicatedState } from './replicated-state.ts';

export interface ReapingOptions {
  /** From the beginning of one round through all containers and TTL nodes to that of the next. */
  readonly checkIntervalMs: number;
  /** Most deletions in any minute. */
  readonly maxPerMinute: number;
  /** A container that has never had a child goes when it is older than that; 0: it stays. */
  readonly maxNeverUsedIntervalMs: number;
}

const MINUTE_MS = 60_000;
/** What one turn looks at, and deletes, at most: whoever asks for something meanwhile waits for no more than that. */
const LOOKS_AT_ONCE = 256;
const DELETIONS_AT_ONCE = 64;
const RUNS_PER_MINUTE = 100;

type State = Pick<ReplicatedState, 'reapablePaths' | 'mayReap'>;

/**
 * Finds containers and TTL nodes whose time has come, in rounds, for the leader to delete (reference §9.8). Begins
 * afresh with each epoch. Rounds and pace are of the leader's lived clock; what has had its time is a matter of the
 * wall clock, in which the times of nodes are told.
 */
export class Reaper {
  readonly #options: ReapingOptions;
  readonly #state: State;
  readonly #deletionsAtOnce: number;
  readonly #msPerDeletion: number;
  #roundMs: number;
  #round: Iterator<string> | undefined;
  #nextDeletionMs: number;

  constructor(options: ReapingOptions, state: State, nowMs: number) {
    const { checkIntervalMs, maxPerMinute } = options;
    this.#options = options;
    this.#state = state;
    this.#deletionsAtOnce = Math.min(DELETIONS_AT_ONCE, Math.ceil(maxPerMinute / RUNS_PER_MINUTE));
    // Behind each run of deletions a pause makes up for it. That of the last run is in the next minute: room is left for it.
    this.#msPerDeletion = MINUTE_MS / (maxPerMinute - this.#deletionsAtOnce + 1);
    this.#roundMs = nowMs + checkIntervalMs;
    this.#nextDeletionMs = nowMs;
  }

  /** Paths of the nodes to be deleted at this moment. */
  due(wallMs: number, nowMs: number): string[] {
    if (nowMs < this.#nextDeletionMs) return [];
    if (this.#round === undefined) {
      if (nowMs < this.#roundMs) return [];
      this.#roundMs = nowMs + this.#options.checkIntervalMs;
      this.#round = this.#state.reapablePaths();
    }
    const due = this.#look(this.#round, wallMs);
    this.#nextDeletionMs = nowMs + due.length * this.#msPerDeletion;
    return due;
  }

  #look(round: Iterator<string>, wallMs: number): string[] {
    const { maxNeverUsedIntervalMs } = this.#options;
    const due = new Set<string>();
    for (let looks = 0; looks < LOOKS_AT_ONCE && due.size < this.#deletionsAtOnce; looks++) {
      const next = round.next();
      if (next.done === true) {
        this.#round = undefined;
        break;
      }
      if (this.#state.mayReap(next.value, wallMs, maxNeverUsedIntervalMs)) due.add(next.value);
    }
    return [...due];
  }
}
