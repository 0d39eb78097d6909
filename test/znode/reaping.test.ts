import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ErrorCode } from '../../machines/jute/error-code.ts';
import type { CreateOperation } from '../../machines/jute/request.ts';
import { Prep } from '../../machines/znode/prep.ts';
import type { TxnBody } from '../../machines/znode/txn.ts';
import { NodeKind } from '../../machines/znode/znode.ts';
import { create, del, Leader, setAcl, setData, world } from './fixture.ts';

const TTL_MAX = 2 ** 40 - 1;

function ttl(path: string, ttlMs: number, flags = 5): CreateOperation {
  return create(path, { opcode: 21, flags, ttlMs });
}

/** What the leader makes of deleting `path` by itself, prepared behind everything before it. */
function reap(leader: Leader, path: string): TxnBody {
  const txn = leader.prepareReaping(path);
  assert.equal(txn.sessionId, 0, 'no session asks for it');
  return txn.body;
}

function refused(code: ErrorCode): TxnBody {
  return { type: 'error', code };
}

test('createTTL: flags and bounds of the TTL', () => {
  const leader = new Leader();
  for (const ttlMs of [0, -1, TTL_MAX + 1, 2 ** 62]) {
    assert.equal(leader.code(ttl('/t', ttlMs)), ErrorCode.badArguments, String(ttlMs));
  }
  for (const flags of [-1, 0, 1, 2, 3, 4, 7]) {
    assert.equal(leader.code(ttl('/t', 1000, flags)), ErrorCode.badArguments, String(flags));
  }
  for (const opcode of [1, 15, 19] as const) {
    assert.equal(leader.code(create('/t', { opcode, flags: 5, ttlMs: 5 })), ErrorCode.badArguments);
    assert.equal(leader.code(create('/t', { opcode, flags: 6, ttlMs: 5 })), ErrorCode.badArguments);
  }
  assert.equal(leader.code(ttl('/least', 1)), ErrorCode.ok);
  assert.equal(leader.code(ttl('/most', TTL_MAX)), ErrorCode.ok);
  const { kind, ttlMs, ephemeralOwner } = leader.node('/most');
  assert.deepEqual({ kind, ttlMs, ephemeralOwner }, { kind: 3, ttlMs: TTL_MAX, ephemeralOwner: 0 });
  const result = leader.run(ttl('/s-', 7, 6));
  assert.ok(result.type === 'create');
  assert.equal(result.path, '/s-0000000002');
  assert.equal(leader.node(result.path).ttlMs, 7);
});

test('containers and TTL nodes have children of every kind, their own included', () => {
  const leader = new Leader();
  leader.create('/c', {}, { opcode: 19, flags: 4 });
  leader.run(ttl('/t', 1000));
  for (const parent of ['/c', '/t']) {
    leader.create(`${parent}/e`, {}, { flags: 1 });
    leader.create(`${parent}/c`, {}, { flags: 4 });
    leader.run(ttl(`${parent}/t`, 1));
    assert.equal(leader.node(parent).childCount, 3);
  }
  assert.equal(leader.node('/t/c').kind, NodeKind.container);
});

test('without extended types TTL nodes are not there, and nothing else is different', () => {
  const leader = new Leader();
  const prep = new Prep(leader.tree, { extendedTypes: false });
  const request = { cxid: 1, identities: [], originMember: 1, requestId: 1 };
  let zxid = leader.zxid;
  const bodyOf = (operation: CreateOperation, sessionId = leader.sessionId): TxnBody => {
    zxid++;
    return prep.prepare({ ...request, operation, sessionId }, zxid, 1).body;
  };
  for (const flags of [5, 6]) {
    assert.deepEqual(bodyOf(ttl('nowhere', 0, flags), 12345), refused(ErrorCode.unimplemented));
    assert.deepEqual(bodyOf(create('/t', { flags })), refused(ErrorCode.unimplemented));
  }
  assert.deepEqual(bodyOf(ttl('/t', 1, 0)), refused(ErrorCode.badArguments));
  assert.equal(bodyOf(create('/c', { opcode: 19, flags: 4 })).type, 'create');
});

test('a container may be deleted when it has had a child and has none', () => {
  const leader = new Leader();
  const may = (neverUsedMs = 0) => leader.prep.mayReap('/c', leader.wallMs, neverUsedMs);
  leader.create('/c', {}, { flags: 4 });
  leader.wallMs += 1_000_000;
  assert.equal(may(), false, 'it has never had a child');
  assert.equal(may(1_000_001), false);
  assert.equal(may(999_999), true);
  leader.create('/c/a');
  assert.equal(may(1), false, 'it has a child');
  leader.run(del('/c/a'));
  assert.equal(may(), true);
  leader.create('/c/b');
  assert.equal(may(), false);
});

test('a TTL node may be deleted when nobody has written to it for longer than its TTL', () => {
  const leader = new Leader();
  const may = () => leader.prep.mayReap('/t', leader.wallMs, 0);
  leader.run(ttl('/t', 100));
  leader.wallMs = leader.node('/t').mtimeMs + 100;
  assert.equal(may(), false);
  leader.wallMs++;
  assert.equal(may(), true);
  leader.create('/t/a');
  assert.equal(may(), false, 'it has a child');
  leader.run(del('/t/a'));
  assert.equal(may(), true, 'what its children do renews nothing');
  leader.run(setAcl('/t', world(31)));
  assert.equal(may(), true, 'nor does setACL');
  leader.run(setData('/t'));
  assert.equal(may(), false, 'setData does');
  leader.wallMs += 200;
  assert.equal(may(), true);
});

test('nothing else may ever be deleted so', () => {
  const leader = new Leader();
  leader.create('/p');
  leader.create('/p/a');
  leader.run(del('/p/a'));
  leader.create('/e', {}, { flags: 1 });
  leader.wallMs += 1e9;
  for (const path of ['/', '/zookeeper', '/zookeeper/quota', '/p', '/e', '/absent', '']) {
    assert.equal(leader.prep.mayReap(path, leader.wallMs, 1), false, path);
  }
});

test('what is on its way counts: the node is left for another round', () => {
  const leader = new Leader();
  leader.create('/c', {}, { flags: 4 });
  leader.create('/c/a');
  leader.run(del('/c/a'));
  leader.run(ttl('/t', 10));
  leader.wallMs += 100;
  const may = (path: string) => leader.prep.mayReap(path, leader.wallMs, 0);
  assert.ok(may('/c') && may('/t'));
  leader.prepare(create('/c/b'));
  leader.prepare(setData('/t'));
  assert.ok(!may('/c') && !may('/t'));
  assert.deepEqual(reap(leader, '/c'), refused(ErrorCode.notEmpty));
  assert.deepEqual(reap(leader, '/t'), refused(ErrorCode.badVersion));
  leader.prepare(del('/t'));
  assert.deepEqual(reap(leader, '/t'), refused(ErrorCode.noNode));
  leader.prepare(create('/t'));
  assert.deepEqual(reap(leader, '/t'), refused(ErrorCode.badVersion), 'another node of that name');
  leader.apply();
  assert.equal(leader.node('/t').kind, NodeKind.persistent);
  leader.run(del('/c/b'));
  assert.ok(may('/c') && !may('/t'));
});

test('the checks of deleteContainer, and a deletion that everything behind it sees', () => {
  const leader = new Leader();
  leader.create('/c', {}, { flags: 4, acl: world(1) });
  leader.create('/p');
  leader.create('/e', {}, { flags: 1 });
  for (const path of ['/', '/zookeeper', '/zookeeper/quota', '/zookeeper/config', 'c', '/c\0']) {
    assert.deepEqual(reap(leader, path), refused(ErrorCode.badArguments), path);
  }
  assert.deepEqual(reap(leader, '/absent'), refused(ErrorCode.noNode));
  assert.deepEqual(reap(leader, '/absent/a'), refused(ErrorCode.noNode));
  assert.deepEqual(reap(leader, '/e'), refused(ErrorCode.badVersion));
  assert.deepEqual(reap(leader, '/p'), refused(ErrorCode.badVersion));
  leader.apply();
  const before = leader.node('/').childCount;
  assert.deepEqual(reap(leader, '/c'), { type: 'delete', path: '/c' });
  leader.prepare(create('/c/a'));
  leader.prepare(create('/c'));
  const [deleted, missed, created] = leader.apply();
  assert.deepEqual([deleted?.type, missed?.type, created?.type], ['delete', 'error', 'create']);
  assert.equal(leader.node('/').childCount, before);
  assert.equal(leader.node('/c').kind, NodeKind.persistent);
  assert.equal(leader.prep.pendingCount, 0);
});

test('containers and TTL nodes are found in every layer of the tree', () => {
  const leader = new Leader();
  const found = () => [...new Set(leader.tree.reapablePaths())].filter((p) => leader.tree.get(p));
  leader.create('/a', {}, { flags: 4 });
  leader.create('/plain');
  leader.checkpoint();
  leader.run(ttl('/b', 5));
  const frozen = leader.tree.freeze();
  assert.ok(frozen !== undefined);
  assert.deepEqual([...frozen.reapables], [['/b', true]]);
  leader.create('/c', {}, { flags: 4 });
  assert.deepEqual(found().sort(), ['/a', '/b', '/c']);
  leader.run(del('/a'));
  leader.run(del('/b'));
  assert.deepEqual(found(), ['/c']);
  leader.reader.write(frozen);
  leader.tree.thaw();
  leader.create('/b');
  assert.deepEqual([...(leader.tree.freeze()?.reapables ?? [])].sort(), [
    ['/a', false],
    ['/b', false],
    ['/c', true],
  ]);
});

test('a walk over many finds all that stay, whatever comes and goes meanwhile', () => {
  const leader = new Leader();
  for (let at = 100; at < 400; at++) leader.create(`/c${at}`, {}, { flags: 4 });
  leader.checkpoint();
  for (let at = 400; at < 500; at++) leader.create(`/c${at}`, {}, { flags: 4 });
  const found = new Set<string>();
  let step = 100;
  for (const path of leader.tree.reapablePaths()) {
    found.add(path);
    if (step < 500 && step % 3 === 0) leader.run(del(`/c${step}`));
    if (step % 50 === 0) leader.checkpoint();
    step++;
  }
  for (let at = 100; at < 500; at++) {
    if (at % 3 !== 0) assert.ok(found.has(`/c${at}`), `/c${at}`);
  }
});
