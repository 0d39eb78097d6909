import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ErrorCode } from '../../machines/jute/error-code.ts';
import { type Acl, type Identity, Perm } from '../../machines/znode/acl.ts';
import { MULTI_READ_BYTES_MAX, Reads } from '../../machines/znode/read.ts';
import {
  WatchEventType as Event,
  type WatchEventType,
  type Watcher,
  WatchManager,
} from '../../machines/znode/watch.ts';
import { WatchMode } from '../../machines/znode/watch-table.ts';
import { ANYONE, create, del, Leader, SUPER, setAcl, setData, world } from './fixture.ts';

interface Client extends Watcher {
  identities: readonly Identity[];
  readonly events: [WatchEventType, string, number][];
}

interface Setting {
  readonly leader: Leader;
  readonly watches: WatchManager<Client>;
  readonly reads: Reads<Client>;
  client(identities?: readonly Identity[]): Client;
}

function setting(): Setting {
  const watches = new WatchManager<Client>((client, type, path, zxid) => {
    client.events.push([type, path, zxid]);
  });
  const leader = new Leader({
    nodeCreated: (path, zxid, acl) => watches.nodeCreated(path, zxid, acl),
    nodeDeleted: (path, zxid, acl) => watches.nodeDeleted(path, zxid, acl),
    dataChanged: (path, zxid, acl) => watches.dataChanged(path, zxid, acl),
    childrenChanged: (path, zxid, acl) => watches.childrenChanged(path, zxid, acl),
    sessionClosed: () => undefined,
  });
  const client = (identities = ANYONE): Client => ({
    sessionId: leader.sessionId,
    identities,
    events: [],
  });
  return { leader, watches, reads: new Reads(leader.tree, watches), client };
}

/** The events of the client since the last call. */
function heard(client: Client): [WatchEventType, string, number][] {
  return client.events.splice(0);
}

const DIGEST_ACL: readonly Acl[] = [{ perms: Perm.all, scheme: 'digest', id: 'alice:hash' }];
const ALICE: readonly Identity[] = [...ANYONE, { scheme: 'digest', id: 'alice:hash' }];

test('reads: what wins, and which watches are left', () => {
  const { leader, reads, watches, client } = setting();
  leader.create('/open');
  leader.create('/closed', {}, { acl: DIGEST_ACL });
  const one = client();
  const codeOf = (operation: Parameters<typeof reads.read>[0]) => {
    const result = reads.read(operation, one);
    return result.type === 'error' ? result.code : ErrorCode.ok;
  };
  for (const op of ['getData', 'getChildren', 'getChildren2'] as const) {
    assert.equal(codeOf({ op, path: '/absent', watch: true }), ErrorCode.noNode);
    assert.equal(codeOf({ op, path: '/open/', watch: true }), ErrorCode.noNode);
    assert.equal(codeOf({ op, path: 'nonsense', watch: true }), ErrorCode.noNode);
    assert.equal(codeOf({ op, path: '/closed', watch: true }), ErrorCode.noAuth);
    assert.equal(watches.count, 0, op);
    assert.equal(codeOf({ op, path: '/open', watch: false }), ErrorCode.ok);
    assert.equal(watches.count, 0, op);
  }
  assert.equal(codeOf({ op: 'exists', path: '/a\0', watch: true }), ErrorCode.badArguments);
  assert.equal(codeOf({ op: 'exists', path: '/closed', watch: true }), ErrorCode.noAuth);
  assert.equal(watches.count, 0);
  assert.equal(codeOf({ op: 'exists', path: '/absent', watch: true }), ErrorCode.noNode);
  assert.equal(codeOf({ op: 'exists', path: '/open', watch: true }), ErrorCode.ok);
  assert.equal(codeOf({ op: 'getData', path: '/open', watch: true }), ErrorCode.ok);
  assert.equal(watches.data.count, 2);
  assert.equal(codeOf({ op: 'getChildren', path: '/open', watch: true }), ErrorCode.ok);
  assert.equal(codeOf({ op: 'getChildren2', path: '', watch: true }), ErrorCode.ok);
  assert.equal(watches.children.count, 2);
  assert.ok(watches.children.has('/', one));
});

test('reads: what they answer', () => {
  const { leader, reads, client } = setting();
  leader.create('/a');
  leader.create('/a/b');
  leader.create('/a/e', {}, { flags: 1 });
  const one = client();
  const node = leader.node('/a');
  assert.deepEqual(reads.exists('/a', false, one), { type: 'exists', node });
  assert.deepEqual(reads.getData('/a', false, one), { type: 'getData', node });
  assert.deepEqual(reads.getChildren('getChildren', '/a', false, one), {
    type: 'getChildren',
    node,
    names: ['b', 'e'],
  });
  const ephemeral = reads.getChildren('getChildren2', '/a/e', false, one);
  assert.ok(ephemeral.type === 'getChildren2' && ephemeral.names.length === 0);
  const root = reads.getChildren('getChildren2', '', false, one);
  assert.ok(root.type === 'getChildren2' && root.node === leader.node('/'));
  assert.deepEqual(reads.exists('', false, one), reads.exists('/', false, one));
  assert.deepEqual(reads.getData('', false, one), reads.getData('/', false, one));
  assert.deepEqual(reads.getAcl('', one), reads.getAcl('/', one));
});

test('a multiRead gives so many bytes and no more; the reads beyond fail, each by itself', () => {
  const { leader, reads, client } = setting();
  const data = Buffer.alloc(1024 * 1024);
  leader.create('/big', {}, { data });
  leader.create('/small');
  const one = client();
  const read = (...paths: readonly string[]) => {
    const parts = paths.map((path) => ({ op: 'getData', path }) as const);
    const result = reads.read({ op: 'multiRead', parts }, one);
    assert.ok(result.type === 'multiRead');
    return result.parts.map((part) => (part.type === 'error' ? part.code : part.node.data?.length));
  };
  const most = MULTI_READ_BYTES_MAX / data.length;
  const full = Array.from({ length: most }, () => '/big');
  const lengths = full.map(() => data.length);
  assert.deepEqual(read(...full), lengths);
  const tooLarge = ErrorCode.marshallingError;
  assert.deepEqual(read(...full, '/big', '/small'), [...lengths, tooLarge, tooLarge]);
  leader.create('/many');
  const names = Array.from({ length: 200 }, (_, at) => 'n'.repeat(900) + at);
  for (const name of names) leader.create(`/many/${name}`);
  const asked = { op: 'getChildren', path: '/many' } as const;
  const listed = reads.read({ op: 'multiRead', parts: Array.from(names, () => asked) }, one);
  assert.ok(listed.type === 'multiRead');
  const given = listed.parts.filter(({ type }) => type === 'getChildren').length;
  assert.equal(given, Math.floor(MULTI_READ_BYTES_MAX / names.join('').length));
});

test('getACL: READ or ADMIN, and hashes only with ADMIN', () => {
  const { leader, reads, client } = setting();
  const hidden = { perms: Perm.admin, scheme: 'digest', id: 'alice:hash' };
  leader.create('/admin', {}, { acl: [hidden] });
  leader.create('/read', {}, { acl: [hidden, ...world(Perm.read)] });
  leader.create('/write', {}, { acl: [hidden, ...world(Perm.write)] });
  const idsOf = (path: string, identities: readonly Identity[]) => {
    const result = reads.getAcl(path, client(identities));
    return result.type === 'getAcl' ? result.acl.map((entry) => entry.id) : result;
  };
  assert.deepEqual(idsOf('/admin', ALICE), ['alice:hash']);
  assert.deepEqual(idsOf('/admin', SUPER), ['alice:hash']);
  assert.deepEqual(idsOf('/admin', ANYONE), { type: 'error', code: ErrorCode.noAuth });
  assert.deepEqual(idsOf('/read', ANYONE), ['alice:x', 'anyone']);
  assert.deepEqual(idsOf('/read', ALICE), ['alice:hash', 'anyone']);
  assert.deepEqual(idsOf('/write', ANYONE), { type: 'error', code: ErrorCode.noAuth });
  assert.deepEqual(idsOf('/absent', ANYONE), { type: 'error', code: ErrorCode.noNode });
});

test('a watch fires once; set twice it is one', () => {
  const { leader, reads, watches, client } = setting();
  leader.create('/a');
  const one = client();
  reads.getData('/a', true, one);
  reads.getData('/a', true, one);
  reads.exists('/a', true, one);
  leader.run(setData('/a'));
  assert.deepEqual(heard(one), [[Event.nodeDataChanged, '/a', leader.zxid]]);
  leader.run(setData('/a'));
  assert.deepEqual(heard(one), []);
  assert.equal(watches.count, 0);
  assert.equal(watches.data.watcherCount, 0);
});

test('deleting a node watched twice is one event, and the parent’s watchers hear next', () => {
  const { leader, reads, client } = setting();
  leader.create('/p');
  leader.create('/p/c');
  const both = client();
  const childOnly = client();
  reads.getData('/p/c', true, both);
  reads.getChildren('getChildren', '/p/c', true, both);
  reads.getChildren('getChildren', '/p', true, both);
  reads.getChildren('getChildren', '/p/c', true, childOnly);
  leader.run(del('/p/c'));
  assert.deepEqual(heard(both), [
    [Event.nodeDeleted, '/p/c', leader.zxid],
    [Event.nodeChildrenChanged, '/p', leader.zxid],
  ]);
  assert.deepEqual(heard(childOnly), [[Event.nodeDeleted, '/p/c', leader.zxid]]);
});

test('child watches: creates and deletes of children, nothing else', () => {
  const { leader, reads, client } = setting();
  leader.create('/p');
  leader.create('/p/c');
  const one = client();
  reads.getChildren('getChildren', '/p', true, one);
  leader.run(setData('/p'));
  leader.run(setData('/p/c'));
  leader.create('/p/c/grandchild');
  leader.run(setAcl('/p', world(Perm.all & ~Perm.admin)));
  assert.deepEqual(heard(one), []);
  leader.create('/p/d');
  assert.deepEqual(heard(one), [[Event.nodeChildrenChanged, '/p', leader.zxid]]);
  leader.create('/p/e');
  assert.deepEqual(heard(one), []);
});

test('data watches do not hear of children; exists waits for a node to come', () => {
  const { leader, reads, client } = setting();
  const one = client();
  reads.exists('/a', true, one);
  leader.create('/a');
  assert.deepEqual(heard(one), [[Event.nodeCreated, '/a', leader.zxid]]);
  leader.run(setData('/a'));
  assert.deepEqual(heard(one), []);
  reads.exists('/a', true, one);
  leader.create('/a/b');
  leader.run(del('/a/b'));
  assert.deepEqual(heard(one), []);
  leader.run(del('/a'));
  assert.deepEqual(heard(one), [[Event.nodeDeleted, '/a', leader.zxid]]);
});

test('failed writes and failed multis fire nothing; a multi fires in the order of its parts', () => {
  const { leader, reads, client } = setting();
  leader.create('/a');
  const one = client();
  reads.getData('/a', true, one);
  reads.exists('/b', true, one);
  reads.getChildren('getChildren', '/', true, one);
  leader.run({ op: 'multi', parts: [setData('/a'), create('/b'), del('/absent')] });
  leader.run(setData('/a', null, 9));
  assert.deepEqual(heard(one), []);
  leader.run({ op: 'multi', parts: [create('/b'), setData('/a')] });
  assert.deepEqual(heard(one), [
    [Event.nodeCreated, '/b', leader.zxid],
    [Event.nodeChildrenChanged, '/', leader.zxid],
    [Event.nodeDataChanged, '/a', leader.zxid],
  ]);
});

test('who may not read hears nothing, and the watch is spent', () => {
  const { leader, reads, watches, client } = setting();
  const readable = [...DIGEST_ACL, ...world(Perm.all)];
  leader.create('/a', {}, { acl: readable });
  const stranger = client();
  const alice = client(ALICE);
  for (const one of [stranger, alice]) {
    reads.getData('/a', true, one);
    reads.getChildren('getChildren', '/a', true, one);
    reads.exists('/secret', true, one);
  }
  leader.run(setAcl('/a', DIGEST_ACL));
  leader.run(setData('/a'), { identities: ALICE });
  leader.create('/a/b', { identities: ALICE });
  leader.create('/secret', {}, { acl: DIGEST_ACL });
  assert.deepEqual(heard(stranger), []);
  assert.equal(heard(alice).length, 3);
  assert.equal(watches.count, 0);
});

test('the end of a session fires what a delete of its ephemerals fires', () => {
  const { leader, reads, client } = setting();
  leader.create('/e', {}, { flags: 1 });
  const one = client();
  reads.exists('/e', true, one);
  reads.getChildren('getChildren', '/', true, one);
  leader.run({ op: 'closeSession' });
  assert.deepEqual(heard(one), [
    [Event.nodeDeleted, '/e', leader.zxid],
    [Event.nodeChildrenChanged, '/', leader.zxid],
  ]);
});

test('a watcher that goes takes its watches along', () => {
  const { leader, reads, watches, client } = setting();
  leader.create('/a');
  const one = client();
  const other = client();
  for (const watcher of [one, other]) {
    reads.getData('/a', true, watcher);
    reads.exists('/b', true, watcher);
    reads.getChildren('getChildren', '/a', true, watcher);
  }
  assert.equal(watches.count, 6);
  assert.equal(watches.data.pathCount, 2);
  watches.remove(one);
  watches.remove(one);
  assert.equal(watches.count, 3);
  assert.equal(watches.data.watcherCount, 1);
  assert.deepEqual(
    [...watches.data.paths()].map(([path, watchers]) => [path, [...watchers.keys()]]),
    [
      ['/a', [other]],
      ['/b', [other]],
    ],
  );
  assert.ok(watches.data.remove('/b', other));
  assert.ok(!watches.data.remove('/b', other));
  leader.run(setData('/a'));
  assert.equal(heard(one).length, 0);
  assert.equal(heard(other).length, 1);
});

test('watchers hear in the order in which they came', () => {
  const order: number[] = [];
  const watches = new WatchManager<Watcher & { readonly number: number }>((watcher) => {
    order.push(watcher.number);
  });
  for (const number of [3, 1, 2]) {
    const watcher = { number, sessionId: 1, identities: ANYONE };
    watches.data.add('/a', watcher, WatchMode.standard);
  }
  watches.dataChanged('/a', 1, world(Perm.read));
  assert.deepEqual(order, [3, 1, 2]);
});

test('setWatches: what was missed fires at once, the rest is armed', () => {
  const { leader, reads, watches, client } = setting();
  leader.create('/same');
  leader.create('/changed');
  leader.create('/anew');
  leader.create('/parent');
  leader.create('/grown');
  const seen = leader.zxid;
  leader.run(setData('/changed'));
  leader.run(del('/anew'));
  leader.create('/anew');
  leader.create('/grown/child');
  leader.run(setAcl('/same', world(Perm.read)));
  leader.create('/hidden', {}, { acl: DIGEST_ACL });
  const one = client();
  const result = reads.setWatches(
    {
      op: 'setWatches',
      relativeZxid: seen,
      data: ['/same', '/changed', '/anew', '/gone'],
      exist: ['/absent', '/hidden'],
      child: ['/parent', '/grown', '/gone', '/same'],
      persistent: [],
      persistentRecursive: [],
    },
    one,
  );
  assert.deepEqual(result, { type: 'setWatches' });
  assert.deepEqual(heard(one), [
    [Event.nodeDataChanged, '/changed', -1],
    [Event.nodeDataChanged, '/anew', -1],
    [Event.nodeDeleted, '/gone', -1],
    [Event.nodeCreated, '/hidden', -1],
    [Event.nodeChildrenChanged, '/grown', -1],
    [Event.nodeDeleted, '/gone', -1],
  ]);
  assert.ok(watches.data.has('/same', one) && watches.data.has('/absent', one));
  assert.ok(watches.children.has('/parent', one) && watches.children.has('/same', one));
  assert.equal(watches.count, 4);
});
