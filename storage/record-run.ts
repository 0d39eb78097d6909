import { invariant } from '../machines/invariant.ts';
import { epochOf, follows, type Zxid } from '../machines/zab/zxid.ts';
import type { LogEntry } from '../runtime/ports.ts';

/**
 * The arithmetic of entries. A run never crosses an epoch, so its record number `i` has the zxid
 * `firstZxid + i` and cutting one needs no decoding of txns.
 */

/**
 * Bytes of records that are stored, read and checked as a whole; a single record may be longer.
 *
 * With its header such a value fills one page of LMDB at most. Larger ones lie in consecutive pages, and beside each of
 * them stays a page that the next commit frees and no value fits in: the list of free pages grows by every value that is
 * kept, and a commit goes through the whole list several times. Where all are of one page, every free page is used again.
 */
export const STORED_BYTES_MAX = 4028;

/** Where each record begins, and the end of the last; `undefined` unless `count` records fill the bytes exactly. */
export function recordOffsets(bytes: Uint8Array, count: number): number[] | undefined {
  const offsets: number[] = [];
  const end = bytes.byteLength;
  let offset = 0;
  for (let index = 0; index < count; index++) {
    offsets.push(offset);
    if (offset + 4 > end) return undefined;
    offset += 4 + lengthAt(bytes, offset);
  }
  if (offset !== end) return undefined;
  offsets.push(offset);
  return offsets;
}

function lengthAt(bytes: Uint8Array, offset: number): number {
  const a = bytes[offset] ?? 0;
  const b = bytes[offset + 1] ?? 0;
  const c = bytes[offset + 2] ?? 0;
  const d = bytes[offset + 3] ?? 0;
  return a * 0x1000000 + ((b << 16) | (c << 8) | d);
}

/** Whether zxids, count and bytes of an entry agree with one another. */
export function isWellFormed(entry: LogEntry): boolean {
  return (
    entry.count > 0 &&
    entry.lastZxid - entry.firstZxid + 1 === entry.count &&
    epochOf(entry.firstZxid) === epochOf(entry.lastZxid) &&
    recordOffsets(entry.bytes, entry.count) !== undefined
  );
}

/** The records of `entry` with `after < zxid <= through`, at least one, in pieces of at most about `maxBytes`. */
export function* cutRun(
  entry: LogEntry,
  after: Zxid,
  through: Zxid,
  maxBytes: number,
): Generator<LogEntry> {
  const whole = after < entry.firstZxid && through >= entry.lastZxid;
  if (whole && entry.bytes.byteLength <= maxBytes) {
    yield entry;
    return;
  }
  const offsets = recordOffsets(entry.bytes, entry.count);
  invariant(offsets !== undefined, 'an entry to be cut is well formed');
  const start = Math.max(0, after + 1 - entry.firstZxid);
  const end = Math.min(entry.count, through - entry.firstZxid + 1);
  let from = start;
  for (let index = start; index < end; index++) {
    const next = index + 1;
    const isLast = next === end;
    const sizeWithNext = (offsets[next + 1] ?? 0) - (offsets[from] ?? 0);
    if (!isLast && sizeWithNext <= maxBytes) continue;
    yield {
      firstZxid: entry.firstZxid + from,
      lastZxid: entry.firstZxid + index,
      count: next - from,
      bytes: entry.bytes.subarray(offsets[from], offsets[next]),
    };
    from = next;
  }
}

/** `entries` in the runs that they are stored as: cut where they are longer than that, and joined where they are shorter. */
export function storedRuns(entries: readonly LogEntry[]): Generator<LogEntry> {
  return joinRuns(cutRuns(entries), STORED_BYTES_MAX);
}

function* cutRuns(entries: readonly LogEntry[]): Generator<LogEntry> {
  for (const entry of entries) yield* cutRun(entry, 0, entry.lastZxid, STORED_BYTES_MAX);
}

/** Entries that continue one another within an epoch, made one as long as they stay below about `maxBytes`. */
export function* joinRuns(entries: Iterable<LogEntry>, maxBytes: number): Generator<LogEntry> {
  let parts: LogEntry[] = [];
  let size = 0;
  for (const entry of entries) {
    const last = parts[parts.length - 1];
    if (last !== undefined) {
      const continues = entry.firstZxid === last.lastZxid + 1;
      if (!continues || size + entry.bytes.byteLength > maxBytes) {
        yield joined(parts);
        parts = [];
        size = 0;
      }
    }
    parts.push(entry);
    size += entry.bytes.byteLength;
  }
  if (parts.length > 0) yield joined(parts);
}

function joined(parts: readonly LogEntry[]): LogEntry {
  const first = parts[0];
  const last = parts[parts.length - 1];
  invariant(first !== undefined && last !== undefined, 'a run is joined of at least one entry');
  if (parts.length === 1) return first;
  return {
    firstZxid: first.firstZxid,
    lastZxid: last.lastZxid,
    count: last.lastZxid - first.firstZxid + 1,
    bytes: Buffer.concat(parts.map((part) => part.bytes)),
  };
}

/** The zxid that `entries` end with when they follow `lastZxid` without a gap; the caller broke the history else. */
export function endOfRuns(lastZxid: Zxid, entries: readonly LogEntry[]): Zxid {
  let last = lastZxid;
  for (const entry of entries) {
    invariant(isWellFormed(entry), () => `the entry at zxid ${entry.firstZxid} is well formed`);
    invariant(
      follows(last, entry.firstZxid),
      () => `the entry at zxid ${entry.firstZxid} follows ${last} without a gap`,
    );
    last = entry.lastZxid;
  }
  return last;
}
