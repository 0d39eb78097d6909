import { mkdirSync } from 'node:fs';
import { open, type RootDatabase } from 'lmdb';
import type { StorageError } from '../error.ts';
import { checkDataFile } from './data-file.ts';
import { asStorageError, requireRoom } from './failure.ts';
import { GuardedTable } from './guarded-table.ts';
import type { KeyEncoder, ReadTransaction, Table } from './table.ts';

export type { KeyEncoder, ReadTransaction, Table, View } from './table.ts';

/** Address space reserved, not memory or disk: up to this size a file grows without its map being made anew. */
const MAP_BYTES = 2 ** 36;

/** So much nobody fills in that time, whoever else writes to the disk. */
const MUCH_ROOM_BYTES = 2 ** 32;
const MUCH_ROOM_MS = 50;

const TABLES_MAX = 4;
const FIRST_KEY = Buffer.alloc(1);

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
  /** Of this process's clock: until then there is room on the disk. */
  #roomyUntilMs = 0;

  /**
   * @param durability 'disposable' for a tree that counts only once its whole file was flushed: no flush per commit
   * @throws CorruptRecord, StorageError
   */
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
      checkDataFile(this.file);
      this.#root = open<Uint8Array, Uint8Array>(options);
    } catch (error) {
      throw asStorageError(error, `cannot open ${path}`, path);
    }
  }

  get file(): string {
    return `${this.path}/data.mdb`;
  }

  /** Names of the tables that there are. */
  tableNames(): string[] {
    try {
      const names = [...this.#root.getKeys({ start: FIRST_KEY })];
      // The library ends each by a zero.
      return names.map((name) => Buffer.from(name).toString('latin1').replace(/\0$/, ''));
    } catch (error) {
      throw asStorageError(error, `cannot read ${this.file}`, this.path);
    }
  }

  /** Made, where there is none of that name. */
  table(name: string): Table {
    const options = { encoding: 'binary', keyEncoding: 'binary' } as const;
    return this.#open(name, () => this.#root.openDB<Uint8Array, Uint8Array>(name, options));
  }

  tableWithKeys<KeyRead extends string | Uint8Array>(
    name: string,
    keyEncoder: KeyEncoder<string | Uint8Array, KeyRead>,
  ): Table<string | Uint8Array, KeyRead> {
    const options = { encoding: 'binary', keyEncoder } as const;
    return this.#open(name, () => this.#root.openDB<Uint8Array, KeyRead>(name, options));
  }

  /** Everything `write` puts and removes, as one atomic commit. Settles when it is on the disk. */
  async commit(write: () => void): Promise<void> {
    this.#requireRoom();
    try {
      await this.#root.batch(write);
    } catch (error) {
      throw await this.#failure(error);
    }
  }

  /** A disk with much room is looked at now and then: that costs a leader a sixtieth of its time. */
  #requireRoom(): void {
    const nowMs = performance.now();
    if (nowMs < this.#roomyUntilMs) return;
    const room = requireRoom(this.path, this.file);
    if (room >= MUCH_ROOM_BYTES) this.#roomyUntilMs = nowMs + MUCH_ROOM_MS;
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

  #open<Key, KeyRead>(name: string, open: () => Table<Key, KeyRead>): Table<Key, KeyRead> {
    try {
      return new GuardedTable(open(), this.path);
    } catch (error) {
      throw asStorageError(error, `cannot open the table ${name}`, this.path);
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
