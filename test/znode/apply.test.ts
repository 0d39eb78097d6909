import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InvariantViolation } from '../../machines/invariant.ts';
import { ErrorCode } from '../../machines/jute/error-code.ts';
import { zxidOf } from '../../machines/zab/zxid.ts';
import { OPEN_ACL } from '../../machines/znode/acl.ts';
import type { TreeObserver } from '../../machines/znode/tree-observer.ts';
import type { CreateTxn, Txn, TxnBody } from '../../machines/znode/txn.ts';
import { NodeKind } from '../../machines/znode/znode.ts';
import { CHILD_CREATES_MAX, nextVersion } from '../../machines/znode/znode-change.ts';
import { create, del, Leader, MemoryReader, setData } from './fixture.ts';

function createTxn(path: string, more: Partial<CreateTxn> = {}): CreateTxn {
  return {
    type: 'create',
    path,
    data: null,
    acl: OPEN_ACL,
    kind: NodeKind.persistent,
    ephemeralOwner: 0,
    ttlMs: 0,
    parentChildCreates: 1,
    ...more,
  };
}

function txn(leader: Leader, body: TxnBody, zxid = leader.tree.zxid + 1): Txn {
  const { sessionId } = leader;
  return { zxid, timeMs: 1, sessionId, cxid: 1, originMember: 1, requestId: 1, body };
}

test('a txn that does not fit is a broken invariant', () => {
  const unfit: [why: string, body: (leader: Leader) => TxnBody][] = [
    ['exists', () => createTxn('/a')],
    ['no parent', () => createTxn('/absent/a')],
    ['wrong count of creates', () => createTxn('/b', { parentChildCreates: 7 })],
    ['child of an ephemeral', () => createTxn('/e/child', { parentChildCreates: 1 })],
    [
      'owner without ephemeral',
      (leader) => createTxn('/b', { parentChildCreates: 3, ephemeralOwner: leader.sessionId }),
    ],
    [
      'owner unknown',
      () => createTxn('/b', { parentChildCreates: 3, kind: NodeKind.ephemeral, ephemeralOwner: 5 }),
    ],
    ['TTL without its kind', () => createTxn('/b', { parentChildCreates: 3, ttlMs: 5 })],
    ['kind without TTL', () => createTxn('/b', { parentChildCreates: 3, kind: NodeKind.ttl })],
    ['delete of nothing', () => ({ type: 'delete', path: '/absent' })],
    ['delete with children', () => ({ type: 'delete', path: '/zookeeper' })],
    ['setData of nothing', () => ({ type: 'setData', path: '/absent', data: null, version: 1 })],
    ['wrong version', () => ({ type: 'setData', path: '/a', data: null, version: 2 })],
    ['wrong aversion', () => ({ type: 'setAcl', path: '/a', acl: OPEN_ACL, aversion: 0 })],
    ['check of nothing', () => ({ type: 'check', path: '/absent' })],
    ['session made twice', () => ({ type: 'createSession', timeoutMs: 1, password: noBytes })],
    ['not the session’s', () => ({ type: 'closeSession', paths: ['/a'] })],
    ['ephemerals left', () => ({ type: 'closeSession', paths: [] })],
    [
      'multi failed in part',
      () => ({
        type: 'multi',
        parts: [
          { type: 'check', path: '/a' },
          { type: 'error', code: ErrorCode.noNode },
        ],
      }),
    ],
  ];
  for (const [why, body] of unfit) {
    const leader = new Leader();
    leader.create('/a');
    leader.create('/e', {}, { flags: 1 });
    assert.throws(() => leader.applier.apply(txn(leader, body(leader))), InvariantViolation, why);
  }
});

const noBytes = new Uint8Array(0);

test('txns are applied without a gap, and epochs begin at 1', () => {
  const leader = new Leader();
  const body: TxnBody = { type: 'error', code: ErrorCode.noNode };
  const { zxid } = leader.tree;
  for (const wrong of [zxid, zxid - 1, zxid + 2, zxidOf(2, 0), zxidOf(2, 2)]) {
    assert.throws(() => leader.applier.apply(txn(leader, body, wrong)), InvariantViolation);
  }
  leader.applier.apply(txn(leader, body, zxidOf(3, 1)));
  assert.equal(leader.tree.zxid, zxidOf(3, 1));
});

test('observers hear of every change, in order, with the ACL that decides who may know', () => {
  const heard: string[] = [];
  const observer: TreeObserver = {
    nodeCreated: (path, zxid, acl) => heard.push(`created ${path} ${zxid} ${acl.length}`),
    nodeDeleted: (path, zxid, acl) => heard.push(`deleted ${path} ${zxid} ${acl.length}`),
    dataChanged: (path, zxid, acl) => heard.push(`data ${path} ${zxid} ${acl.length}`),
    childrenChanged: (path, zxid, acl) => heard.push(`children ${path} ${zxid} ${acl.length}`),
    sessionClosed: (sessionId, zxid) => heard.push(`closed ${sessionId} ${zxid}`),
  };
  const leader = new Leader(observer);
  const twoEntries = [
    { perms: 31, scheme: 'world', id: 'anyone' },
    { perms: 31, scheme: 'ip', id: '10.0.0.1' },
  ];
  leader.create('/a', {}, { acl: twoEntries });
  leader.run({
    op: 'multi',
    parts: [create('/a/b', { flags: 1 }), setData('/a'), create('/a/c'), del('/a/c')],
  });
  const multi = leader.zxid;
  leader.run({ op: 'multi', parts: [setData('/a'), del('/absent')] });
  leader.run({ op: 'closeSession' });
  const close = leader.zxid;
  assert.deepEqual(heard, [
    `created /a ${multi - 1} 2`,
    `children / ${multi - 1} 1`,
    `created /a/b ${multi} 1`,
    `children /a ${multi} 2`,
    `data /a ${multi} 2`,
    `created /a/c ${multi} 1`,
    `children /a ${multi} 2`,
    `deleted /a/c ${multi} 1`,
    `children /a ${multi} 2`,
    `deleted /a/b ${close} 1`,
    `children /a ${close} 2`,
    `closed ${leader.sessionId} ${close}`,
  ]);
});

test('versions skip -1, which means any', () => {
  assert.equal(nextVersion(0), 1);
  assert.equal(nextVersion(0x7fffffff), -0x80000000);
  assert.equal(nextVersion(-2), 0);
  assert.equal(nextVersion(-1), 0);
});

test('at the end of the create counter there are no more sequence numbers, and no collision', () => {
  const first = new Leader();
  first.create('/q');
  const checkpoint = first.tree.freeze();
  assert.ok(checkpoint !== undefined);
  const nodes = new Map(checkpoint.nodes);
  nodes.set('/q', { ...first.node('/q'), childCreates: CHILD_CREATES_MAX - 1 });
  const reader = new MemoryReader();
  reader.write({ ...checkpoint, nodes });

  const leader = new Leader(undefined, {}, reader);
  assert.equal(leader.create('/q/n', {}, { flags: 2 }), '/q/n2147483646');
  assert.equal(leader.code(create('/q/n', { flags: 2 })), ErrorCode.systemError);
  assert.equal(leader.code(create('/q/plain')), ErrorCode.ok);
  assert.equal(leader.code(create('/q/n', { flags: 3 })), ErrorCode.systemError);
  assert.equal(leader.node('/q').childCreates, CHILD_CREATES_MAX);
  assert.equal(leader.node('/q').childCount, 2);
});
