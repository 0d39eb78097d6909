/** Latencies of writes and syncs, and counts, since the start or the last reset (reference §14.1). */
export class RequestStatistics {
  received = 0;
  #count = 0;
  #sumMs = 0;
  #minMs = 0;
  #maxMs = 0;

  answered(latencyMs: number): void {
    this.#minMs = this.#count === 0 ? latencyMs : Math.min(this.#minMs, latencyMs);
    this.#maxMs = Math.max(this.#maxMs, latencyMs);
    this.#sumMs += latencyMs;
    this.#count += 1;
  }

  get latency(): { readonly minMs: number; readonly averageMs: number; readonly maxMs: number } {
    const averageMs = this.#count === 0 ? 0 : this.#sumMs / this.#count;
    return { minMs: Math.floor(this.#minMs), averageMs, maxMs: Math.ceil(this.#maxMs) };
  }
}
