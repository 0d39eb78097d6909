/**
 * MurmurHash3 (32 bits) of `bytes[start, end)`. Guards the small values that every read of the tree checks: there a
 * call into native code for CRC32 costs as much as the read itself, and this a tenth. Damage to one word is
 * always seen, other damage but for one time in 2^32.
 */
export function checksum(view: DataView, start: number, end: number): number {
  let hash = 0;
  let offset = start;
  for (const wordsEnd = end - 3; offset < wordsEnd; offset += 4) {
    hash = (rotate(hash ^ scramble(view.getInt32(offset, true)), 13) * 5 + 0xe6546b64) | 0;
  }
  let tail = 0;
  for (let shift = 0; offset < end; offset++, shift += 8) tail |= view.getUint8(offset) << shift;
  hash ^= scramble(tail) ^ (end - start);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function scramble(word: number): number {
  return Math.imul(rotate(Math.imul(word, 0xcc9e2d51), 15), 0x1b873593);
}

function rotate(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}
