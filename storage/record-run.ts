import { invariant } from '../machines/invariant.ts';
import { epochOf, follows, type Zxid } from '../machines/zab/zxid.ts';
import type { LogEntry } from '../runtime/ports.ts';

/**
 * The arithmetic of entries. A run never crosses an epoch, so its record number `i` has the zxid
 * `firstZxid + i` and cutting one needs no decoding of txns.
 */

/** Entries that are appended together become one up to this size: stored, read and checked as a whole. */
export const ENTRY_BYTES_MAX = 256 * 1024;

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
