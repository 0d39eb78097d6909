import { invariant } from '../../machines/invariant.ts';
import type { Zxid } from '../../machines/zab/zxid.ts';
import { isReapableKind } from '../../machines/znode/znode.ts';
import type { Done, SnapshotSink, SnapshotSource } from '../../runtime/ports.ts';
import { StorageError } from '../error.ts';
import type { Adoption } from '../history-state.ts';
import { isHashed, isSoundKey, KEY_BYTES_MAX, pathOfKey, writeNodeKey } from '../node-key.ts';
import { decodeNode, encodeNode } from '../node-record.ts';
import { decodeSession, encodeSession, sessionIdOfKey, sessionKey } from '../session-value.ts';
import { type SnapshotItem, SnapshotReader, SnapshotWriter } from '../snapshot-stream.ts';
import { damagedNode, emptyTree, type TreeContent } from './disk.ts';

/** A snapshot of a tree in memory, the same bytes as that of a tree on disk. */
export class MemorySnapshotSource implements SnapshotSource {
  readonly zxid: Zxid;
  readonly #writer: SnapshotWriter;
  readonly #items: Iterator<void>;
  readonly #closed: () => void;
  #isOpen = true;

  constructor(content: TreeContent, closed: () => void) {
    this.zxid = content.mark.zxid;
    this.#closed = closed;
    this.#writer = new SnapshotWriter(content.mark);
    this.#items = itemsOf(content, this.#writer);
    this.#items.next();
  }

  next(maxBytes: number): Uint8Array | undefined {
    if (!this.#isOpen) throw new StorageError('the snapshot is closed');
    while (this.#writer.waitingBytes < maxBytes) {
      if (this.#items.next().done === true) return this.#writer.finish();
    }
    return this.#writer.take();
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#closed();
  }
}

function* itemsOf(content: TreeContent, writer: SnapshotWriter): Generator<void> {
  // What is sent is the tree as it was when the sending began.
  const nodes = [...content.nodes];
  const sessions = [...content.sessions];
  const damaged = new Set(content.damaged);
  yield;
  const key = Buffer.alloc(KEY_BYTES_MAX);
  for (const [path, node] of nodes) {
    if (damaged.has(path)) throw damagedNode(path);
    const end = writeNodeKey(path, key, 0);
    const value = encodeNode(node, isHashed(path) ? path : undefined);
    writer.add('node', new Uint8Array(key.subarray(0, end)), value);
    yield;
  }
  for (const [sessionId, session] of sessions) {
    writer.add('session', sessionKey(sessionId), encodeSession(session));
    yield;
  }
}

type History = Omit<Adoption, 'keepThrough'>;

/** A snapshot on its way into memory. */
export class MemorySnapshotSink implements SnapshotSink {
  readonly #reader: SnapshotReader;
  readonly #content = emptyTree();
  readonly #install: (content: TreeContent, history: History, done: Done) => void;
  #isOver = false;

  constructor(zxid: Zxid, install: (content: TreeContent, history: History, done: Done) => void) {
    this.#reader = new SnapshotReader(zxid);
    this.#install = install;
  }

  write(piece: Uint8Array, done: Done): void {
    invariant(!this.#isOver, 'a snapshot that was installed or given up takes nothing more');
    const failure = attempt(() => {
      for (const item of this.#reader.read(piece)) this.#keep(item);
    });
    done(failure);
  }

  install(history: History, done: Done): void {
    invariant(!this.#isOver, 'a snapshot that was installed or given up takes nothing more');
    this.#isOver = true;
    const failure = attempt(() => {
      const mark = this.#reader.completeMark;
      if (mark.totals?.nodeCount !== 0) this.#content.mark = mark;
    });
    if (failure === undefined) this.#install(this.#content, history, done);
    else done(failure);
  }

  abort(): void {
    this.#isOver = true;
  }

  #keep({ table, key, value }: SnapshotItem): void {
    if (table === 'session') {
      const session = decodeSession(value);
      if (session === undefined) throw new StorageError('a session of a snapshot is unreadable');
      this.#content.sessions.set(sessionIdOfKey(key), session);
      return;
    }
    const stored = decodeNode(value, value.byteLength);
    const path = isSoundKey(key) ? (pathOfKey(key) ?? stored?.path) : undefined;
    if (stored === undefined || path === undefined) {
      throw new StorageError('a node of a snapshot is unreadable');
    }
    this.#content.nodes.set(path, stored.node);
    // No snapshot carries the index: the nodes tell it.
    if (isReapableKind(stored.node.kind)) this.#content.reapables.add(path);
  }
}

function attempt(step: () => void): StorageError | undefined {
  try {
    step();
    return undefined;
  } catch (error) {
    if (error instanceof StorageError) return error;
    throw error;
  }
}
