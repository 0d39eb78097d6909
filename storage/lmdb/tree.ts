import { invariant } from '../../machines/invariant.ts';
import { hex, type Zxid } from '../../machines/zab/zxid.ts';
import type { Checkpoint, SessionRecord, TreeTotals, Znode } from '../../machines/znode/znode.ts';
import type { Done, SnapshotSource, TreePort } from '../../runtime/ports.ts';
import type { CheckpointMark } from '../checkpoint-mark.ts';
import { StorageError } from '../error.ts';
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

/** The znodes and sessions as of the last checkpoint, in LMDB. */
export class LmdbTree implements TreePort {
  readonly #environment: Environment;
  readonly #gate: Environment;
  readonly #tables: TreeTables;
  readonly #log: LogEnd;
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
    this.#environment = new Environment(directory);
    this.#gate = new Environment(directory);
    this.#tables = new TreeTables(this.#environment);
    this.#log = log;
    this.#mark = this.#tables.mark();
    const { nodes, reapables } = this.#tables;
    if (this.#mark.totals !== undefined) {
      reapables.complete(this.#environment, nodes, this.#mark.zxid);
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
    this.#assertOpen();
    return this.#tables.node(path, this.#view);
  }

  childNames(path: string): string[] {
    this.#assertOpen();
    return this.#tables.childNames(path, this.#view);
  }

  sessions(): Iterable<readonly [sessionId: number, record: SessionRecord]> {
    this.#assertOpen();
    return this.#tables.sessionRecords(this.#view);
  }

  reapablePaths(after: string | undefined, limit: number): string[] {
    this.#assertOpen();
    return this.#tables.reapables.paths(after, limit, this.#view);
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
        this.#failure ??= asStorageError(error, `cannot write ${this.#environment.file}`);
      }
    });
    void this.#last.then(() => done(this.#failure));
  }

  openSnapshot(): SnapshotSource {
    this.#assertOpen();
    const source: LmdbSnapshotSource = new LmdbSnapshotSource(
      this.#environment,
      this.#tables,
      () => {
        this.#sources.delete(source);
      },
    );
    this.#sources.add(source);
    return source;
  }

  /** Lets a checkpoint under way finish; afterwards every order fails. Snapshots being read end. */
  async close(): Promise<void> {
    await this.#last;
    this.#failure ??= new StorageError('the tree is closed');
    this.#isOpen = false;
    for (const source of this.#sources) source.close();
    await this.#gate.close();
    await this.#environment.close();
  }

  /** The library would read from an environment that is being closed, out of memory that is not its own. */
  #assertOpen(): void {
    if (!this.#isOpen) throw new StorageError('the tree is closed');
  }

  async #write(checkpoint: Checkpoint): Promise<void> {
    if (this.#failure !== undefined) return;
    await new Promise<void>((resolve, reject) => {
      this.#log.whenDurable(checkpoint.zxid, (error) => {
        if (error === undefined) resolve();
        else reject(error);
      });
    });
    this.#environment.requireRoomFor(checkpoint.nodes.size * NODE_BYTES_MAX);
    const transaction = this.#environment.beginRead();
    this.#view = { transaction };
    try {
      await writeCheckpoint(this.#environment, this.#gate, this.#tables, checkpoint);
      this.#mark = { zxid: checkpoint.zxid, totals: checkpoint.totals };
    } finally {
      this.#view = undefined;
      this.#environment.refresh();
      transaction.done();
    }
  }
}
