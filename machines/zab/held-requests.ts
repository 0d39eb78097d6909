import { BATCH_WORTH } from './batch-worth.ts';
import type { ForwardedRequest, LinkMessage } from './message.ts';

/**
 * Requests of a follower's clients on their way to the leader, in the order they came.
 *
 * While a batch is under way the leader gathers requests for the next. As long as the follower has not acknowledged that
 * batch, its requests wait for the acknowledgement and travel with it: one message instead of two for the bus and the
 * leader. As many as are worth a batch wait for nothing.
 */
export class HeldRequests {
  readonly #batchWorth: number;
  #requests: ForwardedRequest[] = [];

  constructor(batchWorth: number = BATCH_WORTH) {
    this.#batchWorth = batchWorth;
  }

  get areWorthABatch(): boolean {
    return this.#requests.length >= this.#batchWorth;
  }

  add(requests: readonly ForwardedRequest[]): void {
    for (const request of requests) this.#requests.push(request);
  }

  /** All of them as one message, none where there are none. */
  release(): LinkMessage[] {
    const requests = this.#requests;
    if (requests.length === 0) return [];
    this.#requests = [];
    return [{ type: 'REQUEST', requests }];
  }

  clear(): void {
    this.#requests = [];
  }
}
