import type { Zxid } from '../../machines/zab/zxid.ts';
import type { SnapshotSource } from '../../runtime/ports.ts';
import { StorageError } from '../error.ts';
import { SnapshotWriter } from '../snapshot-stream.ts';
import type { Environment, ReadTransaction } from './environment.ts';
import type { TreeTables } from './tree-tables.ts';

/** A snapshot on its way out: one read transaction, so exact whatever is committed meanwhile. */
export class LmdbSnapshotSource implements SnapshotSource {
  readonly zxid: Zxid;
  readonly #transaction: ReadTransaction;
  readonly #entries: Iterator<void>;
  readonly #writer: SnapshotWriter;
  readonly #closed: () => void;
  #isOpen = true;

  constructor(environment: Environment, tables: TreeTables, closed: () => void) {
    this.#closed = closed;
    this.#transaction = environment.beginRead();
    const mark = tables.mark({ transaction: this.#transaction });
    this.zxid = mark.zxid;
    this.#writer = new SnapshotWriter(mark);
    this.#entries = entriesOf(tables, this.#transaction, this.#writer);
  }

  /** @throws StorageError after the tree was closed */
  next(maxBytes: number): Uint8Array | undefined {
    if (!this.#isOpen) throw new StorageError('the snapshot is closed');
    while (this.#writer.waitingBytes < maxBytes) {
      if (this.#entries.next().done === true) return this.#writer.finish();
    }
    return this.#writer.take();
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    // The cursor must be gone before its transaction.
    this.#entries.return?.();
    this.#transaction.done();
    this.#closed();
  }
}

const FIRST_KEY = Buffer.alloc(1);

function* entriesOf(
  tables: TreeTables,
  transaction: ReadTransaction,
  writer: SnapshotWriter,
): Generator<void> {
  const range = { start: FIRST_KEY, transaction };
  for (const { key, value } of tables.nodes.getRange(range)) {
    // What is damaged here must not become what another member believes.
    tables.assertSound(key, value);
    writer.add('node', key, value);
    yield;
  }
  for (const { key, value } of tables.sessions.getRange(range)) {
    writer.add('session', key, value);
    yield;
  }
}
