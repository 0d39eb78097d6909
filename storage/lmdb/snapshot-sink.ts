import { dirname } from 'node:path';
import { invariant } from '../../machines/invariant.ts';
import type { Zxid } from '../../machines/zab/zxid.ts';
import type { Done, SnapshotSink } from '../../runtime/ports.ts';
import { encodeMark } from '../checkpoint-mark.ts';
import type { StorageError } from '../error.ts';
import type { Adoption } from '../history-state.ts';
import { type SnapshotItem, SnapshotReader } from '../snapshot-stream.ts';
import { Environment } from './environment.ts';
import { asStorageError } from './failure.ts';
import { flushFiles } from './file-flush.ts';
import { MARK_KEY, TreeTables } from './tree-tables.ts';

type History = Omit<Adoption, 'keepThrough'>;

/** What the store does once the directory of a received tree is whole and durable. */
export interface Installation {
  install(zxid: Zxid, history: History): Promise<void>;
  discard(): Promise<void>;
}

/**
 * A snapshot on its way in: a tree of its own directory, of which nobody knows until it is installed. It is
 * written without a flush per piece and flushed once as a whole, so it costs no more than its bytes.
 */
export class LmdbSnapshotSink implements SnapshotSink {
  readonly #zxid: Zxid;
  readonly #installation: Installation;
  readonly #reader: SnapshotReader;
  readonly #environment: Environment;
  readonly #tables: TreeTables;
  #last: Promise<void> = Promise.resolve();
  #failure: StorageError | undefined;
  #isOver = false;

  /** @throws StorageError */
  constructor(zxid: Zxid, directory: string, installation: Installation) {
    this.#zxid = zxid;
    this.#installation = installation;
    this.#reader = new SnapshotReader(zxid);
    this.#environment = new Environment(directory, 'disposable');
    this.#tables = new TreeTables(this.#environment);
  }

  write(piece: Uint8Array, done: Done): void {
    this.#enqueue(done, async () => {
      const items = this.#reader.read(piece);
      if (items.length > 0) await this.#environment.commit(() => this.#stage(items));
    });
  }

  install(history: History, done: Done): void {
    this.#enqueue(done, async () => {
      const { zxid, totals } = this.#reader.completeMark;
      if (totals !== undefined && totals.nodeCount > 0) {
        const mark = encodeMark(zxid, totals);
        await this.#environment.commit(() => {
          this.#tables.reapables.markExactAt(zxid);
          void this.#tables.marks.put(MARK_KEY, mark);
        });
      }
      await this.#environment.close();
      const { file, path } = this.#environment;
      await flushFiles(file, path, dirname(path));
      await this.#installation.install(this.#zxid, history);
    });
    this.#isOver = true;
  }

  abort(): void {
    if (this.#isOver) return;
    this.#enqueue(
      () => {},
      async () => {
        await this.#environment.close();
        await this.#installation.discard();
      },
    );
    this.#isOver = true;
  }

  #stage(items: readonly SnapshotItem[]): void {
    for (const { table, key, value } of items) {
      if (table === 'session') {
        void this.#tables.sessions.put(key, value);
        continue;
      }
      void this.#tables.nodes.put(key, value);
      // No snapshot carries the index: the nodes tell it.
      this.#tables.reapables.putStored(key, value);
    }
  }

  #enqueue(done: Done, step: () => Promise<void>): void {
    invariant(!this.#isOver, 'a snapshot that was installed or given up takes nothing more');
    this.#last = this.#last.then(async () => {
      if (this.#failure !== undefined) return;
      try {
        await step();
      } catch (error) {
        this.#failure = asStorageError(error, `cannot receive into ${this.#environment.path}`);
      }
    });
    void this.#last.then(() => done(this.#failure));
  }
}
