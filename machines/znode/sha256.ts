/** Length of a SHA-256 in bytes. */
export const SHA256_BYTES = 32;

const BLOCK_BYTES = 64;
const ROUNDS = 64;

// First 32 bits of the fractions of the cube roots of the first 64 primes, and of the square roots of the first 8.
const CONSTANTS = Int32Array.of(
  0x428a2f98,
  0x71374491,
  0xb5c0fbcf,
  0xe9b5dba5,
  0x3956c25b,
  0x59f111f1,
  0x923f82a4,
  0xab1c5ed5,
  0xd807aa98,
  0x12835b01,
  0x243185be,
  0x550c7dc3,
  0x72be5d74,
  0x80deb1fe,
  0x9bdc06a7,
  0xc19bf174,
  0xe49b69c1,
  0xefbe4786,
  0x0fc19dc6,
  0x240ca1cc,
  0x2de92c6f,
  0x4a7484aa,
  0x5cb0a9dc,
  0x76f988da,
  0x983e5152,
  0xa831c66d,
  0xb00327c8,
  0xbf597fc7,
  0xc6e00bf3,
  0xd5a79147,
  0x06ca6351,
  0x14292967,
  0x27b70a85,
  0x2e1b2138,
  0x4d2c6dfc,
  0x53380d13,
  0x650a7354,
  0x766a0abb,
  0x81c2c92e,
  0x92722c85,
  0xa2bfe8a1,
  0xa81a664b,
  0xc24b8b70,
  0xc76c51a3,
  0xd192e819,
  0xd6990624,
  0xf40e3585,
  0x106aa070,
  0x19a4c116,
  0x1e376c08,
  0x2748774c,
  0x34b0bcb5,
  0x391c0cb3,
  0x4ed8aa4a,
  0x5b9cca4f,
  0x682e6ff3,
  0x748f82ee,
  0x78a5636f,
  0x84c87814,
  0x8cc70208,
  0x90befffa,
  0xa4506ceb,
  0xbef9a3f7,
  0xc67178f2,
);
const INITIAL = Int32Array.of(
  0x6a09e667,
  0xbb67ae85,
  0x3c6ef372,
  0xa54ff53a,
  0x510e527f,
  0x9b05688c,
  0x1f83d9ab,
  0x5be0cd19,
);

/**
 * SHA-256 (FIPS 180-4). Long paths are filed under it: a client chooses its paths, so it must be a hash that
 * nobody can make collide.
 */
export function sha256(message: Uint8Array): Uint8Array {
  // Padding: one bit, zeros, and the length in bits as eight bytes, up to a whole number of blocks.
  const paddedLength = Math.ceil((message.byteLength + 9) / BLOCK_BYTES) * BLOCK_BYTES;
  const padded = new Uint8Array(paddedLength);
  padded.set(message);
  padded[message.byteLength] = 0x80;
  const words = new DataView(padded.buffer);
  words.setUint32(paddedLength - 8, Math.floor(message.byteLength / 0x20000000));
  words.setUint32(paddedLength - 4, (message.byteLength << 3) >>> 0);

  const state = INITIAL.slice();
  const schedule = new Int32Array(ROUNDS);
  for (let block = 0; block < paddedLength; block += BLOCK_BYTES) {
    expand(words, block, schedule);
    compress(state, schedule);
  }
  const digest = new DataView(new ArrayBuffer(SHA256_BYTES));
  for (let index = 0; index < state.length; index++) digest.setInt32(index * 4, at(state, index));
  return new Uint8Array(digest.buffer);
}

function expand(words: DataView, block: number, schedule: Int32Array): void {
  for (let index = 0; index < 16; index++) schedule[index] = words.getInt32(block + index * 4);
  for (let index = 16; index < ROUNDS; index++) {
    const early = at(schedule, index - 15);
    const late = at(schedule, index - 2);
    const s0 = rotate(early, 7) ^ rotate(early, 18) ^ (early >>> 3);
    const s1 = rotate(late, 17) ^ rotate(late, 19) ^ (late >>> 10);
    schedule[index] = (at(schedule, index - 16) + s0 + at(schedule, index - 7) + s1) | 0;
  }
}

function compress(state: Int32Array, schedule: Int32Array): void {
  let a = at(state, 0);
  let b = at(state, 1);
  let c = at(state, 2);
  let d = at(state, 3);
  let e = at(state, 4);
  let f = at(state, 5);
  let g = at(state, 6);
  let h = at(state, 7);
  for (let round = 0; round < ROUNDS; round++) {
    const s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
    const chosen = (e & f) ^ (~e & g);
    const first = (h + s1 + chosen + at(CONSTANTS, round) + at(schedule, round)) | 0;
    const s0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
    const majority = (a & b) ^ (a & c) ^ (b & c);
    h = g;
    g = f;
    f = e;
    e = (d + first) | 0;
    d = c;
    c = b;
    b = a;
    a = (first + s0 + majority) | 0;
  }
  for (const [index, word] of [a, b, c, d, e, f, g, h].entries()) {
    state[index] = (at(state, index) + word) | 0;
  }
}

function rotate(word: number, bits: number): number {
  return (word >>> bits) | (word << (32 - bits));
}

function at(words: Int32Array, index: number): number {
  return words[index] ?? 0;
}
