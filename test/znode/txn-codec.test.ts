import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ErrorCode } from '../../machines/jute/error-code.ts';
import { OPEN_ACL, Perm } from '../../machines/znode/acl.ts';
import { MalformedRecord } from '../../machines/znode/record-reader.ts';
import { RecordWriter } from '../../machines/znode/record-writer.ts';
import type { MultiPart, Txn, TxnBody } from '../../machines/znode/txn.ts';
import { decodeTxn, encodeTxn, recordsOf, zxidAt } from '../../machines/znode/txn-codec.ts';
import { NodeKind } from '../../machines/znode/znode.ts';
import { SEED } from './fixture.ts';

const texts = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constant('/p'.repeat(5000)),
);
const bytes = fc.uint8Array({ maxLength: 300 });
const data = fc.option(bytes, { nil: null });
const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const whole = fc.oneof(fc.nat(300), fc.maxSafeNat());
const acl = fc.oneof(
  fc.constant(OPEN_ACL),
  fc.array(fc.record({ perms: int32, scheme: texts, id: texts }), { maxLength: 4 }),
);
const owned = fc.oneof(
  fc.record({
    kind: fc.constantFrom(NodeKind.persistent, NodeKind.container),
    ephemeralOwner: fc.constant(0),
    ttlMs: fc.constant(0),
  }),
  fc.record({
    kind: fc.constant(NodeKind.ephemeral),
    ephemeralOwner: whole,
    ttlMs: fc.constant(0),
  }),
  fc.record({ kind: fc.constant(NodeKind.ttl), ephemeralOwner: fc.constant(0), ttlMs: whole }),
);

const part: fc.Arbitrary<MultiPart> = fc.oneof(
  fc
    .tuple(
      fc.record({
        type: fc.constant('create' as const),
        path: texts,
        data,
        acl,
        parentChildCreates: int32,
      }),
      owned,
    )
    .map(([create, owner]) => ({ ...create, ...owner })),
  fc.record({ type: fc.constant('delete' as const), path: texts }),
  fc.record({ type: fc.constant('setData' as const), path: texts, data, version: int32 }),
  fc.record({ type: fc.constant('check' as const), path: texts }),
  fc.record({
    type: fc.constant('error' as const),
    code: fc.constantFrom(...Object.values(ErrorCode)),
  }),
);
const body: fc.Arbitrary<TxnBody> = fc.oneof(
  part,
  fc.record({ type: fc.constant('setAcl' as const), path: texts, acl, aversion: int32 }),
  fc.record({ type: fc.constant('setConfig' as const), data: bytes }),
  fc.record({ type: fc.constant('createSession' as const), timeoutMs: int32, password: bytes }),
  fc.record({
    type: fc.constant('closeSession' as const),
    paths: fc.array(texts, { maxLength: 5 }),
  }),
  fc.record({ type: fc.constant('multi' as const), parts: fc.array(part, { maxLength: 6 }) }),
);
const txns: fc.Arbitrary<Txn> = fc.record({
  zxid: fc.maxSafeNat(),
  timeMs: fc.nat(2 ** 48 - 1),
  sessionId: whole,
  cxid: int32,
  originMember: whole,
  requestId: whole,
  body,
});

/** Bytes as plain arrays, so that a Buffer equals a Uint8Array; text as it survives UTF-8. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return [...value];
  if (typeof value === 'string') return Buffer.from(value).toString();
  if (Array.isArray(value)) return value.map(plain);
  if (value !== null && typeof value === 'object') {
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, plain(one)]));
  }
  return value;
}

function encode(all: readonly Txn[]): Uint8Array {
  const writer = new RecordWriter();
  for (const txn of all) encodeTxn(txn, writer);
  return writer.take();
}

test('every txn comes back as it was', () => {
  fc.assert(
    fc.property(fc.array(txns, { maxLength: 5 }), (all) => {
      const run = encode(all);
      const spans = [...recordsOf(run)];
      assert.equal(spans.length, all.length);
      for (const [at, { start, end }] of spans.entries()) {
        const txn = all[at];
        assert.ok(txn !== undefined);
        assert.deepEqual(plain(decodeTxn(run, start, end)), plain(txn));
        assert.equal(zxidAt(run, start), txn.zxid);
      }
    }),
    { numRuns: 300, seed: SEED },
  );
});

test('damaged bytes are MalformedRecord or another txn, never anything else', () => {
  fc.assert(
    fc.property(
      txns,
      fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }),
      fc.nat(),
      (txn, changes, cut) => {
        const run = encode([txn]);
        for (const [at, value] of changes) run[at % run.length] = value;
        const shorter = run.subarray(0, cut % (run.length + 1));
        try {
          for (const { start, end } of recordsOf(shorter)) {
            zxidAt(shorter, start);
            decodeTxn(shorter, start, end);
          }
        } catch (error) {
          assert.ok(error instanceof MalformedRecord, String(error));
        }
      },
    ),
    { numRuns: 500, seed: SEED },
  );
});

const SAMPLE: Txn = {
  zxid: 2 ** 32 + 1,
  timeMs: 1_700_000_000_000,
  sessionId: 2 ** 32 + 7,
  cxid: -2,
  originMember: 3,
  requestId: 1000,
  body: {
    type: 'create',
    path: '/a',
    data: Buffer.from('xyz'),
    acl: [{ perms: Perm.all, scheme: 'world', id: 'anyone' }],
    kind: NodeKind.persistent,
    ephemeralOwner: 0,
    ttlMs: 0,
    parentChildCreates: 1,
  },
};

test('the format, byte by byte', () => {
  const hexOf = Buffer.from(encode([SAMPLE])).toString('hex');
  assert.equal(
    hexOf,
    [
      '00000029',
      '01',
      '0000000100000001',
      '018bcfe56800',
      '8780808010',
      'fffffffe',
      '03',
      'e807',
      '01',
      '022f61',
      '0478797a',
      '00',
      '00',
      '00000001',
    ].join(''),
  );
});

test('what is cut short, goes on, or is of another version is malformed', () => {
  const run = encode([SAMPLE]);
  const whole = run.subarray(4);
  for (let end = 0; end < whole.length; end++) {
    assert.throws(() => decodeTxn(whole, 0, end), MalformedRecord);
  }
  const longer = Buffer.concat([whole, Buffer.of(0)]);
  assert.throws(() => decodeTxn(longer, 0, longer.length), MalformedRecord);
  assert.throws(() => decodeTxn(whole, 0, whole.length + 1), MalformedRecord);
  assert.throws(() => [...recordsOf(run.subarray(0, run.length - 1))], MalformedRecord);
  assert.throws(() => [...recordsOf(run.subarray(0, 3))], MalformedRecord);
  const other = Buffer.from(whole);
  other[0] = 2;
  assert.throws(() => decodeTxn(other, 0, other.length), MalformedRecord);
  assert.throws(() => zxidAt(other, 0), MalformedRecord);
  assert.throws(() => zxidAt(whole, whole.length - 3), MalformedRecord);
  assert.deepEqual([...recordsOf(new Uint8Array(0))], []);
});

test('OPEN_ACL comes back as the one array, data as views of the record', () => {
  const run = encode([SAMPLE]);
  const { body } = decodeTxn(run, 4, run.length);
  assert.ok(body.type === 'create');
  assert.equal(body.acl, OPEN_ACL);
  assert.equal(body.data?.buffer, run.buffer);
});

test('a writer is empty after take, and what was taken stays', () => {
  const writer = new RecordWriter();
  encodeTxn(SAMPLE, writer);
  const first = writer.take();
  assert.equal(writer.length, 0);
  const copy = Buffer.from(first);
  encodeTxn({ ...SAMPLE, zxid: 99 }, writer);
  const large: Txn = {
    ...SAMPLE,
    body: { type: 'setData', path: '/a', data: new Uint8Array(3_000_000), version: 1 },
  };
  encodeTxn(large, writer);
  assert.equal([...recordsOf(writer.take())].length, 2);
  encodeTxn(SAMPLE, writer);
  assert.deepEqual(Buffer.from(writer.take()), copy);
  assert.deepEqual(Buffer.from(first), copy);
});
