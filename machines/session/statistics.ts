import { Summary } from '../summary.ts';
import type { Zxid } from '../zab/zxid.ts';
import type { ConnectionFigures } from './connection-figures.ts';

/** Latencies of requests since the start or the last reset (reference §14.1, §14.2), and how many came. */
export class RequestStatistics {
  received = 0;
  authFailures = 0;
  /** Bytes of events, their headers among them. */
  watchBytes = 0;
  /** Requests that no txn answers: reads, pings, syncs. */
  readonly reads = new Summary({ percentiles: true });
  readonly updates = new Summary({ percentiles: true });
  #count = 0;
  #sumMs = 0;
  #minMs = 0;
  #maxMs = 0;

  /** A reply was written, `latencyMs` after its request had come. */
  answered(
    connection: ConnectionFigures,
    opcode: number,
    xid: number,
    zxid: Zxid,
    nowMs: number,
    latencyMs: number,
    by: Summary,
  ): void {
    connection.answered(opcode, xid, zxid, nowMs, latencyMs);
    by.add(latencyMs);
    this.#minMs = this.#count === 0 ? latencyMs : Math.min(this.#minMs, latencyMs);
    this.#maxMs = Math.max(this.#maxMs, latencyMs);
    this.#sumMs += latencyMs;
    this.#count += 1;
  }

  /** `srst`: what ZooKeeper's resets, and no more; the summaries by kind go on. */
  reset(): void {
    this.#count = 0;
    this.#sumMs = 0;
    this.#minMs = 0;
    this.#maxMs = 0;
  }

  get latency(): { readonly minMs: number; readonly averageMs: number; readonly maxMs: number } {
    const averageMs = this.#count === 0 ? 0 : this.#sumMs / this.#count;
    return { minMs: Math.floor(this.#minMs), averageMs, maxMs: Math.ceil(this.#maxMs) };
  }
}
