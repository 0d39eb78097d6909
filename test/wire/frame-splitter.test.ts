import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DEFAULT_MAX_FRAME_BYTES, FrameSplitter } from '../../runtime/wire/frame-splitter.ts';
import { bytesOf, frameOf } from './bytes.ts';

/** Splits `stream` at the given places and gives every frame, as hexadecimal text. */
function split(splitter: FrameSplitter, stream: Buffer, cuts: readonly number[]): string[] {
  const frames: string[] = [];
  const places = [...cuts.map((cut) => cut % (stream.length + 1)), stream.length];
  let from = 0;
  for (const place of places.sort((a, b) => a - b)) {
    // A copy of its own for each chunk: a frame must not depend on the neighbour's memory.
    splitter.push(Buffer.from(stream.subarray(from, place)));
    from = place;
    for (let frame = splitter.next(); frame !== undefined; frame = splitter.next()) {
      frames.push(frame.copyBehind(0).toString('hex'));
    }
  }
  return frames;
}

test('any split of a stream gives the same frames', () => {
  const payload = fc.oneof(
    fc.uint8Array({ maxLength: 12 }),
    fc.uint8Array({ minLength: 4000, maxLength: 9000 }),
  );
  fc.assert(
    fc.property(
      fc.array(payload, { maxLength: 8 }),
      fc.array(fc.nat(), { maxLength: 30 }),
      (payloads, cuts) => {
        const stream = Buffer.concat(payloads.map((each) => frameOf(each)));
        assert.deepEqual(
          split(new FrameSplitter(10_000), stream, cuts),
          payloads.map((each) => Buffer.from(each).toString('hex')),
        );
      },
    ),
  );
});

test('a stream that comes byte by byte', () => {
  const stream = Buffer.concat([
    frameOf(bytesOf('0102')),
    frameOf(bytesOf('')),
    frameOf(bytesOf('03')),
  ]);
  const cuts = Array.from({ length: stream.length }, (_, at) => at);
  assert.deepEqual(split(new FrameSplitter(), stream, cuts), ['0102', '', '03']);
});

test('frames up to the limit are accepted, one byte more is not', () => {
  const exact = new FrameSplitter();
  exact.push(frameOf(Buffer.alloc(DEFAULT_MAX_FRAME_BYTES)));
  assert.equal(exact.next()?.remaining, DEFAULT_MAX_FRAME_BYTES);
  assert.equal(exact.badLength, undefined);

  const above = new FrameSplitter();
  above.push(bytesOf('00100000'));
  assert.equal(above.next(), undefined);
  assert.equal(above.badLength, DEFAULT_MAX_FRAME_BYTES + 1);
});

test('after a bad length there are no more frames, whatever the split', () => {
  for (const length of ['ffffffff', '80000000', '00000005', '72756f6b']) {
    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 6 }), (cuts) => {
        const splitter = new FrameSplitter(4);
        const stream = bytesOf(`00000001 aa ${length} 00000001 bb`);
        assert.deepEqual(split(splitter, stream, cuts), ['aa']);
        assert.equal(splitter.badLength, bytesOf(length).readInt32BE(0));
      }),
    );
  }
});

test('a frame within one chunk is read where it lies', () => {
  const chunk = frameOf(frameOf(bytesOf('0102')));
  const splitter = new FrameSplitter();
  splitter.push(chunk);
  assert.equal(splitter.next()?.buffer()?.buffer, chunk.buffer);
});

test('a chunk must be used up before the next', () => {
  const splitter = new FrameSplitter();
  splitter.push(bytesOf('00000000 00000000'));
  splitter.next();
  assert.throws(() => splitter.push(bytesOf('00')), { name: 'InvariantViolation' });
});

test('a limit must leave room for four-letter words', () => {
  assert.throws(() => new FrameSplitter(0), { name: 'InvariantViolation' });
  assert.throws(() => new FrameSplitter(0x61000000), { name: 'InvariantViolation' });
});
