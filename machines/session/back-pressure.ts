import type { Client } from './client.ts';

/** Above this many requests in flight a connection is not read any further, and read again below half of it. */
const WAITING_MAX = 1000;

/** Which connections are not read because there is too much in work already, of their own or of all. */
export class BackPressure {
  readonly #outstandingLimit: number;
  readonly #paused = new Set<Client>();

  /** @param outstandingLimit requests in work above which connections that have some are not read (reference §1.8) */
  constructor(outstandingLimit: number) {
    this.#outstandingLimit = outstandingLimit;
  }

  /** After a request of the client's was queued. */
  consider(client: Client, outstanding: number): void {
    if (client.isPaused) return;
    if (client.waiting <= WAITING_MAX && outstanding <= this.#outstandingLimit) return;
    client.isPaused = true;
    this.#paused.add(client);
    client.line.pause();
  }

  /** After requests were answered: connections are read again where there is room, for them and for all. */
  release(outstanding: number): void {
    if (this.#paused.size === 0 || outstanding > this.#outstandingLimit) return;
    for (const client of this.#paused) {
      if (client.waiting > WAITING_MAX / 2) continue;
      this.#paused.delete(client);
      client.isPaused = false;
      client.line.resume();
    }
  }

  forget(client: Client): void {
    this.#paused.delete(client);
  }

  clear(): void {
    this.#paused.clear();
  }
}
