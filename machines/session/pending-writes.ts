import { InvariantViolation } from '../invariant.ts';
import type { Client } from './client.ts';

export interface PendingWrite {
  readonly requestId: number;
  /** `undefined` for createSession: its client has no session yet, or does not wait for it to become global. */
  readonly client: Client | undefined;
}

/** Writes that a member has handed on and that have not come back as txns, in the order they were handed on. */
export class PendingWrites {
  #writes: PendingWrite[] = [];
  #head = 0;

  get size(): number {
    return this.#writes.length - this.#head;
  }

  add(requestId: number, client: Client | undefined): void {
    this.#writes.push({ requestId, client });
  }

  clear(): void {
    this.#writes = [];
    this.#head = 0;
  }

  /**
   * The write behind a committed txn of this member's. They come back in the order they went. Older numbers,
   * for which this is `undefined`, are of requests whose clients were dropped when an earlier link ended; a
   * younger one would mean that a request was lost on the way.
   */
  take(requestId: number): PendingWrite | undefined {
    const pending = this.#writes[this.#head];
    if (pending === undefined || requestId < pending.requestId) return undefined;
    if (requestId > pending.requestId) {
      throw new InvariantViolation(`request ${pending.requestId} was passed by ${requestId}`);
    }
    this.#head += 1;
    if (this.#head === this.#writes.length) {
      this.clear();
    } else if (this.#head > 4096) {
      this.#writes.splice(0, this.#head);
      this.#head = 0;
    }
    return pending;
  }
}
