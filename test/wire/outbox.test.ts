import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Outbox } from '../../machines/jute/outbox.ts';
import { OutboxMemory } from '../../machines/jute/outbox-memory.ts';
import { JuteError, JuteReader } from '../../machines/jute/reader.ts';
import { bytesOf, written } from './bytes.ts';

const LIMIT = 2 ** 53;

const value = fc.oneof(
  fc.record({ type: fc.constant('int' as const), value: fc.integer() }),
  fc.record({ type: fc.constant('long' as const), value: fc.maxSafeInteger() }),
  fc.record({ type: fc.constant('boolean' as const), value: fc.boolean() }),
  fc.record({
    type: fc.constant('buffer' as const),
    value: fc.option(fc.uint8Array({ maxLength: 600 })),
  }),
  fc.record({
    type: fc.constant('ustring' as const),
    value: fc.string({ unit: 'binary', maxLength: 200 }),
  }),
);

test('what is written is what is read', () => {
  fc.assert(
    fc.property(fc.array(value, { maxLength: 40 }), (values) => {
      const bytes = written((out) => {
        for (const each of values) {
          if (each.type === 'int') out.int(each.value);
          else if (each.type === 'long') out.long(each.value);
          else if (each.type === 'boolean') out.boolean(each.value);
          else if (each.type === 'buffer') out.buffer(each.value);
          else out.ustring(each.value);
        }
      });
      const reader = new JuteReader(bytes);
      for (const each of values) {
        if (each.type === 'buffer') {
          const read = reader.buffer();
          assert.deepEqual(read && [...read], each.value && [...each.value]);
        } else {
          assert.equal(reader[each.type](), each.value);
        }
      }
      assert.equal(reader.remaining, 0);
    }),
  );
});

test('longs are eight bytes, two’s complement', () => {
  for (const [number, text] of [
    [0, '0000000000000000'],
    [-1, 'ffffffffffffffff'],
    [2 ** 32, '0000000100000000'],
    [-(2 ** 32), 'ffffffff00000000'],
    [2 ** 31, '0000000080000000'],
    [LIMIT - 1, '001fffffffffffff'],
    [1 - LIMIT, 'ffe0000000000001'],
  ] as const) {
    assert.equal(written((out) => out.long(number)).toString('hex'), text);
    assert.equal(new JuteReader(bytesOf(text)).long(), number);
  }
});

test('a long beyond 2^53 never reads as one below it', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 2n ** 53n, max: 2n ** 63n - 1n }), (big) => {
      const bytes = Buffer.alloc(16);
      bytes.writeBigInt64BE(big, 0);
      bytes.writeBigInt64BE(-big, 8);
      const reader = new JuteReader(bytes);
      assert(reader.long() >= LIMIT);
      assert(reader.long() <= -LIMIT);
    }),
  );
});

test('frames carry their length, and what was taken stays as it was', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.uint8Array({ maxLength: 700 }), fc.boolean()), { maxLength: 30 }),
      (frames) => {
        const out = new Outbox();
        const taken: Buffer[] = [];
        const expected: Buffer[] = [];
        for (const [payload, takes] of frames) {
          out.beginFrame();
          out.raw(payload);
          out.endFrame();
          const length = Buffer.alloc(4);
          length.writeInt32BE(payload.length);
          expected.push(length, Buffer.from(payload));
          if (takes) taken.push(out.take());
        }
        taken.push(out.take());
        assert.equal(out.length, 0);
        assert.equal(out.frames, frames.length);
        assert(Buffer.concat(taken).equals(Buffer.concat(expected)));
      },
    ),
  );
});

test('an outbox grows to whatever is put into it', () => {
  const out = new Outbox();
  const large = Buffer.alloc(3_000_000, 7);
  out.int(1);
  out.buffer(large);
  out.ustring('é'.repeat(100_000));
  assert.equal(out.length, 4 + 4 + large.length + 4 + 200_000);
  const reader = new JuteReader(out.take());
  assert.equal(reader.int(), 1);
  assert(reader.buffer()?.equals(large));
  assert.equal(reader.ustring(), 'é'.repeat(100_000));
});

test('outboxes that share memory never write into what another has, nor into what is still being sent', () => {
  const step = fc.record({
    who: fc.nat(4),
    bytes: fc.oneof(fc.nat(300), fc.nat(150_000)),
    what: fc.constantFrom('append', 'append', 'take', 'lag', 'abandon'),
  });
  fc.assert(
    fc.property(fc.array(step, { minLength: 20, maxLength: 60 }), (steps) => {
      const memory = new OutboxMemory();
      // Three of them at a time have to do without.
      for (let block = 0; block < 30; block++) memory.lend();
      const boxes = Array.from({ length: 5 }, () => new Outbox(undefined, memory));
      const held = boxes.map(() => Buffer.alloc(0));
      const lagging: { readonly bytes: Buffer; readonly expected: Buffer }[] = [];
      for (const [at, { who, bytes, what }] of steps.entries()) {
        const box = boxes[who];
        const expected = held[who];
        assert(box !== undefined && expected !== undefined);
        if (what === 'append') {
          const added = Buffer.alloc(bytes, at + 1);
          box.raw(added);
          held[who] = Buffer.concat([expected, added]);
          continue;
        }
        held[who] = Buffer.alloc(0);
        if (what === 'abandon') {
          box.abandon();
          boxes[who] = new Outbox(undefined, memory);
          continue;
        }
        const taken = box.take();
        assert(taken.equals(expected));
        if (what === 'lag') lagging.push({ bytes: taken, expected });
        box.sent(what === 'take');
      }
      for (const [who, box] of boxes.entries()) {
        assert(box.take().equals(held[who] ?? Buffer.alloc(0)));
        box.sent(true);
      }
      for (const { bytes, expected } of lagging) assert(bytes.equals(expected));
    }),
  );
});

test('memory comes back from whoever has sent, lags, grows beyond it or is gone', () => {
  const memory = new OutboxMemory();
  for (let time = 0; time < 200; time++) {
    const box = new Outbox(undefined, memory);
    box.int(1);
    const way = time % 4;
    if (way === 0) box.abandon();
    if (way === 1) box.raw(Buffer.alloc(100_000));
    if (way !== 0) box.take();
    if (way !== 0) box.sent(way !== 2);
  }
  const all: Buffer[] = [];
  for (let block = memory.lend(); block !== undefined; block = memory.lend()) all.push(block.bytes);
  assert.equal(all.length, 32);
  assert.equal(new Set(all).size, 32);
});

test('a frame must end before it is taken, and begin before it ends', () => {
  const out = new Outbox();
  assert.throws(() => out.endFrame(), { name: 'InvariantViolation' });
  out.beginFrame();
  assert.throws(() => out.beginFrame(), { name: 'InvariantViolation' });
  assert.throws(() => out.take(), { name: 'InvariantViolation' });
});

test('null is not empty', () => {
  assert.equal(new JuteReader(bytesOf('ffffffff')).buffer(), null);
  assert.equal(new JuteReader(bytesOf('00000000')).buffer()?.length, 0);
  assert.equal(new JuteReader(bytesOf('ffffffff')).ustring(), null);
  assert.equal(new JuteReader(bytesOf('00000000')).ustring(), '');
  assert.equal(new JuteReader(bytesOf('ffffffff')).count(4), null);
  assert.equal(new JuteReader(bytesOf('fffffff0')).count(4), 0);
});

test('what does not fit its window is an error', () => {
  for (const [text, read] of [
    ['000000', (reader: JuteReader) => reader.int()],
    ['00000000000000', (reader: JuteReader) => reader.long()],
    ['', (reader: JuteReader) => reader.boolean()],
    ['00000002 61', (reader: JuteReader) => reader.ustring()],
    ['fffffffe', (reader: JuteReader) => reader.ustring()],
    ['7fffffff 00', (reader: JuteReader) => reader.buffer()],
    ['80000000', (reader: JuteReader) => reader.buffer()],
    ['00000002 00000000', (reader: JuteReader) => reader.count(4)],
  ] as const) {
    assert.throws(() => read(new JuteReader(bytesOf(text))), JuteError);
  }
});

test('a window ends where it was told to', () => {
  const reader = new JuteReader(bytesOf('00000001 00000002 00000003'), 4, 8);
  assert.equal(reader.remaining, 4);
  assert.equal(reader.int(), 2);
  assert.equal(reader.offset, 8);
  assert.throws(() => reader.boolean(), JuteError);
});

test('bytes are skipped only where they are', () => {
  const reader = new JuteReader(bytesOf('01020304'));
  assert.equal(reader.skip(bytesOf('0103')), false);
  assert.equal(reader.skip(bytesOf('0102030405')), false);
  assert.equal(reader.skip(bytesOf('0102')), true);
  assert.equal(reader.offset, 2);
});
