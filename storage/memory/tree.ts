import { invariant } from '../../machines/invariant.ts';
import { hex, type Zxid } from '../../machines/zab/zxid.ts';
import type { Checkpoint, SessionRecord, TreeTotals, Znode } from '../../machines/znode/znode.ts';
import type { Done, SnapshotSource, TreePort } from '../../runtime/ports.ts';
import { StorageError } from '../error.ts';
import { type DiskContent, type DiskQueue, damagedNode, type TreeContent } from './disk.ts';
import type { MemoryLog } from './log.ts';
import { MemorySnapshotSource } from './snapshot.ts';

/** The znodes and sessions as of the last durable checkpoint, in memory. */
export class MemoryTree implements TreePort {
  readonly #content: TreeContent;
  readonly #queue: DiskQueue;
  readonly #log: MemoryLog;
  readonly #children = new Map<string, Set<string>>();
  readonly #sources = new Set<MemorySnapshotSource>();
  #orderedZxid: Zxid;
  #isOpen = true;

  constructor(disk: DiskContent, queue: DiskQueue, log: MemoryLog) {
    this.#content = disk.tree;
    this.#queue = queue;
    this.#log = log;
    this.#orderedZxid = disk.tree.mark.zxid;
    for (const path of this.#content.nodes.keys()) this.#linked(path);
  }

  get zxid(): Zxid {
    return this.#content.mark.zxid;
  }
  get totals(): TreeTotals | undefined {
    return this.#content.mark.totals;
  }

  get(path: string): Znode | undefined {
    this.#assertOpen();
    if (this.#content.damaged.has(path)) throw damagedNode(path);
    return this.#content.nodes.get(path);
  }

  childNames(path: string): string[] {
    this.#assertOpen();
    return [...(this.#children.get(path) ?? [])];
  }

  sessions(): Iterable<readonly [sessionId: number, record: SessionRecord]> {
    this.#assertOpen();
    return [...this.#content.sessions];
  }

  reapablePaths(after: string | undefined, limit: number): string[] {
    this.#assertOpen();
    const paths = [...this.#content.reapables].filter(
      (path) => after === undefined || path > after,
    );
    return paths.sort().slice(0, limit);
  }

  checkpoint(checkpoint: Checkpoint, done: Done): void {
    invariant(
      checkpoint.zxid >= this.#orderedZxid,
      () => `checkpoint ${hex(checkpoint.zxid)} does not go back from ${hex(this.#orderedZxid)}`,
    );
    invariant(
      checkpoint.zxid <= this.#log.orderedZxid,
      () => `the log holds what the checkpoint of ${hex(checkpoint.zxid)} contains`,
    );
    this.#orderedZxid = checkpoint.zxid;
    this.#log.whenDurable(checkpoint.zxid, (error) => {
      if (error !== undefined) done(error);
      else if (!this.#isOpen) done(closed());
      else {
        const apply = () => this.#apply(checkpoint);
        this.#queue.submit('checkpoint', checkpoint.zxid, apply, done);
      }
    });
  }

  openSnapshot(): SnapshotSource {
    this.#assertOpen();
    const source: MemorySnapshotSource = new MemorySnapshotSource(this.#content, () => {
      this.#sources.delete(source);
    });
    this.#sources.add(source);
    return source;
  }

  rest(): void {}

  close(): void {
    this.#isOpen = false;
    for (const source of this.#sources) source.close();
  }

  #apply(checkpoint: Checkpoint): void {
    const { nodes, damaged, sessions, reapables } = this.#content;
    for (const [path, node] of checkpoint.nodes) {
      damaged.delete(path);
      if (node === null) {
        nodes.delete(path);
        this.#children.get(parentOf(path))?.delete(nameOf(path));
      } else {
        nodes.set(path, node);
        this.#linked(path);
      }
    }
    for (const [sessionId, session] of checkpoint.sessions) {
      if (session === null) sessions.delete(sessionId);
      else sessions.set(sessionId, session);
    }
    for (const [path, isThere] of checkpoint.reapables) {
      if (isThere) reapables.add(path);
      else reapables.delete(path);
    }
    this.#content.mark = { zxid: checkpoint.zxid, totals: checkpoint.totals };
  }

  #linked(path: string): void {
    if (path === '/') return;
    const parent = parentOf(path);
    const names = this.#children.get(parent) ?? new Set();
    this.#children.set(parent, names.add(nameOf(path)));
  }

  #assertOpen(): void {
    if (!this.#isOpen) throw closed();
  }
}

function closed(): StorageError {
  return new StorageError('the tree is closed');
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(1, path.lastIndexOf('/')));
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
