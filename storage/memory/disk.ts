import type { Zxid } from '../../machines/zab/zxid.ts';
import type { SessionRecord, Znode } from '../../machines/znode/znode.ts';
import type { Done, LogEntry } from '../../runtime/ports.ts';
import type { CheckpointMark } from '../checkpoint-mark.ts';
import { CorruptRecord, StorageError } from '../error.ts';
import { EMPTY_HISTORY, type HistoryState } from '../history-state.ts';

/** What survives a crash of a member that keeps its storage in memory. */
export interface DiskContent {
  history: HistoryState;
  entries: StoredEntry[];
  incarnation: number;
  tree: TreeContent;
}

/** An entry with the checksum of its bytes as they were when they were stored. */
export interface StoredEntry extends LogEntry {
  readonly checksum: number;
}

export interface TreeContent {
  mark: CheckpointMark;
  readonly nodes: Map<string, Znode>;
  /** Paths of nodes whose bytes are no longer what was stored. */
  readonly damaged: Set<string>;
  readonly sessions: Map<number, SessionRecord>;
  /** Paths of containers and TTL nodes. */
  readonly reapables: Set<string>;
}

export function emptyTree(): TreeContent {
  return {
    mark: { zxid: 0, totals: undefined },
    nodes: new Map(),
    damaged: new Set(),
    sessions: new Map(),
    reapables: new Set(),
  };
}

export function damagedNode(path: string): CorruptRecord {
  return new CorruptRecord('memory', 0, 0, `the checksum of ${path} does not match`);
}

/** @param starts counted so far: the next is one more */
export function emptyDisk(starts = 0): DiskContent {
  return { history: EMPTY_HISTORY, entries: [], incarnation: starts, tree: emptyTree() };
}

/** A write on its way to the disk, in the hands of whoever plays the disk. */
export interface DiskOrder {
  /** Which queue it is in: the log and the tree do not wait for one another. */
  readonly device: 'log' | 'tree';
  /** What it is, for traces: `append`, `adopt`, `checkpoint` … */
  readonly kind: string;
  /** zxid that the device would be at. */
  readonly zxid: Zxid;
  /** Makes it durable, with all ordered before it on the device, and reports each. Nothing after a crash. */
  complete(): void;
  /**
   * Lets it fail, and with it everything ordered on the device from then on.
   * @param isStored whether its bytes are on the disk all the same: an error does not say that they are not
   */
  fail(error: StorageError, isStored?: boolean): void;
}

interface Waiting {
  readonly order: DiskOrder;
  readonly apply: () => void;
  readonly done: Done;
}

/** The orders of one device, completed in the order given. */
export class DiskQueue {
  readonly #device: 'log' | 'tree';
  readonly #schedule: (order: DiskOrder) => void;
  readonly #stored: (order: DiskOrder) => void;
  #waiting: Waiting[] = [];
  #failure: StorageError | undefined;
  #idle: (() => void)[] = [];

  /** @param stored told of every order whose bytes have reached the disk, before whoever gave it is */
  constructor(
    device: 'log' | 'tree',
    schedule: (order: DiskOrder) => void,
    stored: (order: DiskOrder) => void,
  ) {
    this.#device = device;
    this.#schedule = schedule;
    this.#stored = stored;
  }

  get length(): number {
    return this.#waiting.length;
  }

  submit(kind: string, zxid: Zxid, apply: () => void, done: Done): void {
    const order: DiskOrder = {
      device: this.#device,
      kind,
      zxid,
      complete: () => this.#completeThrough(order),
      fail: (error, isStored = false) => {
        if (!this.#waiting.some((waiting) => waiting.order === order)) return;
        if (isStored) this.#storeThrough(order);
        this.#failure ??= error;
        this.#completeThrough(order);
      },
    };
    this.#waiting.push({ order, apply, done });
    this.#schedule(order);
  }

  /** A crash: what is on its way is lost, except the first `survivors`, which nobody hears of. */
  crash(survivors: number): void {
    const lost = this.#waiting.splice(0);
    for (const waiting of lost.slice(0, survivors)) this.#apply(waiting);
    this.stop('the member has crashed');
  }

  stop(reason: string): void {
    this.#failure ??= new StorageError(reason);
  }

  whenIdle(callback: () => void): void {
    if (this.#waiting.length === 0) callback();
    else this.#idle.push(callback);
  }

  /** What is damaged on the disk fails the order that meets it. */
  #apply({ order, apply }: Waiting): void {
    try {
      apply();
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      this.#failure ??= error;
      return;
    }
    this.#stored(order);
  }

  #storeThrough(order: DiskOrder): void {
    for (const waiting of this.#waiting) {
      if (this.#failure === undefined) this.#apply(waiting);
      if (waiting.order === order) return;
    }
  }

  #completeThrough(order: DiskOrder): void {
    if (!this.#waiting.some((waiting) => waiting.order === order)) return;
    for (;;) {
      const next = this.#waiting.shift();
      if (next === undefined) break;
      if (this.#failure === undefined) this.#apply(next);
      next.done(this.#failure);
      if (next.order === order) break;
    }
    if (this.#waiting.length > 0) return;
    for (const callback of this.#idle.splice(0)) callback();
  }
}
