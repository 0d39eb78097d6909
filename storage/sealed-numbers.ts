import { crc32 } from 'node:zlib';

const HEADER_BYTES = 8;

/**
 * A short list of numbers as one checked value: format version, count, CRC32, then float64 big-endian each.
 * Every number here is an integer below 2^53, which a float64 holds exactly.
 */
export function sealNumbers(version: number, numbers: readonly number[]): Buffer {
  const bytes = Buffer.alloc(HEADER_BYTES + numbers.length * 8);
  bytes.writeUInt8(version, 0);
  bytes.writeUInt8(numbers.length, 1);
  let offset = HEADER_BYTES;
  for (const number of numbers) offset = bytes.writeDoubleBE(number, offset);
  bytes.writeUInt32BE(checksumOf(bytes), 4);
  return bytes;
}

/**
 * The numbers again.
 * @returns `undefined` when the bytes are not what `sealNumbers` made of `count` numbers
 */
export function unsealNumbers(
  version: number,
  bytes: Uint8Array,
  count: number,
): number[] | undefined {
  if (bytes.byteLength !== HEADER_BYTES + count * 8) return undefined;
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.readUInt8(0) !== version || view.readUInt8(1) !== count) return undefined;
  if (view.readUInt32BE(4) !== checksumOf(view)) return undefined;
  const numbers: number[] = [];
  for (let index = 0; index < count; index++) {
    numbers.push(view.readDoubleBE(HEADER_BYTES + index * 8));
  }
  return numbers;
}

function checksumOf(bytes: Buffer): number {
  return crc32(bytes.subarray(HEADER_BYTES), crc32(bytes.subarray(0, 4)));
}
