import { crc32 } from 'node:zlib';
import type { Zxid } from '../machines/zab/zxid.ts';
import type { LogEntry } from '../runtime/ports.ts';
import { CorruptRecord } from './error.ts';
import { isWellFormed } from './record-run.ts';

/** One value of the log: an entry behind a header that says what it is and proves that it is whole. */
export interface LogValue extends LogEntry {
  /** Highest zxid known to be committed when it was written. */
  readonly committedZxid: Zxid;
  /** Bytes of records before this value since the log began: the difference of two says what lies between. */
  readonly position: number;
}

const FORMAT_VERSION = 1;
const CHECKSUM_OFFSET = 40;
const HEADER_BYTES = 44;
const KEY_BYTES = 8;

/** Key of a value: its first zxid, big-endian, so that the order of keys is the order of the history. */
export function zxidKey(zxid: Zxid): Buffer {
  const key = Buffer.allocUnsafe(KEY_BYTES);
  writeZxid(key, zxid, 0);
  return key;
}

export function zxidOfKey(key: Uint8Array): Zxid {
  return readZxid(Buffer.from(key.buffer, key.byteOffset, key.byteLength), 0);
}

export function encodeLogValue(entry: LogEntry, committedZxid: Zxid, position: number): Buffer {
  const value = Buffer.allocUnsafe(HEADER_BYTES + entry.bytes.byteLength);
  value.writeUInt32BE(FORMAT_VERSION, 0);
  value.writeUInt32BE(entry.count, 4);
  writeZxid(value, entry.firstZxid, 8);
  writeZxid(value, entry.lastZxid, 16);
  writeZxid(value, committedZxid, 24);
  value.writeDoubleBE(position, 32);
  value.set(entry.bytes, HEADER_BYTES);
  value.writeUInt32BE(checksumOf(value), CHECKSUM_OFFSET);
  return value;
}

/**
 * @param zxid the key it was found under
 * @param file named in the error
 * @throws CorruptRecord
 */
export function decodeLogValue(bytes: Uint8Array, zxid: Zxid, file: string): LogValue {
  const value = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (value.byteLength < HEADER_BYTES) {
    throw new CorruptRecord(file, zxid, zxid, `an entry of ${value.byteLength} bytes`);
  }
  const lastZxid = readZxid(value, 16);
  const isRange = lastZxid >= zxid && lastZxid - zxid < value.byteLength;
  const damage = (what: string) => new CorruptRecord(file, zxid, isRange ? lastZxid : zxid, what);
  if (value.readUInt32BE(CHECKSUM_OFFSET) !== checksumOf(value)) {
    throw damage('its checksum does not match');
  }
  const version = value.readUInt32BE(0);
  if (version !== FORMAT_VERSION) throw damage(`format version ${version} is not known`);
  const decoded: LogValue = {
    firstZxid: readZxid(value, 8),
    lastZxid,
    count: value.readUInt32BE(4),
    committedZxid: readZxid(value, 24),
    position: value.readDoubleBE(32),
    bytes: value.subarray(HEADER_BYTES),
  };
  if (decoded.firstZxid !== zxid) throw damage('it is filed under another zxid');
  if (!isWellFormed(decoded)) throw damage('its records do not add up');
  return decoded;
}

function checksumOf(value: Buffer): number {
  return crc32(value.subarray(HEADER_BYTES), crc32(value.subarray(0, CHECKSUM_OFFSET)));
}

function writeZxid(target: Buffer, zxid: Zxid, offset: number): void {
  target.writeUInt32BE(Math.floor(zxid / 2 ** 32), offset);
  target.writeUInt32BE(zxid % 2 ** 32, offset + 4);
}

function readZxid(source: Buffer, offset: number): Zxid {
  return source.readUInt32BE(offset) * 2 ** 32 + source.readUInt32BE(offset + 4);
}
