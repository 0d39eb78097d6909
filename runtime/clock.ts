import { performance } from 'node:perf_hooks';
import type { Clock, TimerId } from './ports.ts';
import { TimerQueue } from './timer-queue.ts';

/**
 * The time that this process lived. A stretch in which its event loop did not turn (stopped by a signal, a
 * long pause) counts for one step at the most, so that after it nobody is blamed for a silence in which this
 * member was deaf: what waits in the sockets is read before the next step (DESIGN §5).
 */
export class LivedClock implements Clock {
  readonly #stepMs: number;
  readonly #maxStepMs: number;
  readonly #timers = new TimerQueue();
  readonly #interval: NodeJS.Timeout;
  #nowMs = 0;
  #lastMs = performance.now();
  #stalledMs = 0;
  #longestStallMs = 0;

  /** @param stepMs resolution of every timer */
  constructor(stepMs = 10) {
    this.#stepMs = stepMs;
    this.#maxStepMs = stepMs * 5;
    this.#interval = setInterval(() => this.#step(), stepMs);
  }

  now(): number {
    return this.#nowMs;
  }

  wallMs(): number {
    return Date.now();
  }

  /** Sum of all time that did not count, and the longest stretch of it, ms. */
  get stalledMs(): number {
    return this.#stalledMs;
  }
  get longestStallMs(): number {
    return this.#longestStallMs;
  }

  setTimeout(fn: () => void, delayMs: number): TimerId {
    return this.#timers.add(this.#nowMs + Math.max(delayMs, this.#stepMs), fn);
  }

  clearTimeout(id: TimerId): void {
    this.#timers.remove(id);
  }

  stop(): void {
    clearInterval(this.#interval);
  }

  #step(): void {
    const now = performance.now();
    const elapsed = now - this.#lastMs;
    this.#lastMs = now;
    const counted = Math.min(elapsed, this.#maxStepMs);
    const stalled = elapsed - counted;
    this.#stalledMs += stalled;
    if (stalled > this.#longestStallMs) this.#longestStallMs = stalled;
    this.#nowMs += counted;
    this.#timers.runDue(this.#nowMs);
  }
}
