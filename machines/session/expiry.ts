interface Tracked {
  timeoutMs: number;
  bucketMs: number;
}

/**
 * When sessions end, in buckets of time: a touch moves a session to the bucket of its timeout, and a bucket is looked
 * at once, when it is due. A session expires at the end of its bucket: never early, at most one interval
 * late (reference §9.1). Times are the leader's running time, so a stall of its own expires nobody.
 */
export class SessionTracker {
  readonly #intervalMs: number;
  readonly #sessions = new Map<number, Tracked>();
  readonly #buckets = new Map<number, Set<number>>();
  #nextBucketMs: number;

  constructor(intervalMs: number, nowMs: number) {
    this.#intervalMs = intervalMs;
    this.#nextBucketMs = this.#bucketAfter(nowMs);
  }

  get size(): number {
    return this.#sessions.size;
  }

  /** Buckets that hold a session, soonest first. */
  get expiry(): (readonly [timeMs: number, sessionIds: readonly number[]])[] {
    return [...this.#buckets]
      .filter(([, sessions]) => sessions.size > 0)
      .sort(([one], [other]) => one - other)
      .map(([timeMs, sessions]) => [timeMs, [...sessions]] as const);
  }

  sessionIds(): IterableIterator<number> {
    return this.#sessions.keys();
  }

  /** Of a session that is tracked already the timeout changes, to a shorter one as well: its client has agreed to it. */
  track(sessionId: number, timeoutMs: number, nowMs: number): void {
    const known = this.#sessions.get(sessionId);
    if (known !== undefined) {
      known.timeoutMs = timeoutMs;
      this.touch(sessionId, nowMs);
      return;
    }
    const tracked = { timeoutMs, bucketMs: this.#bucketAfter(nowMs + timeoutMs) };
    this.#sessions.set(sessionId, tracked);
    this.#bucket(tracked.bucketMs).add(sessionId);
  }

  /** `false` for a session that is not tracked. */
  touch(sessionId: number, nowMs: number): boolean {
    const tracked = this.#sessions.get(sessionId);
    if (tracked === undefined) return false;
    const bucketMs = this.#bucketAfter(nowMs + tracked.timeoutMs);
    if (bucketMs !== tracked.bucketMs) {
      this.#buckets.get(tracked.bucketMs)?.delete(sessionId);
      tracked.bucketMs = bucketMs;
      this.#bucket(bucketMs).add(sessionId);
    }
    return true;
  }

  remove(sessionId: number): void {
    const tracked = this.#sessions.get(sessionId);
    if (tracked === undefined) return;
    this.#buckets.get(tracked.bucketMs)?.delete(sessionId);
    this.#sessions.delete(sessionId);
  }

  /** Sessions whose bucket has ended; they stay tracked until they are removed or touched. */
  due(nowMs: number): number[] {
    const due: number[] = [];
    while (this.#nextBucketMs <= nowMs) {
      const bucket = this.#buckets.get(this.#nextBucketMs);
      if (bucket !== undefined) {
        due.push(...bucket);
        this.#buckets.delete(this.#nextBucketMs);
      }
      this.#nextBucketMs += this.#intervalMs;
    }
    return due;
  }

  #bucketAfter(timeMs: number): number {
    return (Math.floor(timeMs / this.#intervalMs) + 1) * this.#intervalMs;
  }

  #bucket(bucketMs: number): Set<number> {
    let bucket = this.#buckets.get(bucketMs);
    if (bucket === undefined) {
      bucket = new Set();
      this.#buckets.set(bucketMs, bucket);
    }
    return bucket;
  }
}
