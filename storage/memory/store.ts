import type { Zxid } from '../../machines/zab/zxid.ts';
import type { Done, LogPort, SnapshotSink, Store, TreePort } from '../../runtime/ports.ts';
import { type DiskContent, type DiskOrder, DiskQueue, emptyDisk } from './disk.ts';
import { MemoryLog } from './log.ts';
import { MemorySnapshotSink } from './snapshot.ts';
import { MemoryTree } from './tree.ts';

export interface MemoryStoreOptions {
  /**
   * Gets every order on its way to the disk and decides when it completes or fails. Without it each completes in a
   * microtask, so that no `done` is ever called before the order returns.
   */
  readonly schedule?: (order: DiskOrder) => void;
  /** Told when the bytes of an order have reached the disk, before the member is. */
  readonly stored?: (order: DiskOrder) => void;
}

/** How many orders of each device reached the disk in a crash although nobody was told. */
export interface Survivors {
  readonly log?: number;
  readonly tree?: number;
}

/** The storage of a member in memory, for simulation: deterministic, and it crashes on demand. */
export class MemoryStore implements Store {
  readonly #options: MemoryStoreOptions;
  readonly #disk: DiskContent;
  readonly #logQueue: DiskQueue;
  readonly #treeQueue: DiskQueue;
  readonly #log: MemoryLog;
  #tree: MemoryTree;

  /** @param disk left by a crash; a new member without it */
  constructor(options: MemoryStoreOptions = {}, disk: DiskContent = emptyDisk()) {
    this.#options = options;
    this.#disk = { ...disk, incarnation: disk.incarnation + 1 };
    const schedule = options.schedule ?? completeSoon;
    const stored = options.stored ?? (() => undefined);
    this.#logQueue = new DiskQueue('log', schedule, stored);
    this.#treeQueue = new DiskQueue('tree', schedule, stored);
    this.#log = new MemoryLog(this.#disk, this.#logQueue);
    this.#tree = new MemoryTree(this.#disk, this.#treeQueue, this.#log);
  }

  get log(): LogPort {
    return this.#log;
  }

  get tree(): TreePort {
    return this.#tree;
  }

  /** Orders that are not durable yet. */
  get pendingCount(): number {
    return this.#logQueue.length + this.#treeQueue.length;
  }

  receiveSnapshot(zxid: Zxid): SnapshotSink {
    return new MemorySnapshotSink(zxid, (content, history, done) => {
      const apply = () => {
        this.#disk.tree = content;
        this.#tree.close();
        this.#tree = new MemoryTree(this.#disk, this.#treeQueue, this.#log);
      };
      this.#log.install(zxid, history, apply, done);
    });
  }

  close(done: Done): void {
    this.#logQueue.whenIdle(() => {
      this.#treeQueue.whenIdle(() => {
        this.#logQueue.stop('the store is closed');
        this.#treeQueue.stop('the store is closed');
        this.#tree.close();
        done();
      });
    });
  }

  /**
   * The process dies: orders under way are lost, or became durable without a word where `survivors` says so. No
   * `done` is called any more.
   * @returns the store of the next start on the same disk
   */
  crash(survivors: Survivors = {}, options: MemoryStoreOptions = this.#options): MemoryStore {
    this.#logQueue.crash(survivors.log ?? 0);
    this.#treeQueue.crash(survivors.tree ?? 0);
    this.#tree.close();
    return new MemoryStore(options, this.#disk);
  }

  /** Flips a bit of the record that is `back` entries before the last, and says which zxid it was. */
  damageLog(back: number): Zxid | undefined {
    const { entries } = this.#disk;
    const at = entries.length - 1 - back;
    const entry = entries[at];
    if (entry === undefined) return undefined;
    const bytes = Uint8Array.from(entry.bytes);
    const middle = bytes.length >> 1;
    bytes[middle] = (bytes[middle] ?? 0) ^ 1;
    entries[at] = { ...entry, bytes };
    return entry.firstZxid;
  }

  /** Flips a bit of a node that is stored; the next checkpoint that writes the node puts it right. */
  damageNode(path: string): boolean {
    const { nodes, damaged } = this.#disk.tree;
    if (nodes.has(path)) damaged.add(path);
    return nodes.has(path);
  }

  /** Paths of all nodes of the last checkpoint. */
  get storedPaths(): readonly string[] {
    return [...this.#disk.tree.nodes.keys()];
  }

  /** The next start after a `close`. */
  reopen(options: MemoryStoreOptions = this.#options): MemoryStore {
    return new MemoryStore(options, this.#disk);
  }
}

function completeSoon(order: DiskOrder): void {
  queueMicrotask(order.complete);
}
