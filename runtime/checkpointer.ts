import type { Replica } from '../machines/replica.ts';
import { Summary } from '../machines/summary.ts';
import { counterOf, epochOf, type Zxid, zxidOf } from '../machines/zab/zxid.ts';
import type { Clock, Done, LogPort, Store } from './ports.ts';

/**
 * A tree is large above so many times `changes` nodes. In a small one, checkpoints of many changes share pages. In a
 * large one each change has a page of its own: LMDB keeps a sorted list of the pages of a commit, which costs the square
 * of their number, and needs as many free ones, which stay in the file.
 */
const LARGE_TREE = 10;

/** A checkpoint of a large tree begins at this part of `changes`. */
const LARGE_TREE_PART = 5;

export interface CheckpointerOptions {
  readonly intervalMs: number;
  /** As many changed nodes and sessions bring the next checkpoint forward, a fifth of them in a large tree. */
  readonly changes: number;
  /** Txns kept in the log behind the last checkpoint, for learners that are a little behind. */
  readonly retainTxns: number;
}

/**
 * Writes what changed to disk every few seconds, and then forgets the part of the log that nobody needs
 * any more. One checkpoint at a time; a snapshot is installed only between two.
 */
export class Checkpointer {
  readonly #store: Store;
  readonly #replica: Replica;
  readonly #clock: Clock;
  readonly #options: CheckpointerOptions;
  readonly #neededAfter: () => Zxid;
  readonly #fail: (error: unknown) => void;
  #lastMs = 0;
  #isBusy = false;
  #isHeld = false;
  #whenIdle: (() => void)[] = [];
  #count = 0;
  #longestMs = 0;
  readonly durations = new Summary();

  /** @param neededAfter records after that zxid are about to be sent to a learner, and stay */
  constructor(
    store: Store,
    replica: Replica,
    clock: Clock,
    options: CheckpointerOptions,
    neededAfter: () => Zxid,
    fail: (error: unknown) => void,
  ) {
    this.#store = store;
    this.#replica = replica;
    this.#clock = clock;
    this.#options = options;
    this.#neededAfter = neededAfter;
    this.#fail = fail;
  }

  get count(): number {
    return this.#count;
  }
  get longestMs(): number {
    return this.#longestMs;
  }

  /**
   * Looks whether it is time; called with every heartbeat and every flush. A tree that is ahead of the
   * member's own log (the others committed before this disk had it) is not written: after a crash the
   * history would be shorter than the tree.
   */
  consider(): void {
    if (this.#isBusy || this.#isHeld) return;
    const { tree } = this.#replica;
    if (tree.zxid > this.#store.log.lastZxid) return;
    const isDue = this.#clock.now() - this.#lastMs >= this.#options.intervalMs;
    if (isDue || tree.dirtyCount >= this.#changesThatSuffice()) this.#begin();
  }

  /** Keeps the tree from being written until `release`; `then` runs when nothing is under way. */
  hold(then: () => void): void {
    this.#isHeld = true;
    if (this.#isBusy) this.#whenIdle.push(then);
    else then();
  }

  release(): void {
    this.#isHeld = false;
  }

  #changesThatSuffice(): number {
    const { changes } = this.#options;
    const isLarge = this.#replica.tree.totals.nodeCount > LARGE_TREE * changes;
    return isLarge ? Math.ceil(changes / LARGE_TREE_PART) : changes;
  }

  #begin(): void {
    this.#lastMs = this.#clock.now();
    const checkpoint = this.#replica.tree.freeze();
    if (checkpoint === undefined) return;
    this.#isBusy = true;
    const startedMs = this.#clock.now();
    this.#store.tree.checkpoint(
      checkpoint,
      this.#next(() => this.#written(checkpoint.zxid, startedMs)),
    );
  }

  #written(zxid: Zxid, startedMs: number): void {
    this.#replica.tree.thaw();
    this.#count += 1;
    this.durations.add(this.#clock.now() - startedMs);
    this.#longestMs = Math.max(this.#longestMs, this.#clock.now() - startedMs);
    const { log } = this.#store;
    const retainedAfter = zxidBefore(log, zxid, this.#options.retainTxns);
    const before = Math.min(retainedAfter, this.#neededAfter());
    const done = this.#next(() => this.#idle());
    if (before > log.firstZxid) log.purge(before, done);
    else done();
  }

  #idle(): void {
    this.#isBusy = false;
    const waiting = this.#whenIdle;
    this.#whenIdle = [];
    for (const then of waiting) then();
  }

  /** What throws in a callback of the disk throws where nobody else would hear of it. */
  #next(step: () => void): Done {
    return (error) => {
      if (error !== undefined) {
        this.#fail(error);
        return;
      }
      try {
        step();
      } catch (thrown) {
        this.#fail(thrown);
      }
    };
  }
}

/**
 * The zxid that is followed by exactly `txns` txns up to `zxid`; 0 when the log does not hold as many. Zxids of one
 * epoch count up by one, so that the log is asked only where one epoch follows another.
 */
function zxidBefore(log: LogPort, zxid: Zxid, txns: number): Zxid {
  let left = txns;
  let last = zxid;
  while (counterOf(last) < left) {
    left -= counterOf(last);
    last = log.floor(zxidOf(epochOf(last), 0));
    if (last === 0 || last < log.firstZxid) return 0;
  }
  return last - left;
}
