import type { Zxid } from '../zab/zxid.ts';

/** Every so many zxids the digest is kept, and so many of them (reference §10.5). */
const STEP = 128;
const KEPT = 1024;

/** The digest of the tree at every 128th zxid, on every member at the same ones: `hash` tells them. */
export class DigestLog {
  readonly #digests = new Map<Zxid, number>();

  /** The txn of `zxid` was applied, and `digest` is what came of it. */
  passed(zxid: Zxid, digest: number): void {
    if (zxid % STEP !== 0) return;
    this.#digests.set(zxid, digest);
    if (this.#digests.size <= KEPT) return;
    for (const oldest of this.#digests.keys()) {
      this.#digests.delete(oldest);
      return;
    }
  }

  clear(): void {
    this.#digests.clear();
  }

  /** Oldest first. */
  [Symbol.iterator](): IterableIterator<[zxid: Zxid, digest: number]> {
    return this.#digests.entries();
  }
}
