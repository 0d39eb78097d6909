import { invariant } from '../../machines/invariant.ts';
import { hex, type Zxid } from '../../machines/zab/zxid.ts';
import type { Checkpoint, SessionRecord, TreeTotals, Znode } from '../../machines/znode/znode.ts';
import type { Done, SnapshotSource, TreePort } from '../../runtime/ports.ts';
import type { CheckpointMark } from '../checkpoint-mark.ts';
import { CorruptRecord, StorageError } from '../error.ts';
import { writeCheckpoint } from './checkpoint-writer.ts';
import { Environment, type View } from './environment.ts';
import { asStorageError } from './failure.ts';
import { LmdbSnapshotSource } from './snapshot-source.ts';
import { TreeTables } from './tree-tables.ts';

/** Room that one changed node may take, bytes: its page and its share of the pages above. */
const NODE_BYTES_MAX = 8192;

/** What a tree must know of the log: no checkpoint may be durable before the txns that it holds. */
export interface LogEnd {
  readonly orderedZxid: Zxid;
  whenDurable(zxid: Zxid, callback: Done): void;
}

interface OpenFile {
  readonly environment: Environment;
  /** Holds the write lock while a checkpoint is queued. */
  readonly gate: Environment;
  readonly tables: TreeTables;
}

/** The znodes and sessions as of the last checkpoint, in LMDB. */
export class LmdbTree implements TreePort {
  readonly #directory: string;
  readonly #path: string;
  readonly #log: LogEnd;
  /** `undefined` while the tree rests. */
  #file: OpenFile | undefined;
  /** What rests was closed when this settles. */
  #closing: Promise<void> = Promise.resolve();
  readonly #sources = new Set<LmdbSnapshotSource>();
  #mark: CheckpointMark;
  /** Reads stay at the last checkpoint while the next one is becoming durable. */
  #view: View | undefined;
  #last: Promise<void> = Promise.resolve();
  #orderedZxid: Zxid;
  #failure: StorageError | undefined;
  #isOpen = true;

  /** @throws CorruptRecord, StorageError */
  constructor(directory: string, log: LogEnd) {
    this.#directory = directory;
    this.#log = log;
    this.#file = openFile(directory);
    const { environment, tables } = this.#file;
    this.#path = environment.file;
    this.#mark = tables.mark();
    const { nodes, reapables } = tables;
    if (this.#mark.totals !== undefined) {
      reapables.complete(environment, nodes, this.#mark.zxid);
    }
    this.#orderedZxid = this.#mark.zxid;
  }

  get zxid(): Zxid {
    return this.#mark.zxid;
  }
  get totals(): TreeTotals | undefined {
    return this.#mark.totals;
  }

  get(path: string): Znode | undefined {
    return this.#opened().tables.node(path, this.#view);
  }

  childNames(path: string): string[] {
    return this.#opened().tables.childNames(path, this.#view);
  }

  sessions(): Iterable<readonly [sessionId: number, record: SessionRecord]> {
    return this.#opened().tables.sessionRecords(this.#view);
  }

  reapablePaths(after: string | undefined, limit: number): string[] {
    return this.#opened().tables.reapables.paths(after, limit, this.#view);
  }

  /** The maps of `checkpoint` are read over several turns and must not change until `done`. */
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
    this.#last = this.#last.then(async () => {
      try {
        await this.#write(checkpoint);
      } catch (error) {
        this.#failure ??= asStorageError(error, `cannot write ${this.#path}`);
      }
    });
    void this.#last.then(() => done(this.#failure));
  }

  openSnapshot(): SnapshotSource {
    const { environment, tables } = this.#opened();
    const source: LmdbSnapshotSource = new LmdbSnapshotSource(environment, tables, () => {
      this.#sources.delete(source);
    });
    this.#sources.add(source);
    return source;
  }

  /** Lets a checkpoint under way finish; afterwards every order fails. Snapshots being read end. */
  async close(): Promise<void> {
    await this.#last;
    this.#failure ??= new StorageError('the tree is closed');
    this.#isOpen = false;
    for (const source of this.#sources) source.close();
    await this.#closing;
    const file = this.#file;
    this.#file = undefined;
    if (file !== undefined) await closeFile(file);
  }

  /**
   * Every page that was ever read stays resident, and so does the memory of the largest commit, until the file is
   * closed. It is opened again by whatever needs it next, which takes a few milliseconds.
   */
  rest(): void {
    if (this.#view !== undefined || this.#sources.size > 0 || this.#failure !== undefined) return;
    const file = this.#file;
    if (file === undefined) return;
    this.#file = undefined;
    this.#closing = this.#closing
      .then(() => closeFile(file))
      .catch((error) => {
        this.#failure ??= asStorageError(error, `cannot close ${this.#path}`);
      });
  }

  /** The library would read from an environment that is being closed, out of memory that is not its own. */
  #opened(): OpenFile {
    if (!this.#isOpen) throw new StorageError('the tree is closed');
    this.#file ??= this.#reopened();
    return this.#file;
  }

  /** @throws CorruptRecord for another file than the one that was closed: what it does not have would count as deleted */
  #reopened(): OpenFile {
    const file = openFile(this.#directory);
    const { zxid } = file.tables.mark();
    if (zxid === this.#mark.zxid) return file;
    void closeFile(file);
    const damage = `closed at zxid ${hex(this.#mark.zxid)}, it is found at ${hex(zxid)}`;
    throw new CorruptRecord(this.#path, 0, 0, damage);
  }

  async #write(checkpoint: Checkpoint): Promise<void> {
    if (this.#failure !== undefined) return;
    await new Promise<void>((resolve, reject) => {
      this.#log.whenDurable(checkpoint.zxid, (error) => {
        if (error === undefined) resolve();
        else reject(error);
      });
    });
    const { environment, gate, tables } = this.#opened();
    environment.requireRoomFor(checkpoint.nodes.size * NODE_BYTES_MAX);
    const transaction = environment.beginRead();
    this.#view = { transaction };
    try {
      await writeCheckpoint(environment, gate, tables, checkpoint);
      this.#mark = { zxid: checkpoint.zxid, totals: checkpoint.totals };
    } finally {
      this.#view = undefined;
      environment.refresh();
      transaction.done();
    }
  }
}

function openFile(directory: string): OpenFile {
  const environment = new Environment(directory);
  const gate = new Environment(directory);
  return { environment, gate, tables: new TreeTables(environment) };
}

/** Nothing is read from it any more, and all that was written to it has been committed. */
async function closeFile({ environment, gate }: OpenFile): Promise<void> {
  await gate.close();
  await environment.close();
}
