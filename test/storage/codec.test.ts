import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { zxidOf } from '../../machines/zab/zxid.ts';
import { OPEN_ACL } from '../../machines/znode/acl.ts';
import { sha256 } from '../../machines/znode/sha256.ts';
import { NO_DIGEST, NodeKind, type Znode } from '../../machines/znode/znode.ts';
import { decodeMark, encodeMark } from '../../storage/checkpoint-mark.ts';
import { CorruptRecord } from '../../storage/error.ts';
import { decodeLogValue, encodeLogValue, zxidKey, zxidOfKey } from '../../storage/log-value.ts';
import {
  childRange,
  isHashed,
  KEY_BYTES_MAX,
  nameOfKey,
  pathOfKey,
  writeNodeKey,
} from '../../storage/node-key.ts';
import { decodeNode, encodeNode } from '../../storage/node-record.ts';
import { cutRun, joinRuns, STORED_BYTES_MAX, storedRuns } from '../../storage/record-run.ts';
import {
  decodeSession,
  encodeSession,
  sessionIdOfKey,
  sessionKey,
} from '../../storage/session-value.ts';
import { comparable, entry, zxids, zxidsIn } from './fixture.ts';

const PLAIN = { noNullPrototype: true };

const name = fc
  .oneof(
    fc.string({ minLength: 1, maxLength: 12 }),
    fc.string({ minLength: 1, maxLength: 6, unit: 'grapheme' }),
    fc.nat({ max: 1000 }).map((length) => 'long'.repeat(length + 1)),
    fc.nat({ max: 300 }).map((length) => 'ü'.repeat(length + 1)),
  )
  .map((text) => text.replaceAll('/', '_').replaceAll('\0', '_'));
const path = fc.array(name, { maxLength: 5 }).map((names) => `/${names.join('/')}`);
const zxid = fc.nat({ max: Number.MAX_SAFE_INTEGER });
const bytes = fc.uint8Array({ maxLength: 200 });

function keyOf(of: string): Buffer {
  const target = Buffer.alloc(KEY_BYTES_MAX + 7, 0xaa);
  const end = writeNodeKey(of, target, 7);
  assert.ok(end <= target.length);
  return target.subarray(7, end);
}

describe('node keys', () => {
  test('tell paths apart, and tell the path unless they are hashed', () => {
    fc.assert(
      fc.property(path, path, (a, b) => {
        assert.equal(keyOf(a).equals(keyOf(b)), a === b);
        assert.equal(pathOfKey(keyOf(a)), isHashed(a) ? undefined : a);
      }),
    );
  });

  test('of children lie in the range of their parent, others outside', () => {
    fc.assert(
      fc.property(path, path, name, (parent, other, child) => {
        const { start, end } = childRange(parent);
        const isInside = (key: Buffer) =>
          Buffer.compare(key, start) > 0 && Buffer.compare(key, end) < 0;
        const childPath = parent === '/' ? `/${child}` : `${parent}/${child}`;
        const key = keyOf(childPath);
        assert.ok(isInside(key));
        const told = nameOfKey(key, 0, key.byteLength);
        assert.ok(told === child || (told === undefined && isHashed(childPath)));
        const parentOfOther = other.slice(0, other.lastIndexOf('/')) || '/';
        // The root's key is among those of its children; its name is empty.
        assert.equal(isInside(keyOf(other)), parentOfOther === parent);
      }),
    );
  });
});

describe('node records', () => {
  const node: fc.Arbitrary<Znode> = fc.record(
    {
      data: fc.option(bytes, { nil: null }),
      acl: fc.oneof(
        fc.constant(OPEN_ACL),
        fc.array(fc.record({ perms: fc.integer(), scheme: fc.string(), id: fc.string() }, PLAIN)),
      ),
      czxid: zxid,
      mzxid: zxid,
      pzxid: zxid,
      ctimeMs: fc.maxSafeInteger(),
      mtimeMs: fc.maxSafeInteger(),
      version: fc.integer(),
      childCreates: fc.integer(),
      aversion: fc.integer(),
      childCount: fc.nat({ max: 2 ** 32 - 1 }),
      kind: fc.constantFrom(...Object.values(NodeKind)),
      ephemeralOwner: zxid,
      ttlMs: zxid,
      digest: fc.constant(NO_DIGEST),
    },
    PLAIN,
  );

  test('come back as they were, out of a longer buffer, and share nothing with it', () => {
    fc.assert(
      fc.property(node, fc.option(path, { nil: undefined }), (original, at) => {
        const value = encodeNode(original, at);
        const buffer = Buffer.alloc(value.byteLength + 100, 0x55);
        buffer.set(value);
        const stored = decodeNode(buffer, value.byteLength);
        buffer.fill(0);
        assert.deepEqual(comparable(stored?.node), comparable(original));
        assert.equal(stored?.path, at);
        if (original.acl === OPEN_ACL) assert.equal(stored?.node.acl, OPEN_ACL);
      }),
    );
  });

  test('show every flipped bit', () => {
    fc.assert(
      fc.property(node, fc.nat(), (original, position) => {
        const value = Buffer.from(encodeNode(original, undefined));
        const bit = position % (value.byteLength * 8);
        value[bit >> 3] = (value[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        assert.equal(decodeNode(value, value.byteLength), undefined);
        assert.equal(decodeNode(value, Math.min(value.byteLength, bit)), undefined);
      }),
    );
  });
});

describe('session values', () => {
  test('come back as they were, and show damage', () => {
    const session = fc.record(
      {
        timeoutMs: fc.nat(),
        password: fc.uint8Array({ maxLength: 16 }),
        ephemerals: fc.array(path, { maxLength: 5 }).map((paths) => new Set(paths)),
      },
      PLAIN,
    );
    fc.assert(
      fc.property(session, zxid, fc.nat(), (original, id, position) => {
        const value = encodeSession(original);
        assert.deepEqual(decodeSession(value), original);
        assert.equal(sessionIdOfKey(sessionKey(id)), id);
        const at = position % value.byteLength;
        value[at] = (value[at] ?? 0) ^ 1;
        assert.equal(decodeSession(value), undefined);
      }),
    );
  });
});

describe('log values', () => {
  test('come back as they were, and show damage by name', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50 }), zxid, fc.nat(), (count, committed, position) => {
        const run = entry(3, 7, 6 + count);
        const value = encodeLogValue(run, committed, 12_345);
        const decoded = decodeLogValue(value, run.firstZxid, 'file');
        assert.deepEqual(
          { ...decoded, bytes: Buffer.from(decoded.bytes) },
          { ...run, committedZxid: committed, position: 12_345 },
        );
        const at = position % value.byteLength;
        value[at] = (value[at] ?? 0) ^ 4;
        assert.throws(
          () => decodeLogValue(value, run.firstZxid, 'file'),
          (error) => error instanceof CorruptRecord && error.firstZxid === run.firstZxid,
        );
      }),
    );
  });

  test('have keys in the order of their zxids', () => {
    fc.assert(
      fc.property(zxid, zxid, (a, b) => {
        assert.equal(zxidOfKey(zxidKey(a)), a);
        assert.equal(Math.sign(Buffer.compare(zxidKey(a), zxidKey(b))), Math.sign(a - b));
      }),
    );
  });
});

describe('record runs', () => {
  test('cut and joined in any way hold the same records', () => {
    const size = fc.integer({ min: 1, max: 400 });
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 8 }), { minLength: 1, maxLength: 8 }),
        fc.nat({ max: 70 }),
        fc.nat({ max: 70 }),
        size,
        size,
        (counts, after, through, cutBytes, joinBytes) => {
          let last = 0;
          const runs = counts.map((count) => {
            last += count;
            return entry(1, last - count + 1, last);
          });
          const pieces = runs.flatMap((run) =>
            after >= run.lastZxid - zxidOf(1, 0) || through < run.firstZxid - zxidOf(1, 0)
              ? []
              : [...cutRun(run, zxidOf(1, after), zxidOf(1, through), cutBytes)],
          );
          const expected = zxids(1, after + 1, Math.max(after, Math.min(through, last)));
          assert.deepEqual(zxidsIn(pieces), expected);
          assert.deepEqual(zxidsIn(joinRuns(pieces, joinBytes)), expected);
        },
      ),
    );
  });

  test('as they are stored, are short, and hold the same records', () => {
    const counts = fc.array(fc.integer({ min: 1, max: 90 }), { maxLength: 6 });
    fc.assert(
      fc.property(counts, fc.nat({ max: 5000 }), (counts, moreBytes) => {
        let last = 0;
        const runs = counts.map((count) => {
          last += count;
          return entry(1, last - count + 1, last, 8 + moreBytes);
        });
        const recordBytes = 4 + 8 + moreBytes;
        const stored = [...storedRuns(runs)];
        assert.deepEqual(zxidsIn(stored), zxids(1, 1, last));
        for (const { count, lastZxid } of stored) {
          assert.ok(count === 1 || count * recordBytes <= STORED_BYTES_MAX);
          if (runs.some((run) => run.lastZxid === lastZxid)) continue;
          assert.ok((count + 1) * recordBytes > STORED_BYTES_MAX, 'one more would have fitted');
        }
      }),
    );
  });
});

test('a checkpoint mark comes back, and shows damage', () => {
  const totals = { nodeCount: 3, ephemeralCount: 1, dataBytes: 2 ** 40, digest: 2 ** 52 - 1 };
  const value = encodeMark(zxidOf(7, 8), totals);
  assert.deepEqual(decodeMark(value), { zxid: zxidOf(7, 8), totals });
  for (let at = 0; at < value.byteLength; at++) {
    const damaged = Buffer.from(value);
    damaged[at] = (damaged[at] ?? 0) ^ 0x80;
    if (at !== 2 && at !== 3) assert.equal(decodeMark(damaged), undefined, `byte ${at}`);
  }
});

test('SHA-256 is that of everybody else', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (message) => {
      const expected = createHash('sha256').update(message).digest('hex');
      assert.equal(Buffer.from(sha256(message)).toString('hex'), expected);
    }),
  );
});
