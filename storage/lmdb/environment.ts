import { mkdirSync } from 'node:fs';
import { open, type RootDatabase } from 'lmdb';
import type { StorageError } from '../error.ts';
import { asStorageError, requireRoom } from './failure.ts';

/**
 * What is used of a table of lmdb. Keys and values are bytes; a table may have an encoder of its own that takes
 * `Key` and gives `KeyRead`.
 */
export interface Table<Key = Uint8Array, KeyRead = Uint8Array> {
  /** A copy. */
  getBinary(key: Key, view?: View): Uint8Array | undefined;
  /** Valid until the next read; its `length` is that of the value, not of its buffer. */
  getBinaryFast(key: Key, view?: View): Uint8Array | undefined;
  getKeys(range: Range): Iterable<KeyRead>;
  getRange(range: Range): Iterable<{ key: KeyRead; value: Uint8Array }>;
  /** Staged for the commit being written; what becomes of it, the commit tells. */
  put(key: Key, value: Uint8Array): Promise<boolean>;
  remove(key: Key): Promise<boolean>;
  clearAsync(): Promise<void>;
}

/** The transaction a read belongs to; the latest commit where there is none. */
export interface View {
  readonly transaction?: ReadTransaction;
}

export interface Range extends View {
  readonly start: Uint8Array;
  readonly end?: Uint8Array;
  readonly exclusiveStart?: boolean;
  readonly reverse?: boolean;
  readonly limit?: number;
}

export interface ReadTransaction {
  done(): void;
}

export interface KeyEncoder<Key, KeyRead> {
  writeKey(key: Key, target: Buffer, start: number): number;
  readKey(source: Buffer, start: number, end: number): KeyRead;
}

/** Address space reserved, not memory or disk: up to this size a file grows without its map being made anew. */
const MAP_BYTES = 2 ** 36;

const TABLES_MAX = 4;

/** Writes of one batch above which lmdb lets it go early, and from some hundred thousand on stalls the event loop. */
const WRITES_PER_BATCH_MAX = 1_000_000;

/**
 * One LMDB environment.
 *
 * Which durable mode, measured with strace on ext4, 4 KB values, one commit at a time: every mode that may be
 * used at all costs two flushes a commit. `overlappingSync` (the default) is fdatasync of pages and meta page,
 * then an O_DSYNC write of a second meta page; without it, fdatasync of the pages, then an O_DSYNC write of the
 * meta page. The medians differ by less than the noise (0.36-0.39 ms), so the plain mode is taken: its promise
 * settles only after the meta page is on the disk, a failed flush rejects it, and what is opened after a
 * power loss does not depend on the boot id. A synchronous transaction saves the two hand-overs between
 * threads (0.05 ms) and blocks the loop for the whole of it, so it is used only while opening.
 */
export class Environment {
  readonly path: string;
  readonly #root: RootDatabase<Uint8Array, Uint8Array>;

  /** @param durability 'disposable' for a tree that counts only once its whole file was flushed: no flush per commit */
  constructor(path: string, durability: 'durable' | 'disposable' = 'durable') {
    this.path = path;
    const options = {
      path,
      noSubdir: false,
      encoding: 'binary' as const,
      keyEncoding: 'binary' as const,
      mapSize: MAP_BYTES,
      maxDbs: TABLES_MAX,
      overlappingSync: false,
      noSync: durability === 'disposable',
      // Every commit is one explicit batch. The implicit ones of a turn have a promise of their own that nobody is
      // given: when a commit fails it is rejected unheard, and that ends the process.
      eventTurnBatching: false,
      batchStartThreshold: WRITES_PER_BATCH_MAX,
    };
    try {
      mkdirSync(path, { recursive: true });
      this.#root = open<Uint8Array, Uint8Array>(options);
    } catch (error) {
      throw asStorageError(error, `cannot open ${path}`, path);
    }
  }

  get file(): string {
    return `${this.path}/data.mdb`;
  }

  table(name: string): Table {
    const options = { encoding: 'binary', keyEncoding: 'binary' } as const;
    return this.#root.openDB<Uint8Array, Uint8Array>(name, options);
  }

  tableWithKeys<KeyRead extends string | Uint8Array>(
    name: string,
    keyEncoder: KeyEncoder<string | Uint8Array, KeyRead>,
  ): Table<string | Uint8Array, KeyRead> {
    const options = { encoding: 'binary', keyEncoder } as const;
    return this.#root.openDB<Uint8Array, KeyRead>(name, options);
  }

  /** Everything `write` puts and removes, as one atomic commit. Settles when it is on the disk. */
  async commit(write: () => void): Promise<void> {
    requireRoom(this.path, this.file);
    try {
      await this.#root.batch(write);
    } catch (error) {
      throw await this.#failure(error);
    }
  }

  /** @throws DiskFull when there is less room than `bytes`, or than any commit needs */
  requireRoomFor(bytes: number): void {
    requireRoom(this.path, this.file);
    requireRoom(this.path, this.file, bytes);
  }

  /** As `commit`, but the caller waits: for opening only. */
  commitSync(write: () => void): void {
    try {
      this.#root.transactionSync(write);
    } catch (error) {
      throw asStorageError(error, `cannot write ${this.file}`, this.path);
    }
  }

  /** Makes the file larger by a value that goes again: a commit into pages that the file has flushes faster. */
  reserveSync(bytes: number): void {
    const table = this.table('reserve');
    const key = Uint8Array.of(1);
    this.commitSync(() => void table.put(key, Buffer.alloc(bytes)));
    this.commitSync(() => void table.remove(key));
  }

  /** Begins a write transaction that writes nothing; whoever commits meanwhile waits until `release` settles. */
  holdWrites(release: Promise<void>): { entered: Promise<void>; left: Promise<void> } {
    let enter: () => void = () => {};
    const entered = new Promise<void>((resolve) => {
      enter = resolve;
    });
    const committed = this.#root.transaction(() => {
      enter();
      return release;
    });
    return { entered, left: committed.then(() => {}) };
  }

  /** A stable view of all tables until `done` is called on it. */
  beginRead(): ReadTransaction {
    return this.#root.useReadTransaction();
  }

  /** Makes the next read see the last commit, even within the same turn of the event loop. */
  refresh(): void {
    this.#root.resetReadTxn();
  }

  /** Process ids that the lock file lists, once per environment opened. */
  readers(): number[] {
    this.#root.readerCheck();
    const list = this.#root.readerList();
    return [...list.matchAll(/^\s*(\d+) /gm)].map((match) => Number(match[1]));
  }

  read(key: Uint8Array): Uint8Array | undefined {
    return this.#root.get(key);
  }

  async close(): Promise<void> {
    try {
      await this.#root.close();
    } catch (error) {
      throw asStorageError(error, `cannot close ${this.file}`);
    }
  }

  async #failure(error: unknown): Promise<StorageError> {
    const cause = await causeOf(error);
    return asStorageError(cause, `cannot write ${this.file}`, this.path);
  }
}

/** lmdb rejects a commit with a general error that promises the particular one. */
async function causeOf(error: unknown): Promise<unknown> {
  if (!(error instanceof Error) || !('commitError' in error)) return error;
  try {
    await error.commitError;
    return error;
  } catch (cause) {
    return cause;
  }
}
