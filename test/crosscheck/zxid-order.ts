/**
 * Pairs what two servers call the same txn. Their zxids are different numbers, but of two that both have named, the
 * same one has to be the larger on both, and neither server may name one txn where the other names two.
 */
export class ZxidOrder {
  /** Ascending on both sides. */
  readonly #pairs: (readonly [left: bigint, right: bigint])[] = [];

  /** Whether the two may be the same txn; if so it is remembered. Zero and below say that there is no txn. */
  match(left: bigint, right: bigint): boolean {
    if (left <= 0n || right <= 0n) return left === right;
    const at = this.#firstNotBelow(left);
    for (let same = at; this.#pairs[same]?.[0] === left; same += 1) {
      if (this.#pairs[same]?.[1] === right) return true;
    }
    const next = this.#pairs[at];
    if (next?.[0] === left || (next !== undefined && next[1] <= right)) return false;
    const before = this.#pairs[at - 1];
    if (before !== undefined && before[1] >= right) return false;
    this.#pairs.splice(at, 0, [left, right]);
    return true;
  }

  /** The two are the same from now on, although one server has used a zxid more than the other. */
  join(left: bigint, right: bigint): void {
    let at = this.#firstNotBelow(left);
    for (
      let next = this.#pairs[at];
      next?.[0] === left && next[1] < right;
      next = this.#pairs[at]
    ) {
      at += 1;
    }
    this.#pairs.splice(at, 0, [left, right]);
  }

  #firstNotBelow(left: bigint): number {
    let low = 0;
    let high = this.#pairs.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const pair = this.#pairs[middle];
      if (pair !== undefined && pair[0] < left) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
