import type { Note } from '../machines/effect.ts';
import type { QuotaExcess } from '../machines/znode/quota.ts';
import type { Clock } from './ports.ts';

/** One path is told of once in this time: a busy client would fill the log with nothing else. */
const SILENCE_MS = 60_000;

/** Puts quotas that are exceeded into the log, each path now and then. */
export class QuotaNotes {
  readonly #clock: Clock;
  readonly #note: (note: Note) => void;
  readonly #toldMs = new Map<string, number>();

  constructor(clock: Clock, note: (note: Note) => void) {
    this.#clock = clock;
    this.#note = note;
  }

  tell(excesses: readonly QuotaExcess[]): void {
    if (excesses.length === 0) return;
    const now = this.#clock.now();
    for (const [path, toldMs] of this.#toldMs) {
      if (now - toldMs >= SILENCE_MS) this.#toldMs.delete(path);
    }
    for (const { path, what, isHard, usage, limit } of excesses) {
      if (this.#toldMs.has(path)) continue;
      this.#toldMs.set(path, now);
      const kind = isHard ? 'hard' : 'soft';
      this.#note({
        level: 'warn',
        text: `quota exceeded: ${path} (${what} ${usage}, ${kind} limit ${limit})`,
      });
    }
  }
}
