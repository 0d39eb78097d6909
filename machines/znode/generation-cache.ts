/**
 * A cache bounded by bytes that the caller estimates. New and lately used entries are in the young
 * generation; when that has half of the bytes it becomes the old one, and what the old one held is
 * forgotten. No list to relink and nothing to evict one by one: a hit costs one or two look-ups.
 */
export class GenerationCache<Value> {
  readonly #generationBytes: number;
  #young = new Map<string, Value>();
  #old = new Map<string, Value>();
  #youngBytes = 0;
  readonly #bytesOf: (key: string, value: Value) => number;

  constructor(maxBytes: number, bytesOf: (key: string, value: Value) => number) {
    this.#generationBytes = maxBytes / 2;
    this.#bytesOf = bytesOf;
  }

  get(key: string): Value | undefined {
    const value = this.#young.get(key);
    if (value !== undefined) return value;
    const old = this.#old.get(key);
    if (old !== undefined) {
      this.#old.delete(key);
      this.set(key, old);
    }
    return old;
  }

  /** `key` must not be in the cache. What alone exceeds the bound is not kept. */
  set(key: string, value: Value): void {
    const bytes = this.#bytesOf(key, value);
    if (bytes > this.#generationBytes) return;
    this.charge(bytes);
    this.#young.set(key, value);
  }

  delete(key: string): void {
    if (!this.#young.delete(key)) this.#old.delete(key);
  }

  clear(): void {
    this.#young = new Map();
    this.#old = new Map();
    this.#youngBytes = 0;
  }

  /** Says that an entry has grown by `bytes`. */
  charge(bytes: number): void {
    this.#youngBytes += bytes;
    if (this.#youngBytes <= this.#generationBytes) return;
    this.#old = this.#young;
    this.#young = new Map();
    this.#youngBytes = bytes;
  }
}
