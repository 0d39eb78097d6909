import { invariant } from '../machines/invariant.ts';
import type { LinkMessage } from '../machines/zab/message.ts';
import { follows, hex, type Zxid } from '../machines/zab/zxid.ts';
import type { LogEntry, SnapshotSource, Store } from './ports.ts';

/** Sent and not yet taken in by the learner. Small enough that no learner is cut off as a slow consumer. */
const WINDOW_BYTES = 4 * 1024 * 1024;
const PIECE_BYTES = 256 * 1024;

/** How history is cut for a learner, bytes. */
export interface SynchronizerWindow {
  readonly windowBytes: number;
  readonly pieceBytes: number;
}

export const SYNCHRONIZER_WINDOW: SynchronizerWindow = {
  windowBytes: WINDOW_BYTES,
  pieceBytes: PIECE_BYTES,
};

export interface SynchronizerPorts extends SynchronizerWindow {
  readonly store: Store;
  send(peer: number, link: number, message: LinkMessage): void;
  /** The learner has been sent everything up to `through`, which is all that is on the disk. */
  caughtUp(peer: number, link: number, through: Zxid): void;
  /** What the learner lacks has been purged: it has to come again, for a snapshot. */
  gaveUp(peer: number, link: number): void;
}

/**
 * Sends one learner the history it lacks: a snapshot where that is the plan, then records of the log, as
 * fast as the learner takes them in. It ends in the very turn in which it reaches the durable end of the
 * log, so that the leader's chart can name the point where its stream takes over.
 */
export class LearnerSynchronizer {
  readonly #ports: SynchronizerPorts;
  readonly #peer: number;
  readonly link: number;
  #snapshot: SnapshotSource | undefined;
  #records: Iterator<LogEntry> | undefined;
  #after: Zxid;
  #readThrough: Zxid = 0;
  readonly #firstZxid: Zxid;
  #inFlight = 0;
  #isOver = false;

  constructor(
    ports: SynchronizerPorts,
    peer: number,
    link: number,
    mode: 'diff' | 'snapshot',
    after: Zxid,
  ) {
    this.#ports = ports;
    this.#peer = peer;
    this.link = link;
    this.#after = after;
    this.#firstZxid = ports.store.log.firstZxid;
    if (mode === 'snapshot') {
      this.#snapshot = ports.store.tree.openSnapshot();
      this.#after = this.#snapshot.zxid;
      ports.send(peer, link, { type: 'SNAP', zxid: this.#snapshot.zxid });
    }
  }

  /** Records after this are still to be sent: the log must keep them. */
  get after(): Zxid {
    return this.#after;
  }

  credit(bytes: number): void {
    this.#inFlight -= bytes;
    this.pump();
  }

  stop(): void {
    this.#isOver = true;
    this.#snapshot?.close();
    this.#snapshot = undefined;
  }

  /** Sends until the window is full or all has been sent. */
  pump(): void {
    while (!this.#isOver && this.#inFlight < this.#ports.windowBytes) {
      if (this.#snapshot !== undefined) this.#sendPiece(this.#snapshot);
      else if (!this.#sendRecords()) return;
    }
  }

  #sendPiece(snapshot: SnapshotSource): void {
    const bytes = snapshot.next(this.#ports.pieceBytes);
    if (bytes === undefined) {
      snapshot.close();
      this.#snapshot = undefined;
      return;
    }
    this.#inFlight += bytes.length;
    this.#ports.send(this.#peer, this.link, { type: 'PIECE', bytes });
  }

  /** No purge begins that takes what is needed here, but one may have been under way before. */
  #isPurged(): boolean {
    const { log } = this.#ports.store;
    if (this.#after > 0) return log.floor(this.#after) === 0;
    return this.#firstZxid > 0 && log.firstZxid !== this.#firstZxid;
  }

  /** `false` once the end of the log is reached. */
  #sendRecords(): boolean {
    const { log } = this.#ports.store;
    if (this.#isPurged()) {
      this.stop();
      this.#ports.gaveUp(this.#peer, this.link);
      return false;
    }
    if (this.#records === undefined) {
      this.#readThrough = log.lastZxid;
      const { pieceBytes } = this.#ports;
      this.#records = log.read(this.#after, this.#readThrough, pieceBytes)[Symbol.iterator]();
    }
    const next = this.#records.next();
    if (next.done !== true) {
      const run = next.value;
      invariant(
        this.#after === 0 || follows(this.#after, run.firstZxid),
        () => `the log goes on with ${hex(run.firstZxid)} after ${hex(this.#after)}`,
      );
      this.#inFlight += run.bytes.length;
      this.#after = run.lastZxid;
      this.#ports.send(this.#peer, this.link, { type: 'RECORDS', run });
      return true;
    }
    this.#records = undefined;
    // The log may have grown while the learner took its time.
    if (log.lastZxid > this.#readThrough) return true;
    this.#isOver = true;
    this.#ports.caughtUp(this.#peer, this.link, Math.max(this.#after, this.#readThrough));
    return false;
  }
}
