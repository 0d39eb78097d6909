/** Values up to here are counted one by one, larger ones in sixteen steps for each power of two. */
const LINEAR = 32;
const LINEAR_BITS = 5;
const STEPS = 16;
const STEP_BITS = 4;
const LARGEST = 2 ** 31 - 1;
const BUCKETS = LINEAR + (31 - LINEAR_BITS) * STEPS;

/** A summary as mntr prints it (reference §14.2): whole numbers but for the mean. */
export interface SummaryFigures {
  readonly average: number;
  readonly min: number;
  readonly max: number;
  readonly count: number;
  readonly sum: number;
  /** Only where they are kept: 50, 95, 99 and 99.9 of a hundred values are not above these. */
  readonly percentiles: readonly [p50: number, p95: number, p99: number, p999: number] | undefined;
}

/** How large the values of one kind are, since the start or the last reset. Nothing is allocated for a value. */
export class Summary {
  readonly #buckets: Uint32Array | undefined;
  #count = 0;
  #sum = 0;
  #min = 0;
  #max = 0;

  constructor(options: { readonly percentiles?: boolean } = {}) {
    this.#buckets = options.percentiles === true ? new Uint32Array(BUCKETS) : undefined;
  }

  /** Only the whole part of `value` counts: milliseconds are printed without a fraction. */
  add(value: number): void {
    const whole = value < 0 ? 0 : value > LARGEST ? LARGEST : Math.floor(value);
    this.#min = this.#count === 0 ? whole : Math.min(this.#min, whole);
    this.#max = Math.max(this.#max, whole);
    this.#sum += whole;
    this.#count += 1;
    if (this.#buckets === undefined) return;
    const bucket = bucketOf(whole);
    this.#buckets[bucket] = (this.#buckets[bucket] ?? 0) + 1;
  }

  reset(): void {
    this.#count = 0;
    this.#sum = 0;
    this.#min = 0;
    this.#max = 0;
    this.#buckets?.fill(0);
  }

  get figures(): SummaryFigures {
    return {
      average: this.#count === 0 ? 0 : this.#sum / this.#count,
      min: this.#min,
      max: this.#max,
      count: this.#count,
      sum: this.#sum,
      percentiles: this.#percentiles,
    };
  }

  get #percentiles(): SummaryFigures['percentiles'] {
    const buckets = this.#buckets;
    if (buckets === undefined) return undefined;
    const at = (share: number) => this.#percentile(buckets, share);
    return [at(0.5), at(0.95), at(0.99), at(0.999)];
  }

  #percentile(buckets: Uint32Array, share: number): number {
    const wanted = Math.ceil(this.#count * share);
    let seen = 0;
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      seen += buckets[bucket] ?? 0;
      if (seen >= wanted && seen > 0) return Math.min(leastOf(bucket), this.#max);
    }
    return this.#max;
  }
}

function bucketOf(value: number): number {
  if (value < LINEAR) return value;
  const power = 31 - Math.clz32(value);
  return LINEAR + (power - LINEAR_BITS) * STEPS + ((value >> (power - STEP_BITS)) & (STEPS - 1));
}

function leastOf(bucket: number): number {
  if (bucket < LINEAR) return bucket;
  const power = LINEAR_BITS + Math.floor((bucket - LINEAR) / STEPS);
  return 2 ** power + ((bucket - LINEAR) % STEPS) * 2 ** (power - STEP_BITS);
}
