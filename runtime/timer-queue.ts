import type { TimerId } from './ports.ts';

interface Timer {
  readonly id: TimerId;
  readonly dueMs: number;
  /** `undefined` once it is removed: what it would have reached must not live until it would have been due. */
  fn: (() => void) | undefined;
}

/** Timers in the order they are due, those due at the same time in the order they were set. A binary heap. */
export class TimerQueue {
  readonly #heap: Timer[] = [];
  readonly #live = new Map<TimerId, Timer>();
  #lastId = 0;

  get size(): number {
    return this.#live.size;
  }

  /** When the next timer is due; `undefined` when none is set. */
  get nextDueMs(): number | undefined {
    this.#dropRemoved();
    return this.#heap[0]?.dueMs;
  }

  add(dueMs: number, fn: () => void): TimerId {
    this.#lastId += 1;
    const timer = { id: this.#lastId, dueMs, fn };
    this.#live.set(timer.id, timer);
    this.#heap.push(timer);
    this.#up(this.#heap.length - 1);
    return timer.id;
  }

  remove(id: TimerId): void {
    const timer = this.#live.get(id);
    if (timer === undefined) return;
    timer.fn = undefined;
    this.#live.delete(id);
  }

  /** Runs every timer that is due, those included that the others set for now. */
  runDue(nowMs: number): void {
    while (this.runNext(nowMs));
  }

  /** Runs the first timer that is due; `false` when none is. */
  runNext(nowMs: number): boolean {
    this.#dropRemoved();
    const first = this.#heap[0];
    if (first === undefined || first.dueMs > nowMs) return false;
    const { fn } = first;
    this.#pop();
    this.#live.delete(first.id);
    fn?.();
    return true;
  }

  #dropRemoved(): void {
    for (let first = this.#heap[0]; first !== undefined; first = this.#heap[0]) {
      if (first.fn !== undefined) return;
      this.#pop();
    }
  }

  #pop(): void {
    const last = this.#heap.pop();
    if (last === undefined || this.#heap.length === 0) return;
    this.#heap[0] = last;
    this.#down(0);
  }

  #up(start: number): void {
    let at = start;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#isBefore(at, parent)) return;
      this.#swap(at, parent);
      at = parent;
    }
  }

  #down(start: number): void {
    let at = start;
    for (;;) {
      const left = 2 * at + 1;
      const right = left + 1;
      let first = at;
      if (left < this.#heap.length && this.#isBefore(left, first)) first = left;
      if (right < this.#heap.length && this.#isBefore(right, first)) first = right;
      if (first === at) return;
      this.#swap(at, first);
      at = first;
    }
  }

  #isBefore(one: number, other: number): boolean {
    const a = this.#heap[one];
    const b = this.#heap[other];
    if (a === undefined || b === undefined) return false;
    return a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.id < b.id);
  }

  #swap(one: number, other: number): void {
    const a = this.#heap[one];
    const b = this.#heap[other];
    if (a === undefined || b === undefined) return;
    this.#heap[one] = b;
    this.#heap[other] = a;
  }
}
