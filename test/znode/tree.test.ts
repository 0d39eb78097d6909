import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InvariantViolation } from '../../machines/invariant.ts';
import { OPEN_ACL, Perm } from '../../machines/znode/acl.ts';
import { DataTree } from '../../machines/znode/tree.ts';
import { del, Leader, MemoryReader, pathsOf, setData, text, world } from './fixture.ts';

test('a fresh tree is written by the first checkpoint, even if nothing was applied', () => {
  const reader = new MemoryReader();
  const tree = new DataTree(reader);
  const { digest } = tree;
  assert.equal(tree.dirtyCount, 4);
  const checkpoint = tree.freeze();
  assert.ok(checkpoint !== undefined);
  reader.write(checkpoint);
  tree.thaw();
  assert.equal(tree.dirtyCount, 0);
  assert.equal(tree.freeze(), undefined);
  assert.deepEqual(pathsOf(tree).sort(), [
    '/',
    '/zookeeper',
    '/zookeeper/config',
    '/zookeeper/quota',
  ]);
  assert.equal(new DataTree(reader).digest, digest);
});

test('one checkpoint at a time, each of what changed since the last', () => {
  const leader = new Leader();
  leader.checkpoint();
  leader.create('/a');
  leader.create('/b');
  leader.run(del('/b'));
  const checkpoint = leader.tree.freeze();
  assert.ok(checkpoint !== undefined);
  assert.equal(checkpoint.zxid, leader.zxid);
  assert.deepEqual([...checkpoint.nodes.keys()].sort(), ['/', '/a', '/b']);
  assert.equal(checkpoint.nodes.get('/b'), null);
  assert.equal(checkpoint.sessions.size, 0);
  assert.throws(() => leader.tree.freeze(), InvariantViolation);
  assert.throws(() => leader.tree.thaw(), InvariantViolation, 'storage is not there yet');
  leader.run(setData('/a'));
  assert.equal(leader.tree.dirtyCount, 1);
  leader.reader.write(checkpoint);
  leader.tree.thaw();
  assert.throws(() => leader.tree.thaw(), InvariantViolation);
  assert.equal(leader.reader.get('/a')?.version, 0);
  assert.equal(leader.node('/a').version, 1);
  leader.code(del('/absent'));
  leader.checkpoint();
  assert.equal(leader.reader.zxid, leader.zxid);
  assert.equal(leader.tree.freeze(), undefined);
});

test('a checkpoint that only moves the zxid is one', () => {
  const leader = new Leader();
  leader.checkpoint();
  leader.code(del('/absent'));
  assert.equal(leader.tree.dirtyCount, 0);
  assert.equal(leader.tree.freeze()?.zxid, leader.zxid);
});

test('nodes and names are right whichever layer holds them', () => {
  const leader = new Leader();
  leader.create('/p');
  for (const name of ['stored', 'frozen', 'active']) leader.create(`/p/${name}`);
  leader.checkpoint();
  leader.run(del('/p/frozen'));
  leader.create('/p/new-frozen');
  const checkpoint = leader.tree.freeze();
  leader.run(del('/p/active'));
  leader.run(del('/p/new-frozen'));
  leader.create('/p/frozen');
  leader.create('/p/new-active');
  const expected = ['frozen', 'new-active', 'stored'];
  assert.deepEqual([...leader.tree.childNames('/p')].sort(), expected);
  assert.equal(leader.tree.get('/p/new-frozen'), undefined);
  assert.equal(leader.tree.get('/p/active'), undefined);
  assert.ok(checkpoint !== undefined);
  leader.reader.write(checkpoint);
  assert.deepEqual([...leader.tree.childNames('/p')].sort(), expected);
  leader.tree.thaw();
  assert.deepEqual([...leader.tree.childNames('/p')].sort(), expected);
  leader.checkpoint();
  const reopened = new DataTree(leader.reader);
  assert.deepEqual([...reopened.childNames('/p')].sort(), expected);
  assert.equal(reopened.digest, leader.tree.digest);
});

test('a node recreated over a stored one has none of its children', () => {
  const leader = new Leader();
  leader.create('/p');
  leader.create('/p/c');
  leader.checkpoint();
  leader.run(del('/p/c'));
  leader.run(del('/p'));
  leader.create('/p');
  assert.deepEqual([...leader.tree.childNames('/p')], []);
  assert.equal(leader.tree.get('/p/c'), undefined);
  leader.create('/p/d');
  assert.deepEqual([...leader.tree.childNames('/p')], ['d']);
  leader.create('/p/c');
  leader.checkpoint();
  assert.deepEqual([...new DataTree(leader.reader).childNames('/p')].sort(), ['c', 'd']);
});

test('what was read lately is not read again, also when it is absent', () => {
  const leader = new Leader();
  leader.create('/a', {}, { data: text('x') });
  leader.create('/a/b');
  leader.checkpoint();
  const tree = new DataTree(leader.reader);
  for (let round = 0; round < 3; round++) {
    assert.ok(tree.get('/a') !== undefined);
    assert.equal(tree.get('/a/absent'), undefined);
    assert.equal(tree.get('/a/b/absent'), undefined);
  }
  const { reads } = leader.reader;
  assert.ok(tree.get('/a') !== undefined);
  assert.equal(tree.get('/a/absent'), undefined);
  assert.equal(leader.reader.reads, reads);
});

test('a create whose parent is known to be empty or new asks storage for nothing', () => {
  const leader = new Leader();
  leader.checkpoint();
  leader.create('/a');
  const { reads } = leader.reader;
  leader.create('/a/b');
  leader.create('/a/b/c');
  leader.create('/a/b/d');
  assert.equal(leader.reader.reads, reads);
});

test('the cache is bounded, and forgets what changes', () => {
  const leader = new Leader();
  leader.create('/p');
  for (let at = 0; at < 100; at++) leader.create(`/p/${at}`, {}, { data: new Uint8Array(1000) });
  leader.checkpoint();
  leader.checkpoint();
  const small = new Leader(undefined, { nodeCacheBytes: 20_000 }, leader.reader);
  for (let round = 0; round < 2; round++) {
    for (let at = 0; at < 100; at++) assert.equal(small.node(`/p/${at}`).version, 0);
  }
  assert.ok(leader.reader.reads > 150, 'one hundred nodes do not fit');
  const before = leader.reader.reads;
  for (let round = 0; round < 10; round++) small.node('/p/99');
  assert.ok(leader.reader.reads <= before + 1);
  for (let at = 0; at < 100; at++) small.run(setData(`/p/${at}`));
  for (let at = 0; at < 100; at++) assert.equal(small.node(`/p/${at}`).version, 1);
  small.checkpoint();
  for (let at = 0; at < 100; at++) assert.equal(small.node(`/p/${at}`).version, 1);
  small.run(setData('/p/1'));
  small.checkpoint();
  small.checkpoint();
  for (let at = 0; at < 100; at++) {
    assert.equal(small.node(`/p/${at}`).version, at === 1 ? 2 : 1);
  }
});

test('child names: the same array until they change', () => {
  const leader = new Leader();
  leader.create('/p');
  leader.create('/p/a');
  const names = leader.tree.childNames('/p');
  assert.equal(leader.tree.childNames('/p'), names);
  leader.run(setData('/p'));
  leader.checkpoint();
  assert.equal(leader.tree.childNames('/p'), names);
  leader.create('/p/b');
  assert.notEqual(leader.tree.childNames('/p'), names);
  assert.deepEqual([...leader.tree.childNames('/p')].sort(), ['a', 'b']);
  assert.deepEqual([...names], ['a']);
  assert.equal(leader.tree.childNames('/absent').length, 0);
});

test('child names that do not fit the cache are right all the same', () => {
  const leader = new Leader(undefined, { childNamesCacheBytes: 1000 });
  leader.create('/p');
  const expected: string[] = [];
  for (let at = 0; at < 50; at++) {
    leader.create(`/p/${at}`);
    expected.push(String(at));
    assert.equal(leader.tree.childNames('/p').length, at + 1);
  }
  assert.deepEqual([...leader.tree.childNames('/p')].sort(), expected.sort());
});

test('sessions and their ephemerals are in the checkpoint when they changed, as they were then', () => {
  const leader = new Leader();
  leader.checkpoint();
  leader.create('/e', {}, { flags: 1 });
  const other = leader.openSession();
  const checkpoint = leader.tree.freeze();
  assert.ok(checkpoint !== undefined);
  leader.create('/f', {}, { flags: 1 });
  leader.run(del('/e'));
  leader.run({ op: 'closeSession' }, { sessionId: other });
  assert.deepEqual([...checkpoint.sessions.keys()].sort(), [leader.sessionId, other].sort());
  assert.deepEqual([...(checkpoint.sessions.get(leader.sessionId)?.ephemerals ?? [])], ['/e']);
  leader.reader.write(checkpoint);
  leader.tree.thaw();
  const again = leader.tree.freeze();
  assert.deepEqual([...(again?.sessions.get(leader.sessionId)?.ephemerals ?? [])], ['/f']);
  assert.equal(again?.sessions.get(other), null);
  assert.ok(again !== undefined);
  leader.reader.write(again);
  leader.tree.thaw();

  const reopened = new DataTree(leader.reader);
  assert.deepEqual([...(reopened.sessions.get(leader.sessionId)?.ephemerals ?? [])], ['/f']);
  assert.equal(reopened.sessions.size, 1);
  assert.equal(reopened.digest, leader.tree.digest);
});

test('totals count nodes, ephemerals and bytes', () => {
  const leader = new Leader();
  const before = leader.tree.totals;
  leader.create('/é', {}, { data: text('12345') });
  leader.create('/e', {}, { flags: 1, data: null });
  assert.deepEqual(leader.tree.totals, {
    nodeCount: before.nodeCount + 2,
    ephemeralCount: 1,
    dataBytes: before.dataBytes + 3 + 5 + 2,
    digest: leader.tree.digest,
  });
  leader.run(setData('/é', null));
  leader.run({ op: 'closeSession' });
  assert.equal(leader.tree.totals.dataBytes, before.dataBytes + 3);
  assert.equal(leader.tree.totals.nodeCount, before.nodeCount + 1);
  assert.equal(leader.tree.totals.ephemeralCount, 0);
});

test('ACLs read from storage are shared', () => {
  const leader = new Leader();
  leader.create('/a', {}, { acl: world(Perm.read) });
  leader.create('/b', {}, { acl: world(Perm.read) });
  leader.create('/c');
  leader.checkpoint();
  const tree = new DataTree(leader.reader);
  assert.equal(tree.get('/a')?.acl, tree.get('/b')?.acl);
  assert.equal(tree.get('/c')?.acl, OPEN_ACL);
});

test('a storage that lost children is found out', () => {
  const leader = new Leader();
  leader.create('/p');
  leader.create('/p/a');
  leader.checkpoint();
  const checkpoint = {
    zxid: leader.zxid,
    totals: leader.tree.totals,
    nodes: new Map([['/p/a', null]]),
    sessions: new Map(),
    reapables: new Map(),
  };
  leader.reader.write(checkpoint);
  assert.throws(() => new DataTree(leader.reader).childNames('/p'), InvariantViolation);
});

test('what is forgotten is read from storage again, what storage does not have is not forgotten', () => {
  const leader = new Leader();
  leader.create('/p');
  leader.create('/p/a');
  leader.checkpoint();
  const { reader, tree } = leader;
  assert.deepEqual(tree.childNames('/p'), ['a']);
  leader.create('/p/b');
  const frozen = tree.freeze();
  assert.ok(frozen !== undefined);
  leader.create('/p/c');
  tree.forget();
  assert.deepEqual([...tree.childNames('/p')].sort(), ['a', 'b', 'c']);
  assert.equal(leader.node('/p').childCount, 3);
  assert.equal(leader.node('/p/b').czxid, frozen.zxid);
  reader.write(frozen);
  tree.thaw();
  const kept = reader.reads;
  leader.node('/p/b');
  assert.equal(reader.reads, kept);
  tree.forget();
  leader.node('/p/b');
  assert.equal(reader.reads, kept + 1);
});

test('any string may be asked for', () => {
  const { tree } = new Leader();
  for (const path of ['', 'a', '/a/', '//', '/a//b', '\0', '/zookeeper/', 'zookeeper']) {
    assert.equal(tree.get(path), undefined, JSON.stringify(path));
    assert.equal(tree.childNames(path).length, 0);
  }
});
