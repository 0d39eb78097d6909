import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Message } from '../../machines/zab/message.ts';
import {
  decodeLinkMessage,
  decodeMessage,
  decodeStreamMessage,
  encodeMessage,
  MalformedMessage,
} from '../../machines/zab/message-codec.ts';
import { decodeNotification, encodeNotification, PeerState } from '../../machines/zab/vote.ts';

/** Like the decoded ones, these are plain objects. */
function record<T>(fields: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> {
  return fc.record(fields, { noNullPrototype: true });
}

const number = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
/** First byte of a message. */
const VERSION = encodeMessage({ type: 'HOLD' })[0] ?? 0;
const int = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const bytes = fc.uint8Array({ maxLength: 50 }).map((array) => Buffer.from(array));
const run = record({ firstZxid: number, lastZxid: number, count: int, bytes });
const identity = record({ scheme: fc.string(), id: fc.string() });
const request = record({
  requestId: number,
  sessionId: fc.oneof(
    number,
    number.map((id) => -id),
  ),
  isLocal: fc.boolean(),
  cxid: int,
  opcode: int,
  identities: fc.array(identity, { maxLength: 3 }),
  body: bytes,
});

function message<T extends Message['type']>(
  type: T,
  fields: Record<string, fc.Arbitrary<unknown>> = {},
) {
  return record({ type: fc.constant(type), ...fields });
}

const messages = fc.oneof(
  message('FOLLOWERINFO', { acceptedEpoch: number }),
  message('OBSERVERINFO', { acceptedEpoch: number }),
  message('ACKEPOCH', { currentEpoch: fc.oneof(number, fc.constant(-1)), lastZxid: number }),
  message('ACKNEWLEADER', { epoch: number }),
  message('ACK', { zxid: number }),
  message('PONG', { round: number, touched: fc.array(number, { maxLength: 9 }) }),
  message('REQUEST', { requests: fc.array(request, { maxLength: 9 }) }),
  message('SYNC', { requestId: number }),
  message('REVALIDATE', { requestId: number, sessionId: number, timeoutMs: int, password: bytes }),
  message('CREDIT', { bytes: number }),
  message('HOLD'),
  message('LEADERINFO', { epoch: number }),
  message('DIFF', { keepThrough: number }),
  message('TRUNC', { keepThrough: number }),
  message('SNAP', { zxid: number }),
  message('PIECE', { bytes }),
  message('RECORDS', { run }),
  message('NEWLEADER', {
    epoch: number,
    lastZxid: number,
    committedZxid: number,
    sequence: number,
  }),
  message('UPTODATE', { committedZxid: number }),
  message('SYNCED', { requestId: number, zxid: number }),
  message('REVALIDATED', { requestId: number, valid: fc.boolean() }),
  message('PROPOSAL', { run }),
  message('COMMIT', { zxid: number }),
  message('PING', { round: number, zxid: number, digest: number }),
);

/** What the generator made, as the type it has by construction. */
function isMessage(candidate: object): candidate is Message {
  return 'type' in candidate;
}

function encoded(candidate: object): Buffer {
  assert.ok(isMessage(candidate));
  return encodeMessage(candidate);
}

test('every message comes out as it went in', () => {
  fc.assert(
    fc.property(messages, (sent) => {
      assert.deepEqual(decodeMessage(encoded(sent)), sent);
    }),
    { seed: 1, numRuns: 500 },
  );
});

test('a message that is cut short is malformed, and nothing else', () => {
  fc.assert(
    fc.property(
      messages,
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (sent, share) => {
        const whole = encoded(sent);
        const part = whole.subarray(0, Math.floor(whole.length * share));
        assert.throws(() => decodeMessage(part), MalformedMessage);
      },
    ),
    { seed: 1, numRuns: 500 },
  );
});

test('any bytes are a message or malformed', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 30 }), fc.uint8Array({ maxLength: 60 }), (type, rest) => {
      try {
        decodeMessage(Buffer.from([VERSION, type, ...rest]));
      } catch (error) {
        assert.ok(error instanceof MalformedMessage);
      }
    }),
    { seed: 1, numRuns: 2000 },
  );
});

test('a message of another version, or of the other way to travel, is malformed', () => {
  assert.throws(
    () => decodeMessage(Buffer.from([VERSION + 1, 0, ...Buffer.alloc(8)])),
    MalformedMessage,
  );
  const commit = encodeMessage({ type: 'COMMIT', zxid: 1 });
  assert.throws(() => decodeLinkMessage(commit), MalformedMessage);
  const hold = encodeMessage({ type: 'HOLD' });
  assert.throws(() => decodeStreamMessage(hold), MalformedMessage);
});

test('what is new comes last: the numbers of the other messages are what they were before', () => {
  const typeByte = (sent: Parameters<typeof encodeMessage>[0]) => encodeMessage(sent)[1];
  assert.equal(typeByte({ type: 'FOLLOWERINFO', acceptedEpoch: 1 }), 0);
  assert.equal(typeByte({ type: 'PING', round: 1, zxid: 1, digest: 1 }), 22);
  assert.equal(typeByte({ type: 'OBSERVERINFO', acceptedEpoch: 1 }), 23);
});

test('a notification comes out as it went in; anything else is none', () => {
  const notification = record({
    leader: number,
    zxid: number,
    peerEpoch: number,
    round: number,
    state: fc.constantFrom(...Object.values(PeerState)),
  });
  fc.assert(
    fc.property(notification, (sent) => {
      assert.deepEqual(decodeNotification(encodeNotification(sent)), sent);
    }),
    { seed: 1 },
  );
  for (const other of [
    Buffer.alloc(0),
    Buffer.alloc(34),
    Buffer.alloc(34, 1),
    Buffer.alloc(35, 1),
  ]) {
    const decoded = decodeNotification(other);
    assert.equal(decoded === undefined, other.length !== 34 || other[0] !== 1);
  }
  const unknownState = Buffer.alloc(34, 1);
  unknownState[1] = 9;
  assert.equal(decodeNotification(unknownState), undefined);
});
