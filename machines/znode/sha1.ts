/** Length of a SHA-1 in bytes. */
export const SHA1_BYTES = 20;

const BLOCK_BYTES = 64;
const ROUNDS = 80;

/** SHA-1 (FIPS 180-4) of `message`: the digest scheme names its users by it, and machines import nothing of Node. */
export function sha1(message: Uint8Array): Uint8Array {
  // Padding: one bit, zeros, and the length in bits as eight bytes, up to a whole number of blocks.
  const paddedLength = Math.ceil((message.length + 9) / BLOCK_BYTES) * BLOCK_BYTES;
  const padded = new Uint8Array(paddedLength);
  padded.set(message);
  padded[message.length] = 0x80;
  const words = new DataView(padded.buffer);
  words.setUint32(paddedLength - 8, Math.floor(message.length / 0x20000000));
  words.setUint32(paddedLength - 4, (message.length << 3) >>> 0);

  const digest = new DataView(new ArrayBuffer(SHA1_BYTES));
  let h0 = 0x67452301;
  let h1 = 0xefcdab89;
  let h2 = 0x98badcfe;
  let h3 = 0x10325476;
  let h4 = 0xc3d2e1f0;
  const schedule = new DataView(new ArrayBuffer(ROUNDS * 4));

  for (let block = 0; block < paddedLength; block += BLOCK_BYTES) {
    expand(words, block, schedule);
    let a = h0;
    let b = h1;
    let c = h2;
    let d = h3;
    let e = h4;
    for (let round = 0; round < ROUNDS; round++) {
      const mixed = (rotate(a, 5) + choose(round, b, c, d) + e + constant(round)) | 0;
      e = d;
      d = c;
      c = rotate(b, 30);
      b = a;
      a = (mixed + schedule.getInt32(round * 4)) | 0;
    }
    h0 = (h0 + a) | 0;
    h1 = (h1 + b) | 0;
    h2 = (h2 + c) | 0;
    h3 = (h3 + d) | 0;
    h4 = (h4 + e) | 0;
  }

  digest.setInt32(0, h0);
  digest.setInt32(4, h1);
  digest.setInt32(8, h2);
  digest.setInt32(12, h3);
  digest.setInt32(16, h4);
  return new Uint8Array(digest.buffer);
}

function expand(words: DataView, block: number, schedule: DataView): void {
  for (let round = 0; round < 16; round++) {
    schedule.setInt32(round * 4, words.getInt32(block + round * 4));
  }
  for (let round = 16; round < ROUNDS; round++) {
    const word =
      schedule.getInt32((round - 3) * 4) ^
      schedule.getInt32((round - 8) * 4) ^
      schedule.getInt32((round - 14) * 4) ^
      schedule.getInt32((round - 16) * 4);
    schedule.setInt32(round * 4, rotate(word, 1));
  }
}

function rotate(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}

function choose(round: number, b: number, c: number, d: number): number {
  if (round < 20) return (b & c) | (~b & d);
  if (round >= 40 && round < 60) return (b & c) | (b & d) | (c & d);
  return b ^ c ^ d;
}

function constant(round: number): number {
  if (round < 20) return 0x5a827999;
  if (round < 40) return 0x6ed9eba1;
  return round < 60 ? 0x8f1bbcdc : 0xca62c1d6;
}
