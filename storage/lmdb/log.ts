import { invariant } from '../../machines/invariant.ts';
import { follows, hex, type Zxid } from '../../machines/zab/zxid.ts';
import type { Done, Epochs, LogEntry, LogPort } from '../../runtime/ports.ts';
import { CorruptRecord, InconsistentHistory, StorageError } from '../error.ts';
import {
  type Adoption,
  afterAdopt,
  afterAppend,
  afterEpochs,
  afterInstall,
  checkHistory,
  type HistoryState,
} from '../history-state.ts';
import { cutRun, joinRuns, storedRuns } from '../record-run.ts';
import { type CommitOrder, CommitQueue } from './commit-queue.ts';
import type { Environment } from './environment.ts';
import { LogTable } from './log-table.ts';
import { type MemberRecord, readMember, writeMember } from './member-record.ts';
import type { Table } from './table.ts';

/** Values removed by one commit of a purge, so that appends need not wait for long behind it. */
const PURGE_VALUES_MAX = 512;

/** All that a log may have; not every one has the last. */
const TABLES = ['entries', 'meta', 'reserve'];

interface AppendOrder extends CommitOrder {
  readonly entries: LogEntry[];
  after: HistoryState;
}

/** The transaction log in LMDB. Reads look at what is durable; orders are checked against what is ordered. */
export class LmdbLog implements LogPort {
  readonly incarnation: number;
  /** Whether there was nothing before. */
  readonly isNew: boolean;
  readonly #file: string;
  readonly #values: LogTable;
  readonly #members: Table;
  readonly #queue: CommitQueue;
  readonly #treeZxid: () => Zxid;
  readonly #waitingForZxid: { readonly zxid: Zxid; readonly callback: Done }[] = [];
  #durable: HistoryState;
  #ordered: HistoryState;
  #firstZxid: Zxid;
  #treeGeneration: number;
  #forming: AppendOrder | undefined;
  #isOpen = true;

  /**
   * Raises the incarnation durably.
   * @param treeZxid zxid of the durable tree: what comes after it is needed and never purged
   * @param firstIncarnation of a new log
   * @param reservedBytes room that the file of a new log is given at once
   * @throws CorruptRecord, InconsistentHistory, StorageError
   */
  constructor(
    environment: Environment,
    treeZxid: () => Zxid,
    reservedBytes: number,
    firstIncarnation: number,
  ) {
    this.#file = environment.file;
    const tables = environment.tableNames();
    this.#values = new LogTable(environment);
    this.#members = environment.table('meta');
    this.#queue = new CommitQueue(environment, (failure) => {
      for (const { callback } of this.#waitingForZxid.splice(0)) callback(failure);
    });
    this.#treeZxid = treeZxid;
    const member = readMember(this.#members, environment.file);
    checkTables(tables, member, environment.file);
    this.isNew = member.incarnation === 0;
    if (this.isNew && reservedBytes > 0) environment.reserveSync(reservedBytes);
    const last = this.#values.last();
    const lastZxid = last?.lastZxid ?? member.baseZxid;
    const committedZxid = Math.max(member.committedZxid, last?.committedZxid ?? member.baseZxid);
    const { acceptedEpoch, currentEpoch, baseZxid } = member;
    checkEnd(member, lastZxid, environment.path);
    this.#durable = {
      acceptedEpoch,
      currentEpoch,
      baseZxid,
      lastZxid,
      committedZxid: Math.min(committedZxid, lastZxid),
    };
    checkHistory(this.#durable, environment.path);
    this.#ordered = this.#durable;
    this.#firstZxid = this.#values.firstZxid();
    this.#treeGeneration = member.treeGeneration;
    this.incarnation = this.isNew ? firstIncarnation : member.incarnation + 1;
    environment.commitSync(() => this.#writeMember(this.#durable, member.treeGeneration));
  }

  get firstZxid(): Zxid {
    return this.#firstZxid;
  }
  get lastZxid(): Zxid {
    return this.#durable.lastZxid;
  }
  get committedZxid(): Zxid {
    return this.#durable.committedZxid;
  }
  get epochs(): Epochs {
    const { acceptedEpoch, currentEpoch } = this.#durable;
    return { acceptedEpoch, currentEpoch };
  }
  /** zxid before the first record: where reading may begin. */
  get baseZxid(): Zxid {
    return this.#durable.baseZxid;
  }
  /** Where the log ends once everything ordered is durable. */
  get orderedZxid(): Zxid {
    return this.#ordered.lastZxid;
  }
  get treeGeneration(): number {
    return this.#treeGeneration;
  }

  append(entries: readonly LogEntry[], committedZxid: Zxid, done: Done): void {
    this.#ordered = afterAppend(this.#ordered, entries, committedZxid);
    const forming = this.#forming;
    if (forming !== undefined && forming === this.#queue.lastWaiting) {
      forming.entries.push(...entries);
      forming.done.push(done);
      forming.after = this.#ordered;
      return;
    }
    const order: AppendOrder = {
      entries: [...entries],
      after: this.#ordered,
      done: [done],
      write: () => {
        this.#values.put(storedRuns(order.entries), order.after.committedZxid);
      },
      committed: () => {
        if (this.#firstZxid === 0) this.#firstZxid = this.#values.firstZxid();
        this.#settle({ ...order.after, baseZxid: this.baseZxid });
      },
    };
    this.#forming = order;
    this.#queue.submit(order);
  }

  saveEpochs(epochs: Epochs, done: Done): void {
    this.#ordered = afterEpochs(this.#ordered, epochs);
    this.#submit(this.#ordered, () => {}, done);
  }

  adopt(history: Adoption, done: Done): void {
    this.#ordered = afterAdopt(this.#ordered, history, this.#treeZxid());
    const { committedZxid } = this.#ordered;
    const write = () => {
      const { keepThrough } = history;
      invariant(this.floor(keepThrough) === keepThrough, () => `${hex(keepThrough)} is in the log`);
      this.#values.truncate(keepThrough);
      this.#values.put(storedRuns(history.entries), committedZxid);
    };
    this.#submit(this.#ordered, write, done);
  }

  /** The history after a snapshot takes the place of the log, and the tree of the snapshot that of the tree: one commit. */
  install(
    snapshot: { readonly zxid: Zxid; readonly treeGeneration: number },
    history: Omit<Adoption, 'keepThrough'>,
    done: Done,
  ): void {
    const after = afterInstall(this.#ordered, snapshot.zxid, history);
    this.#ordered = after;
    this.#queue.submit({
      write: () => {
        this.#values.clear();
        this.#values.put(storedRuns(history.entries), after.committedZxid);
        this.#writeMember(after, snapshot.treeGeneration);
      },
      committed: () => {
        this.#treeGeneration = snapshot.treeGeneration;
        this.#firstZxid = this.#values.firstZxid();
        this.#settle(after);
      },
      done: [done],
    });
  }

  purge(zxid: Zxid, done: Done): void {
    let baseZxid: Zxid = 0;
    let isMore = false;
    this.#queue.submit({
      write: () => {
        const limit = Math.min(zxid, this.#treeZxid() + 1);
        const purged = this.#values.purge(limit, PURGE_VALUES_MAX);
        isMore = purged.isMore;
        baseZxid = Math.max(purged.lastZxid, this.baseZxid);
        this.#writeMember({ ...this.#durable, baseZxid }, this.#treeGeneration);
      },
      committed: () => {
        if (this.#ordered.baseZxid === this.baseZxid)
          this.#ordered = { ...this.#ordered, baseZxid };
        this.#firstZxid = this.#values.firstZxid();
        this.#settle({ ...this.#durable, baseZxid });
      },
      done: [
        (error) => {
          if (error === undefined && isMore) this.purge(zxid, done);
          else done(error);
        },
      ],
    });
  }

  read(after: Zxid, through: Zxid, maxBytes: number): Iterable<LogEntry> {
    this.#assertOpen();
    invariant(
      after >= this.baseZxid,
      () => `records after ${hex(after)} are asked for, the log begins after ${hex(this.baseZxid)}`,
    );
    return joinRuns(this.#pieces(after, through, maxBytes), maxBytes);
  }

  floor(zxid: Zxid): Zxid {
    this.#assertOpen();
    const { baseZxid, lastZxid } = this.#durable;
    if (zxid < baseZxid) return 0;
    if (zxid >= lastZxid) return lastZxid;
    const value = this.#values.at(zxid);
    return value === undefined ? baseZxid : Math.min(zxid, value.lastZxid);
  }

  bytesAfter(zxid: Zxid): number {
    this.#assertOpen();
    return this.#values.bytesAfter(zxid);
  }

  /** Calls back once the log is durable through `zxid`, which must have been ordered, or cannot become so. */
  whenDurable(zxid: Zxid, callback: Done): void {
    if (zxid <= this.lastZxid) callback();
    else this.#waitingForZxid.push({ zxid, callback });
  }

  /** Lets what is ordered finish, then refuses everything. */
  close(closed: () => void): void {
    this.#queue.whenIdle(() => {
      this.#isOpen = false;
      this.#queue.stop(new StorageError('the store is closed'));
      closed();
    });
  }

  #submit(after: HistoryState, write: () => void, done: Done): void {
    this.#queue.submit({
      write: () => {
        write();
        this.#writeMember({ ...after, baseZxid: this.baseZxid }, this.#treeGeneration);
      },
      committed: () => {
        this.#firstZxid = this.#values.firstZxid();
        this.#settle({ ...after, baseZxid: this.baseZxid });
      },
      done: [done],
    });
  }

  #writeMember(history: HistoryState, treeGeneration: number): void {
    const { acceptedEpoch, currentEpoch, baseZxid, committedZxid } = history;
    const { incarnation } = this;
    const epochs = { acceptedEpoch, currentEpoch };
    writeMember(this.#members, { ...epochs, incarnation, baseZxid, committedZxid, treeGeneration });
  }

  #settle(history: HistoryState): void {
    this.#durable = history;
    const waiting = this.#waitingForZxid.splice(0);
    for (const wait of waiting) this.whenDurable(wait.zxid, wait.callback);
  }

  #assertOpen(): void {
    if (!this.#isOpen) throw new StorageError('the store is closed');
  }

  *#pieces(after: Zxid, through: Zxid, maxBytes: number): Generator<LogEntry> {
    let last = after;
    // The end is looked up each time: the log may be cut while a slow reader is at it.
    while (last < Math.min(through, this.lastZxid)) {
      this.#assertOpen();
      if (last < this.baseZxid) {
        throw new StorageError(`records after ${hex(last)} were purged while they were being read`);
      }
      const value = this.#values.next(last);
      if (value === undefined || (value.firstZxid > last && !follows(last, value.firstZxid))) {
        const end = value === undefined ? this.lastZxid : value.firstZxid;
        throw new CorruptRecord(this.#file, last + 1, end, 'records are missing');
      }
      const end = Math.min(through, value.lastZxid);
      if (value.firstZxid <= end) yield* cutRun(value, last, end, maxBytes);
      last = value.lastZxid;
    }
  }
}

/**
 * A damaged name hides a whole table, and another would be made in its place. The record of the member comes after
 * both tables, so that a start that was cut off leaves no such state.
 * @param names of the tables that there were before any was made
 */
function checkTables(names: readonly string[], member: MemberRecord, file: string): void {
  const foreign = names.find((name) => !TABLES.includes(name));
  if (foreign !== undefined) {
    throw new CorruptRecord(file, 0, 0, `it has a table ${JSON.stringify(foreign)}`);
  }
  if (member.incarnation > 0 && !names.includes('entries')) {
    throw new CorruptRecord(file, 0, 0, 'it has the record of the member, but not the history');
  }
}

/**
 * The record of the member is only ever written together with a history that reaches as far as the record says.
 * @throws InconsistentHistory
 */
function checkEnd(member: MemberRecord, lastZxid: Zxid, directory: string): void {
  for (const zxid of [member.baseZxid, member.committedZxid]) {
    if (zxid <= lastZxid) continue;
    throw new InconsistentHistory(
      `${directory}: the log ends at zxid ${hex(lastZxid)}, but had reached ${hex(zxid)}`,
    );
  }
}
