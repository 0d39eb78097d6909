import { crc32 } from 'node:zlib';
import type { SessionRecord } from '../machines/znode/znode.ts';

/** A session as bytes: CRC32 of the rest, format version, timeout, password, and the paths of its ephemerals. */
const FORMAT_VERSION = 1;
const CHECKED_FROM = 4;
const KEY_BYTES = 8;

export function sessionKey(sessionId: number): Buffer {
  const key = Buffer.allocUnsafe(KEY_BYTES);
  key.writeUInt32BE(Math.floor(sessionId / 2 ** 32), 0);
  key.writeUInt32BE(sessionId % 2 ** 32, 4);
  return key;
}

export function sessionIdOfKey(key: Uint8Array): number {
  const bytes = Buffer.from(key.buffer, key.byteOffset, key.byteLength);
  return bytes.readUInt32BE(0) * 2 ** 32 + bytes.readUInt32BE(4);
}

export function encodeSession(session: SessionRecord): Buffer {
  const head = Buffer.alloc(20);
  head.writeUInt8(FORMAT_VERSION, 4);
  head.writeDoubleBE(session.timeoutMs, 8);
  head.writeUInt16BE(session.password.byteLength, 6);
  head.writeUInt32BE(session.ephemerals.size, 16);
  const parts: Uint8Array[] = [head, session.password];
  for (const path of session.ephemerals) {
    const bytes = Buffer.from(path);
    const length = Buffer.allocUnsafe(4);
    length.writeUInt32BE(bytes.byteLength);
    parts.push(length, bytes);
  }
  const value = Buffer.concat(parts);
  value.writeUInt32BE(crc32(value.subarray(CHECKED_FROM)), 0);
  return value;
}

/** @returns `undefined` when the bytes are damaged */
export function decodeSession(bytes: Uint8Array): SessionRecord | undefined {
  const value = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (value.byteLength < 20 || value.readUInt32BE(0) !== crc32(value.subarray(CHECKED_FROM))) {
    return undefined;
  }
  if (value.readUInt8(4) !== FORMAT_VERSION) return undefined;
  const passwordEnd = 20 + value.readUInt16BE(6);
  const ephemerals = new Set<string>();
  let offset = passwordEnd;
  while (offset < value.byteLength) {
    const end = offset + 4 + value.readUInt32BE(offset);
    ephemerals.add(value.toString('utf8', offset + 4, end));
    offset = end;
  }
  if (ephemerals.size !== value.readUInt32BE(16)) return undefined;
  return {
    timeoutMs: value.readDoubleBE(8),
    password: new Uint8Array(value.subarray(20, passwordEnd)),
    ephemerals,
  };
}
