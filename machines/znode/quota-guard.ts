import type { QuotaExcess, Quotas } from './quota.ts';

/** Paths whose limits are passed, remembered until somebody tells of them. */
const KEPT = 100;

/** The leader's look at quotas: what it refuses, and what it has to tell of. */
export class QuotaGuard {
  readonly #quotas: Quotas;
  readonly #enforces: boolean;
  readonly #excesses = new Map<string, QuotaExcess>();

  constructor(quotas: Quotas, enforces: boolean) {
    this.#quotas = quotas;
    this.#enforces = enforces;
  }

  /** Whether a write to `path` that adds so much is refused. A limit that is only soft is noted (reference §6.4). */
  refuses(path: string, addedCount: number, addedBytes: number): boolean {
    const excess = this.#quotas.excess(path, addedCount, addedBytes);
    if (excess === undefined) return false;
    if (this.#excesses.size < KEPT || this.#excesses.has(excess.path)) {
      this.#excesses.set(excess.path, excess);
    }
    return this.#enforces && excess.isHard;
  }

  /** The last excess of every path that had one since the last call. */
  takeExcesses(): readonly QuotaExcess[] {
    if (this.#excesses.size === 0) return NONE;
    const excesses = [...this.#excesses.values()];
    this.#excesses.clear();
    return excesses;
  }
}

const NONE: readonly QuotaExcess[] = Object.freeze([]);
