import { crc32 } from 'node:zlib';
import { invariant } from '../../machines/invariant.ts';
import { hex, type Zxid } from '../../machines/zab/zxid.ts';
import type { Done, Epochs, LogEntry, LogPort } from '../../runtime/ports.ts';
import { CorruptRecord, StorageError } from '../error.ts';
import {
  type Adoption,
  afterAdopt,
  afterAppend,
  afterEpochs,
  afterInstall,
  checkHistory,
  type HistoryState,
} from '../history-state.ts';
import { cutRun, joinRuns, recordOffsets, storedRuns } from '../record-run.ts';
import type { DiskContent, DiskQueue, StoredEntry } from './disk.ts';

/** The transaction log in memory: what is durable is on `disk`, what is ordered waits in the queue. */
export class MemoryLog implements LogPort {
  readonly incarnation: number;
  readonly #disk: DiskContent;
  readonly #queue: DiskQueue;
  readonly #waitingForZxid: { readonly zxid: Zxid; readonly callback: Done }[] = [];
  #ordered: HistoryState;

  constructor(disk: DiskContent, queue: DiskQueue) {
    this.#disk = disk;
    this.#queue = queue;
    checkHistory(disk.history, 'memory');
    this.#ordered = disk.history;
    this.incarnation = disk.incarnation;
  }

  get firstZxid(): Zxid {
    return this.#disk.entries[0]?.firstZxid ?? 0;
  }
  get lastZxid(): Zxid {
    return this.#disk.history.lastZxid;
  }
  get committedZxid(): Zxid {
    return this.#disk.history.committedZxid;
  }
  get epochs(): Epochs {
    const { acceptedEpoch, currentEpoch } = this.#disk.history;
    return { acceptedEpoch, currentEpoch };
  }
  get baseZxid(): Zxid {
    return this.#disk.history.baseZxid;
  }
  get orderedZxid(): Zxid {
    return this.#ordered.lastZxid;
  }

  append(entries: readonly LogEntry[], committedZxid: Zxid, done: Done): void {
    const after = afterAppend(this.#ordered, entries, committedZxid);
    const apply = () => this.#disk.entries.push(...stored(entries));
    this.#order('append', after, apply, done);
  }

  saveEpochs(epochs: Epochs, done: Done): void {
    this.#order('saveEpochs', afterEpochs(this.#ordered, epochs), () => {}, done);
  }

  adopt(history: Adoption, done: Done): void {
    const after = afterAdopt(this.#ordered, history, this.#disk.tree.mark.zxid);
    const apply = () => {
      const { keepThrough } = history;
      invariant(this.floor(keepThrough) === keepThrough, () => `${hex(keepThrough)} is in the log`);
      const kept = this.#disk.entries.flatMap((entry) =>
        entry.firstZxid > keepThrough ? [] : [...cutRun(whole(entry), 0, keepThrough, Infinity)],
      );
      this.#disk.entries = [...kept.map(withChecksum), ...stored(history.entries)];
    };
    this.#order('adopt', after, apply, done);
  }

  purge(zxid: Zxid, done: Done): void {
    const apply = () => {
      const limit = Math.min(zxid, this.#disk.tree.mark.zxid + 1);
      const { entries } = this.#disk;
      let count = 0;
      while (count < entries.length - 1 && (entries[count]?.lastZxid ?? limit) < limit) count++;
      const baseZxid = entries[count - 1]?.lastZxid ?? this.baseZxid;
      if (this.#ordered.baseZxid === this.baseZxid) this.#ordered = { ...this.#ordered, baseZxid };
      this.#disk.history = { ...this.#disk.history, baseZxid };
      this.#disk.entries = entries.slice(count);
    };
    this.#queue.submit('purge', zxid, apply, done);
  }

  read(after: Zxid, through: Zxid, maxBytes: number): Iterable<LogEntry> {
    invariant(
      after >= this.baseZxid,
      () => `records after ${hex(after)} are asked for, the log begins after ${hex(this.baseZxid)}`,
    );
    return joinRuns(this.#pieces(after, through, maxBytes), maxBytes);
  }

  floor(zxid: Zxid): Zxid {
    if (zxid < this.baseZxid) return 0;
    const entry = this.#disk.entries.findLast((candidate) => candidate.firstZxid <= zxid);
    return entry === undefined ? this.baseZxid : Math.min(zxid, entry.lastZxid);
  }

  bytesAfter(zxid: Zxid): number {
    let bytes = 0;
    for (const entry of this.#disk.entries) {
      if (entry.lastZxid <= zxid) continue;
      const held = Math.max(0, zxid - entry.firstZxid + 1);
      bytes += entry.bytes.byteLength - (recordOffsets(entry.bytes, entry.count)?.[held] ?? 0);
    }
    return bytes;
  }

  /** A snapshot of `zxid` and the history after it take the place of everything; `apply` puts the new tree in place. */
  install(zxid: Zxid, history: Omit<Adoption, 'keepThrough'>, apply: () => void, done: Done): void {
    const after = afterInstall(this.#ordered, zxid, history);
    const applyAll = () => {
      this.#disk.entries = stored(history.entries);
      this.#disk.history = { ...this.#disk.history, baseZxid: after.baseZxid };
      apply();
    };
    this.#order('install', after, applyAll, done);
  }

  #order(kind: string, after: HistoryState, apply: () => void, done: Done): void {
    this.#ordered = after;
    const applyAll = () => {
      apply();
      this.#disk.history = { ...after, baseZxid: this.baseZxid };
    };
    this.#queue.submit(kind, after.lastZxid, applyAll, (error) => {
      done(error);
      for (const wait of this.#waitingForZxid.splice(0)) {
        if (error === undefined) this.whenDurable(wait.zxid, wait.callback);
        else wait.callback(error);
      }
    });
  }

  whenDurable(zxid: Zxid, callback: Done): void {
    if (zxid <= this.lastZxid) callback();
    else this.#waitingForZxid.push({ zxid, callback });
  }

  *#pieces(after: Zxid, through: Zxid, maxBytes: number): Generator<LogEntry> {
    let last = after;
    while (last < Math.min(through, this.lastZxid)) {
      if (last < this.baseZxid) {
        throw new StorageError(`records after ${hex(last)} were purged while they were being read`);
      }
      const entry = this.#disk.entries.find((candidate) => candidate.lastZxid > last);
      invariant(entry !== undefined, () => `the log holds what follows ${hex(last)}`);
      const end = Math.min(through, entry.lastZxid);
      if (entry.firstZxid <= end) yield* cutRun(copyOf(whole(entry)), last, end, maxBytes);
      last = entry.lastZxid;
    }
  }
}

function stored(entries: readonly LogEntry[]): StoredEntry[] {
  return [...storedRuns(entries)].map((entry) => withChecksum(copyOf(entry)));
}

function withChecksum(entry: LogEntry): StoredEntry {
  return { ...entry, checksum: crc32(entry.bytes) };
}

/** @throws CorruptRecord */
function whole(entry: StoredEntry): StoredEntry {
  if (crc32(entry.bytes) === entry.checksum) return entry;
  const { firstZxid, lastZxid } = entry;
  throw new CorruptRecord('memory', firstZxid, lastZxid, 'its checksum does not match');
}

function copyOf(entry: LogEntry): LogEntry {
  return { ...entry, bytes: new Uint8Array(entry.bytes) };
}
