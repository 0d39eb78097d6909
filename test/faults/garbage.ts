/** A stream of numbers in 0..2^32 from one seed (xorshift). */
function* numbers(seed: number): Generator<number, never> {
  let state = seed >>> 0 || 1;
  for (;;) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    yield state;
  }
}

/**
 * Byte strings that look like frames to different degrees: pure noise, a true length before noise, a true header
 * before noise. Never a createSession, closeSession or a write to another client's nodes by more than chance.
 */
export function garbage(count: number, seed: number): Buffer[] {
  const random = numbers(seed);
  const next = (limit: number) => random.next().value % limit;
  return Array.from({ length: count }, (_, index) => {
    const noise = Buffer.from(Array.from({ length: 1 + next(300) }, () => next(256)));
    if (index % 3 === 0) return noise;
    const header = Buffer.alloc(index % 3 === 1 ? 4 : 12);
    header.writeInt32BE(noise.length + header.length - 4);
    if (header.length === 12) {
      header.writeInt32BE(next(1000), 4);
      header.writeInt32BE(next(23), 8);
    }
    return Buffer.concat([header, noise]);
  });
}
