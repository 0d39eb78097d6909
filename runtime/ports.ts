import type { RecordRun } from '../machines/zab/message.ts';
import type { Zxid } from '../machines/zab/zxid.ts';
import type { Checkpoint, TreeReader } from '../machines/znode/znode.ts';

/** How a port reports the end of an order. An error means the member cannot go on: it stops. */
export type Done = (error?: Error) => void;

/** What the log keeps as one entry: a run of records, exactly as it is proposed. */
export type LogEntry = RecordRun;

/** What ZAB keeps across a crash beside the history (reference §11.6), and how often the member has started. */
export interface Epochs {
  readonly acceptedEpoch: number;
  readonly currentEpoch: number;
}

/** The transaction log of one member, with its epochs: both live in one environment so that one commit covers both. */
export interface LogPort {
  /** zxid of the first record held; 0 when there is none. */
  readonly firstZxid: Zxid;
  /** zxid of the last durable record, or of the snapshot that the empty log stands on; 0 for a new member. */
  readonly lastZxid: Zxid;
  /** Highest zxid that was known to be committed when the last entry was written: replay may go this far unasked. */
  readonly committedZxid: Zxid;
  readonly epochs: Epochs;
  /**
   * Counts the starts of this member on this directory; raised durably by opening. A member whose directory was emptied
   * should not count from the same number again: its links and requests are numbered after it.
   */
  readonly incarnation: number;

  /** Appends in order; `done` only after the bytes are flushed to the disk (reference §13.2). */
  append(entries: readonly LogEntry[], committedZxid: Zxid, done: Done): void;
  saveEpochs(epochs: Epochs, done: Done): void;
  /**
   * Phase 2 of ZAB, atomically: drop everything after `keepThrough`, append `entries`, set currentEpoch.
   * After a crash either all of it is there or nothing.
   */
  adopt(
    history: {
      keepThrough: Zxid;
      entries: readonly LogEntry[];
      currentEpoch: number;
      committedZxid: Zxid;
    },
    done: Done,
  ): void;
  /** Forgets whole entries below `zxid`, never the last one. */
  purge(zxid: Zxid, done: Done): void;
  /**
   * Durable records with `after < zxid <= through`, in order, in slices of at most about `maxBytes`.
   * A checksum that does not match throws CorruptRecord.
   */
  read(after: Zxid, through: Zxid, maxBytes: number): Iterable<LogEntry>;
  /** Largest durable zxid that is <= `zxid`, 0 when there is none. */
  floor(zxid: Zxid): Zxid;
  /** Bytes held after `zxid`, roughly: what a DIFF from there would send. */
  bytesAfter(zxid: Zxid): number;
}

/** A snapshot on its way out: exact at `zxid`, streamed. */
export interface SnapshotSource {
  readonly zxid: Zxid;
  /** The next piece of about `maxBytes`, `undefined` after the last. */
  next(maxBytes: number): Uint8Array | undefined;
  close(): void;
}

/** A snapshot on its way in. Nothing of it counts until `install` is done; `abort` leaves the member as it was. */
export interface SnapshotSink {
  write(piece: Uint8Array, done: Done): void;
  /**
   * Replaces the tree by what was received, the log by `entries` (the history after the snapshot), and sets
   * currentEpoch: one step that a crash does not split. The old TreePort is closed; `store.tree` is the new one.
   */
  install(
    history: { entries: readonly LogEntry[]; currentEpoch: number; committedZxid: Zxid },
    done: Done,
  ): void;
  abort(): void;
}

export interface TreePort extends TreeReader {
  /** Writes everything of the checkpoint and its zxid in one atomic commit, off the event loop; `done` when durable. */
  checkpoint(checkpoint: Checkpoint, done: Done): void;
  openSnapshot(): SnapshotSource;
  /** Gives back the memory that reads and checkpoints have filled, where nothing is under way; what is asked next takes longer. */
  rest(): void;
}

/** The storage of one member. */
export interface Store {
  readonly log: LogPort;
  readonly tree: TreePort;
  /** Begins to receive a snapshot of exactly `zxid`. */
  receiveSnapshot(zxid: Zxid): SnapshotSink;
  close(done: Done): void;
}

export type TimerId = number;

/** Time as a member lives it: stretches in which the process did not run do not count (DESIGN §5). */
export interface Clock {
  /** Monotone, ms. */
  now(): number;
  /** Wall clock, ms since 1970; only stamped into txns. */
  wallMs(): number;
  setTimeout(fn: () => void, delayMs: number): TimerId;
  clearTimeout(id: TimerId): void;
}

/** The bus: subjects, at most once, in order per publisher while a connection lasts. */
export interface BusPort {
  readonly maxPayloadBytes: number;
  publish(subject: string, payload: Uint8Array): void;
  /** As publish; `gone` is called when the bus knows that nobody listens on the subject. */
  probe(subject: string, payload: Uint8Array, gone: () => void): void;
  /** The callback must not keep `payload` after it returns unless it copies it. */
  subscribe(subject: string, callback: (payload: Uint8Array) => void): void;
  /** `down` as soon as the connection is lost: whatever was in flight either way may be gone. */
  onStatus(callback: (status: 'up' | 'down') => void): void;
  close(done: Done): void;
}
