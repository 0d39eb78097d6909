import { crc32 } from 'node:zlib';

/**
 * What is stored under the key of a container or TTL node in the table of these: CRC32 of the rest, format version, and
 * the path, which a key need not tell.
 */
const FORMAT_VERSION = 1;
const CHECKED_FROM = 4;
const HEADER_BYTES = 5;

export function encodeReapable(path: string): Buffer {
  const bytes = Buffer.from(path);
  const value = Buffer.allocUnsafe(HEADER_BYTES + bytes.byteLength);
  value.writeUInt8(FORMAT_VERSION, CHECKED_FROM);
  value.set(bytes, HEADER_BYTES);
  value.writeUInt32BE(crc32(value.subarray(CHECKED_FROM)), 0);
  return value;
}

/** @returns the path; `undefined` when the bytes are damaged */
export function decodeReapable(bytes: Uint8Array): string | undefined {
  const value = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (value.byteLength < HEADER_BYTES) return undefined;
  if (value.readUInt32BE(0) !== crc32(value.subarray(CHECKED_FROM))) return undefined;
  if (value.readUInt8(CHECKED_FROM) !== FORMAT_VERSION) return undefined;
  return value.toString('utf8', HEADER_BYTES);
}
