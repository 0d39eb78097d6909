export interface LargeRequestLimits {
  /** Bytes above which a request is large; below 0 none is. */
  readonly threshold: number;
  /** Most bytes of large requests that may be in work at once. */
  readonly maxBytes: number;
}

export const NO_LARGE_REQUESTS: LargeRequestLimits = Object.freeze({ threshold: -1, maxBytes: 0 });

/** Bounds the memory that large writes take between their arrival and their reply (reference §1.8). */
export class LargeRequests {
  readonly #limits: LargeRequestLimits;
  #bytes = 0;
  #rejected = 0;

  constructor(limits: LargeRequestLimits) {
    this.#limits = limits;
  }

  /** Of all large requests in work. */
  get bytes(): number {
    return this.#bytes;
  }

  /** How many did not fit in. */
  get rejected(): number {
    return this.#rejected;
  }

  /** Whether a request of so many bytes fits in; what does not ends its connection. */
  admits(bytes: number): boolean {
    if (!this.#isLarge(bytes) || this.#bytes + bytes <= this.#limits.maxBytes) return true;
    this.#rejected += 1;
    return false;
  }

  began(bytes: number): void {
    if (this.#isLarge(bytes)) this.#bytes += bytes;
  }

  ended(bytes: number): void {
    if (this.#isLarge(bytes)) this.#bytes -= bytes;
  }

  #isLarge(bytes: number): boolean {
    return this.#limits.threshold >= 0 && bytes > this.#limits.threshold;
  }
}
