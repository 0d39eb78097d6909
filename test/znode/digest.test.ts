import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { OPEN_ACL, Perm } from '../../machines/znode/acl.ts';
import {
  addDigest,
  nodeDigest,
  nodeDigestChange,
  rememberedDigest,
  sessionDigest,
  subtractDigest,
} from '../../machines/znode/digest.ts';
import { NodeKind, type Znode } from '../../machines/znode/znode.ts';
import { SEED, text, world } from './fixture.ts';

const NODE: Znode = {
  data: text('some data'),
  acl: OPEN_ACL,
  czxid: 2 ** 32 + 1,
  mzxid: 2 ** 32 + 2,
  pzxid: 2 ** 32 + 3,
  ctimeMs: 1_700_000_000_000,
  mtimeMs: 1_700_000_000_001,
  version: 1,
  childCreates: 2,
  aversion: 3,
  childCount: 1,
  kind: NodeKind.persistent,
  ephemeralOwner: 0,
  ttlMs: 0,
};

const VARIANTS: readonly Znode[] = [
  NODE,
  { ...NODE, data: null },
  { ...NODE, data: text('') },
  { ...NODE, data: text('some date') },
  { ...NODE, data: text('some data\0') },
  { ...NODE, acl: world(Perm.read) },
  { ...NODE, acl: [...world(Perm.read), ...world(Perm.read)] },
  { ...NODE, acl: [{ perms: Perm.read, scheme: 'worl', id: 'danyone' }] },
  { ...NODE, czxid: NODE.czxid + 1 },
  { ...NODE, czxid: NODE.czxid + 2 ** 32 },
  { ...NODE, mzxid: NODE.mzxid + 1 },
  { ...NODE, pzxid: NODE.pzxid + 1 },
  { ...NODE, ctimeMs: NODE.ctimeMs + 1 },
  { ...NODE, mtimeMs: NODE.mtimeMs + 1 },
  { ...NODE, version: -2 },
  { ...NODE, childCreates: 3 },
  { ...NODE, aversion: 4 },
  { ...NODE, childCount: 2 },
  { ...NODE, kind: NodeKind.container },
  { ...NODE, ephemeralOwner: 2 ** 40 },
  { ...NODE, ttlMs: 5 },
];

test('every field, the path and the ACL count', () => {
  const digests = new Set(VARIANTS.map((node) => nodeDigest('/a/b', node)));
  assert.equal(digests.size, VARIANTS.length);
  for (const path of ['/a/c', '/a/b/', '/a/bb', '/b/a', '/']) {
    digests.add(nodeDigest(path, NODE));
  }
  assert.equal(digests.size, VARIANTS.length + 5);
});

test('a change adds what takes one digest to the other', () => {
  for (const before of VARIANTS) {
    for (const after of VARIANTS) {
      assert.equal(
        addDigest(nodeDigest('/a', before), nodeDigestChange('/a', before, after)),
        nodeDigest('/a', after),
      );
    }
  }
});

test('what is remembered of a node is what its digest would be', () => {
  for (const before of VARIANTS) {
    for (const after of VARIANTS) {
      for (const isKnown of [false, true]) {
        const first = { ...before };
        const second = { ...after };
        const third = { ...before };
        if (isKnown) assert.equal(rememberedDigest('/a', first), nodeDigest('/a', before));
        let sum = nodeDigest('/a', before);
        sum = addDigest(sum, nodeDigestChange('/a', first, second));
        assert.equal(sum, nodeDigest('/a', after));
        sum = addDigest(sum, nodeDigestChange('/a', second, third));
        assert.equal(sum, nodeDigest('/a', before));
        assert.equal(rememberedDigest('/a', first), nodeDigest('/a', before));
        assert.equal(rememberedDigest('/a', second), nodeDigest('/a', after));
        assert.equal(rememberedDigest('/a', third), nodeDigest('/a', before));
      }
    }
  }
});

test('sums are exact, whole, and in range', () => {
  const digest = fc.integer({ min: 0, max: 2 ** 52 - 1 });
  fc.assert(
    fc.property(digest, digest, (one, other) => {
      const sum = addDigest(one, other);
      assert.equal(BigInt(sum), (BigInt(one) + BigInt(other)) % (1n << 52n));
      assert.equal(subtractDigest(sum, other), one);
    }),
    { seed: SEED },
  );
});

test('digests spread over all 52 bits', () => {
  const ones = new Array<number>(52).fill(0);
  const rounds = 4000;
  const seen = new Set<number>();
  for (let at = 0; at < rounds; at++) {
    const digest = nodeDigest(`/n${at}`, NODE);
    assert.ok(Number.isSafeInteger(digest) && digest >= 0 && digest < 2 ** 52);
    seen.add(digest);
    const bits = digest.toString(2).padStart(52, '0');
    for (let bit = 0; bit < 52; bit++) if (bits[bit] === '1') ones[bit] = (ones[bit] ?? 0) + 1;
  }
  assert.equal(seen.size, rounds);
  // Half of the rounds, within six standard deviations.
  const tolerance = 6 * Math.sqrt(rounds / 4);
  for (const count of ones) assert.ok(Math.abs(count - rounds / 2) < tolerance, `${count}`);
});

test('sessions: id, timeout and password count', () => {
  const password = new Uint8Array(16);
  const record = { timeoutMs: 4000, password, ephemerals: new Set<string>() };
  const digests = new Set([
    sessionDigest(1, record),
    sessionDigest(2, record),
    sessionDigest(2 ** 32 + 1, record),
    sessionDigest(1, { ...record, timeoutMs: 4001 }),
    sessionDigest(1, { ...record, password: new Uint8Array(16).fill(1) }),
  ]);
  assert.equal(digests.size, 5);
  assert.equal(
    sessionDigest(1, record),
    sessionDigest(1, { ...record, ephemerals: new Set(['/e']) }),
  );
});
