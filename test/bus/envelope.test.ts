import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  decodeEnvelope,
  decodeSections,
  ENVELOPE_VERSION,
  encodeEnvelope,
  encodePiece,
  HEADER_BYTES,
  MalformedEnvelope,
  type Section,
  sectionBytes,
} from '../../runtime/bus/envelope.ts';

const bytes = fc.uint8Array({ maxLength: 40 }).map((array) => Buffer.from(array));
const id = fc.maxSafeNat();
const member = fc.nat(0xffff_ffff);
const plain = { noNullPrototype: true };
const run = fc.record(
  {
    kind: fc.constantFrom('messages' as const, 'answers' as const, 'broadcasts' as const),
    id,
    first: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
    payloads: fc.array(bytes, { minLength: 1, maxLength: 4 }),
  },
  plain,
);
const section: fc.Arbitrary<Section<Buffer>> = fc.oneof(
  run,
  fc.record({ kind: fc.constant('reset' as const), id }, plain),
  fc.record({ kind: fc.constant('vote' as const), payload: bytes }, plain),
);
const sections = fc.array(section, { maxLength: 5 });

function decoded(message: Uint8Array): Section<Buffer>[] {
  const envelope = decodeEnvelope(message);
  assert.ok(envelope.form === 'whole');
  return decodeSections(Buffer.from(envelope.body));
}

test('the layout, byte by byte', () => {
  const message = encodeEnvelope(258, [
    { kind: 'messages', id: 2 ** 32 + 5, first: 3, payloads: [Buffer.from('ab'), Buffer.of()] },
    { kind: 'reset', id: 9 },
    { kind: 'vote', payload: Buffer.from('v') },
  ]);
  assert.equal(
    message.toString('hex'),
    [
      '01 01 00000102',
      '01 0000000100000005 0000000000000003 00000002 00000002 6162 00000000',
      '03 0000000000000009',
      '04 00000001 76',
    ]
      .join('')
      .replaceAll(' ', ''),
  );
  const piece = { set: 1, totalBytes: 10, offset: 4, bytes: Buffer.from('xy') };
  assert.equal(
    encodePiece(1, piece).toString('hex'),
    '0102000000010000000000000001'.concat('0000000a', '00000004', '7879'),
  );
});

test('what was encoded is decoded, and has the announced size', () => {
  fc.assert(
    fc.property(member, sections, (from, list) => {
      const message = encodeEnvelope(from, list);
      assert.equal(decodeEnvelope(message).from, from);
      assert.deepEqual(decoded(message), list);
      const announced = list.reduce((sum, each) => sum + sectionBytes(each), HEADER_BYTES);
      assert.equal(message.length, announced);
    }),
  );
});

test('a truncated message is malformed, or ends at the border of a section', () => {
  fc.assert(
    fc.property(sections, fc.nat(), (list, cut) => {
      const message = encodeEnvelope(1, list);
      const part = message.subarray(0, cut % message.length);
      try {
        const kept = decoded(part);
        assert.deepEqual(kept, list.slice(0, kept.length));
      } catch (error) {
        assert.ok(error instanceof MalformedEnvelope);
      }
    }),
  );
});

test('no bytes at all can do more than be malformed', () => {
  const start = fc.constantFrom([ENVELOPE_VERSION, 1, 0, 0, 0, 1], [ENVELOPE_VERSION, 2], []);
  fc.assert(
    fc.property(start, fc.uint8Array({ maxLength: 60 }), (head, tail) => {
      try {
        const envelope = decodeEnvelope(Uint8Array.from([...head, ...tail]));
        if (envelope.form === 'whole') decodeSections(Buffer.from(envelope.body));
      } catch (error) {
        assert.ok(error instanceof MalformedEnvelope);
      }
    }),
    { numRuns: 2000 },
  );
});

test('another version is malformed', () => {
  const message = encodeEnvelope(1, []);
  message[0] = ENVELOPE_VERSION + 1;
  assert.throws(() => decodeEnvelope(message), /version 2 of the envelope is unknown/);
});
