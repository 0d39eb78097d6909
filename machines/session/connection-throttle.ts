export interface ConnectionThrottleOptions {
  /** Most handshakes at once; 0 is no limit. */
  readonly tokens: number;
  /** Every so many ms … */
  readonly fillTimeMs: number;
  /** … as many handshakes more. */
  readonly fillCount: number;
}

export const NO_CONNECTION_THROTTLE: ConnectionThrottleOptions = Object.freeze({
  tokens: 0,
  fillTimeMs: 1,
  fillCount: 1,
});

/** A bucket of tokens, one for each handshake: a storm of clients is let in as fast as it can be served (reference §1.8). */
export class ConnectionThrottle {
  readonly #options: ConnectionThrottleOptions;
  #tokens: number;
  #filledMs: number;

  constructor(options: ConnectionThrottleOptions, nowMs: number) {
    this.#options = options;
    this.#tokens = options.tokens;
    this.#filledMs = nowMs;
  }

  /** Tokens that are missing until the bucket is full. */
  get deficit(): number {
    return this.#options.tokens - this.#tokens;
  }

  /** Whether one more may come in. */
  admits(nowMs: number): boolean {
    const { tokens, fillTimeMs, fillCount } = this.#options;
    if (tokens === 0) return true;
    const fills = Math.floor((nowMs - this.#filledMs) / fillTimeMs);
    if (fills > 0) {
      this.#tokens = Math.min(this.#tokens + fills * fillCount, tokens);
      this.#filledMs += fills * fillTimeMs;
    }
    if (this.#tokens === 0) return false;
    this.#tokens -= 1;
    return true;
  }
}
