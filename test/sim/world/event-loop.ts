import { TimerQueue } from '../../../runtime/timer-queue.ts';

/** The time of a test and everything that is due in it. Nothing happens unless it is told to run. */
export class EventLoop {
  readonly #due = new TimerQueue();
  #nowMs = 0;
  /** Called after each thing that happened. */
  afterEach: () => void = () => undefined;

  get nowMs(): number {
    return this.#nowMs;
  }

  /** Things due at the same time happen in the order in which they were scheduled. */
  at(dueMs: number, fn: () => void): number {
    return this.#due.add(Math.max(dueMs, this.#nowMs), fn);
  }

  cancel(id: number): void {
    this.#due.remove(id);
  }

  /** Lets the next thing happen, and time pass until it is due; `false` when that is later than `untilMs`. */
  step(untilMs: number): boolean {
    const { nextDueMs } = this.#due;
    if (nextDueMs === undefined || nextDueMs > untilMs) {
      this.#nowMs = Math.max(this.#nowMs, untilMs);
      return false;
    }
    this.#nowMs = nextDueMs;
    this.#due.runNext(nextDueMs);
    this.afterEach();
    return true;
  }

  run(forMs: number): void {
    const endMs = this.#nowMs + forMs;
    while (this.step(endMs));
  }

  /** Runs until the condition holds. Throws when it does not within `limitMs` of this time. */
  until(condition: () => boolean, what: string, limitMs: number): void {
    const endMs = this.#nowMs + limitMs;
    while (!condition()) {
      if (!this.step(endMs)) throw new Error(`not within ${limitMs} ms: ${what}`);
    }
  }
}
