import type { Random } from '../sim/world/random.ts';

/** Numbers at which lengths, counts, versions and codes turn into something else. */
const EDGES = [
  -1, -2, 0, 1, 2, 15, 16, 17, 127, 128, 255, 256, 0xfffe, 0xffff, 0x10000, 0xffffe, 0xfffff,
  0x100000, 0x7ffffffe, 0x7fffffff, -0x80000000, -0x7fffffff, -10, -11,
] as const;
const EDGE_BYTES = [0, 1, 0x2f, 0x2e, 0x7f, 0x80, 0xc0, 0xed, 0xff] as const;
const NOISE_BYTES = 40;
const ROUNDS = 4;

type Mutation = (random: Random, bytes: Buffer, other: Buffer) => Buffer;

function flipBit(random: Random, bytes: Buffer): Buffer {
  const at = random.below(bytes.length);
  bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8));
  return bytes;
}

function edgeByte(random: Random, bytes: Buffer): Buffer {
  bytes[random.below(bytes.length)] = random.pick(EDGE_BYTES);
  return bytes;
}

function edgeNumber(random: Random, bytes: Buffer): Buffer {
  if (bytes.length < 4) return bytes;
  // Half of them where a field can begin behind two numbers and a path of even length.
  const at = random.below(bytes.length - 3);
  bytes.writeInt32BE(random.pick(EDGES), random.chance(0.5) ? at & ~3 : at);
  return bytes;
}

function nudgeNumber(random: Random, bytes: Buffer): Buffer {
  if (bytes.length < 4) return bytes;
  const at = random.below(bytes.length - 3);
  bytes.writeInt32BE((bytes.readInt32BE(at) + random.pick([-1, 1, 2, -4])) | 0, at);
  return bytes;
}

function cutOff(random: Random, bytes: Buffer): Buffer {
  return bytes.subarray(0, random.below(bytes.length) + 1);
}

function append(random: Random, bytes: Buffer): Buffer {
  return Buffer.concat([bytes, random.bytes(1 + random.below(NOISE_BYTES))]);
}

function removeSlice(random: Random, bytes: Buffer): Buffer {
  const from = random.below(bytes.length);
  const to = from + random.below(bytes.length - from);
  return Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)]);
}

function repeatSlice(random: Random, bytes: Buffer): Buffer {
  const from = random.below(bytes.length);
  const to = from + random.below(bytes.length - from);
  return Buffer.concat([bytes.subarray(0, to), bytes.subarray(from)]);
}

function splice(random: Random, bytes: Buffer, other: Buffer): Buffer {
  return Buffer.concat([
    bytes.subarray(0, random.below(bytes.length)),
    other.subarray(random.below(other.length)),
  ]);
}

const MUTATIONS: readonly Mutation[] = [
  flipBit,
  flipBit,
  edgeByte,
  edgeByte,
  edgeNumber,
  edgeNumber,
  nudgeNumber,
  cutOff,
  append,
  removeSlice,
  repeatSlice,
  splice,
];

/** `bytes` with one to four things wrong; `other` is a second frame to splice with. Neither is changed. */
export function mutated(random: Random, bytes: Buffer, other: Buffer): Buffer {
  let result = Buffer.from(bytes);
  for (let round = random.below(ROUNDS); round >= 0; round--) {
    if (result.length === 0) break;
    result = Buffer.from(random.pick(MUTATIONS)(random, result, other));
  }
  return result;
}
