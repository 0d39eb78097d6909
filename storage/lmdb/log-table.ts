import type { Zxid } from '../../machines/zab/zxid.ts';
import type { LogEntry } from '../../runtime/ports.ts';
import { decodeLogValue, encodeLogValue, type LogValue, zxidKey, zxidOfKey } from '../log-value.ts';
import { cutRun, recordOffsets } from '../record-run.ts';
import type { Environment } from './environment.ts';
import type { Table } from './table.ts';

const FIRST_KEY = Buffer.alloc(1);

/** The values of the log by zxid. What changes them is staged: it belongs to the commit being written. */
export class LogTable {
  readonly #table: Table;
  readonly #file: string;
  #endPosition: number;

  constructor(environment: Environment) {
    this.#table = environment.table('entries');
    this.#file = environment.file;
    const last = this.last();
    this.#endPosition = last === undefined ? 0 : last.position + last.bytes.byteLength;
  }

  /** 0 when there is no value. */
  firstZxid(): Zxid {
    return this.#keys(FIRST_KEY, 1)[0] ?? 0;
  }

  last(): LogValue | undefined {
    return this.at(Number.MAX_SAFE_INTEGER);
  }

  /** The last value that begins at or before `zxid`. @throws CorruptRecord */
  at(zxid: Zxid): LogValue | undefined {
    const options = { start: zxidKey(zxid), end: FIRST_KEY, reverse: true, limit: 1 };
    for (const key of this.#table.getKeys(options)) return this.#decode(key);
    return undefined;
  }

  /** The first value that holds anything after `zxid`. @throws CorruptRecord */
  next(zxid: Zxid): LogValue | undefined {
    // Whoever reads on asks for the value that begins there: found without a search through keys.
    const following = this.#decode(zxidKey(zxid + 1));
    if (following !== undefined) return following;
    const value = this.at(zxid);
    if (value !== undefined && value.lastZxid > zxid) return value;
    for (const key of this.#table.getKeys({ start: zxidKey(zxid + 1), limit: 1 })) {
      return this.#decode(key);
    }
    return undefined;
  }

  /** Bytes of records after `zxid`, to within one record. */
  bytesAfter(zxid: Zxid): number {
    const value = this.at(zxid);
    if (value === undefined) {
      const first = this.next(zxid);
      return first === undefined ? 0 : this.#endPosition - first.position;
    }
    const held = zxid - value.firstZxid + 1;
    const offset =
      held >= value.count
        ? value.bytes.byteLength
        : (recordOffsets(value.bytes, value.count)?.[held] ?? 0);
    return this.#endPosition - value.position - offset;
  }

  put(runs: Iterable<LogEntry>, committedZxid: Zxid): void {
    for (const run of runs) {
      const value = encodeLogValue(run, committedZxid, this.#endPosition);
      void this.#table.put(zxidKey(run.firstZxid), value);
      this.#endPosition += run.bytes.byteLength;
    }
  }

  /** Takes away everything after `zxid`; a value that reaches beyond it is written anew without its end. */
  truncate(zxid: Zxid): void {
    const value = this.at(zxid);
    for (const key of this.#table.getKeys({ start: zxidKey(zxid + 1) })) {
      void this.#table.remove(key);
    }
    this.#endPosition =
      value === undefined
        ? 0
        : value.position + (value.lastZxid > zxid ? 0 : value.bytes.byteLength);
    if (value === undefined || value.lastZxid <= zxid) return;
    this.put(cutRun(value, 0, zxid, Number.POSITIVE_INFINITY), value.committedZxid);
  }

  clear(): void {
    void this.#table.clearAsync();
    this.#endPosition = 0;
  }

  /**
   * Takes away up to `valuesMax` whole values from the head of which nothing is at or above `limit`, never the last.
   * @returns the last zxid taken away, 0 when there was none, and whether more could go
   */
  purge(limit: Zxid, valuesMax: number): { lastZxid: Zxid; isMore: boolean } {
    const firsts = this.#keys(FIRST_KEY, valuesMax + 2);
    let lastPurged: Zxid = 0;
    let count = 0;
    for (const [index, first] of firsts.entries()) {
      const next = firsts[index + 1];
      if (next === undefined || next > limit) break;
      if (count === valuesMax) return { lastZxid: this.#lastOf(lastPurged), isMore: true };
      void this.#table.remove(zxidKey(first));
      lastPurged = first;
      count++;
    }
    return { lastZxid: this.#lastOf(lastPurged), isMore: false };
  }

  #lastOf(firstZxid: Zxid): Zxid {
    return firstZxid === 0 ? 0 : (this.at(firstZxid)?.lastZxid ?? 0);
  }

  #keys(start: Uint8Array, limit: number): Zxid[] {
    const zxids: Zxid[] = [];
    for (const key of this.#table.getKeys({ start, limit })) zxids.push(zxidOfKey(key));
    return zxids;
  }

  #decode(key: Uint8Array): LogValue | undefined {
    const value = this.#table.getBinary(key);
    return value === undefined ? undefined : decodeLogValue(value, zxidOfKey(key), this.#file);
  }
}
