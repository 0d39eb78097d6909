import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ErrorCode } from '../../machines/jute/error-code.ts';
import { type Acl, OPEN_ACL, Perm } from '../../machines/znode/acl.ts';
import { NodeKind } from '../../machines/znode/znode.ts';
import { visibleCversion } from '../../machines/znode/znode-change.ts';
import { check, create, del, Leader, SUPER, setAcl, setData, text, world } from './fixture.ts';

const BAD_ACL: readonly Acl[] = [];
const NO_SESSION = { sessionId: 12345 };
const OTHER_MEMBER = { member: 99 };

/** A tree with one node of every kind of trouble. */
function troubled(): Leader {
  const leader = new Leader();
  leader.create('/open');
  leader.create('/open/full');
  leader.create('/open/full/child');
  leader.create('/open/ephemeral', {}, { flags: 1 });
  leader.create('/closed', {}, { acl: world(Perm.read) });
  leader.create('/closed/node', { identities: SUPER }, { acl: world(Perm.admin) });
  leader.create('/blind', {}, { acl: world(Perm.all & ~Perm.read & ~Perm.admin) });
  return leader;
}

test('create: each check wins over the ones after it', () => {
  const leader = troubled();
  const { code } = bound(leader);
  const badFlags = { flags: 7, acl: BAD_ACL };
  assert.equal(code(create('nowhere', badFlags), NO_SESSION), ErrorCode.badArguments);
  assert.equal(code(create('nowhere', { flags: -1 })), ErrorCode.badArguments);
  assert.equal(code(create('/a', { flags: 5 }), NO_SESSION), ErrorCode.badArguments);
  assert.equal(code(create('/a', { flags: 6, opcode: 19 })), ErrorCode.badArguments);
  const noTtl = { flags: 5, opcode: 21, acl: BAD_ACL } as const;
  assert.equal(code(create('nowhere', noTtl), NO_SESSION), ErrorCode.badArguments);
  const ttl = { ...noTtl, ttlMs: 1 };
  assert.equal(code(create('nowhere', ttl), NO_SESSION), ErrorCode.sessionExpired);
  assert.equal(code(create('nowhere', { acl: BAD_ACL }), NO_SESSION), ErrorCode.sessionExpired);
  assert.equal(code(create('nowhere', { acl: BAD_ACL }), OTHER_MEMBER), ErrorCode.sessionMoved);
  assert.equal(code(create('nowhere', { acl: BAD_ACL })), ErrorCode.badArguments);
  assert.equal(code(create('/absent/a\0', { acl: BAD_ACL })), ErrorCode.badArguments);
  assert.equal(code(create('/absent/a', { acl: BAD_ACL })), ErrorCode.invalidAcl);
  assert.equal(code(create('/absent/a', { acl: null })), ErrorCode.invalidAcl);
  assert.equal(code(create('/absent/./')), ErrorCode.noNode);
  assert.equal(code(create('a/b')), ErrorCode.noNode);
  assert.equal(code(create('/closed/.')), ErrorCode.noAuth);
  assert.equal(code(create('/open/')), ErrorCode.badArguments);
  assert.equal(code(create('//')), ErrorCode.badArguments);
  assert.equal(code(create('/..')), ErrorCode.badArguments);
  assert.equal(code(create('/open/😀')), ErrorCode.badArguments);
  assert.equal(code(create('/')), ErrorCode.nodeExists);
  assert.equal(code(create('/open/full')), ErrorCode.nodeExists);
  assert.equal(code(create('/open/ephemeral/a')), ErrorCode.noChildrenForEphemerals);
  assert.equal(code(create('/open/ephemeral/..')), ErrorCode.badArguments);
  assert.equal(code(create('/open/a')), ErrorCode.ok);
});

test('delete: each check wins over the ones after it', () => {
  const leader = troubled();
  const { code } = bound(leader);
  assert.equal(code(del('/'), NO_SESSION), ErrorCode.sessionExpired);
  assert.equal(code(del('/'), OTHER_MEMBER), ErrorCode.sessionMoved);
  for (const path of [
    '/',
    '/zookeeper',
    '/zookeeper/quota',
    '/zookeeper/config',
    '',
    'a',
    '/a\0',
  ]) {
    assert.equal(code(del(path)), ErrorCode.badArguments, path);
  }
  assert.equal(code(del('/absent/a')), ErrorCode.noNode);
  assert.equal(code(del('/closed/absent')), ErrorCode.noAuth);
  assert.equal(code(del('/closed/node')), ErrorCode.noAuth);
  assert.equal(code(del('/open/absent', 5)), ErrorCode.noNode);
  assert.equal(code(del('/open/')), ErrorCode.noNode);
  assert.equal(code(del('/open/full', 5)), ErrorCode.badVersion);
  assert.equal(code(del('/open/full', 0)), ErrorCode.notEmpty);
  assert.equal(code(del('/open/full/child', 0)), ErrorCode.ok);
  assert.equal(code(del('/open/full', -1)), ErrorCode.ok);
  assert.equal(code(del('/closed/node'), { identities: SUPER }), ErrorCode.ok);
});

test('setData: each check wins over the ones after it', () => {
  const leader = troubled();
  const { code } = bound(leader);
  assert.equal(code(setData('/open/'), NO_SESSION), ErrorCode.sessionExpired);
  assert.equal(code(setData('/open/'), OTHER_MEMBER), ErrorCode.sessionMoved);
  assert.equal(code(setData('/open/')), ErrorCode.badArguments);
  assert.equal(code(setData('')), ErrorCode.badArguments);
  assert.equal(code(setData('/absent', null, 7)), ErrorCode.noNode);
  assert.equal(code(setData('/closed', null, 7)), ErrorCode.noAuth);
  assert.equal(code(setData('/zookeeper/config')), ErrorCode.noAuth);
  assert.equal(code(setData('/open', null, 7)), ErrorCode.badVersion);
  assert.equal(code(setData('/open', null, 0)), ErrorCode.ok);
  assert.equal(code(setData('/open', null, 0)), ErrorCode.badVersion);
  assert.equal(code(setData('/open', null, -1)), ErrorCode.ok);
  assert.equal(code(setData('/', null, 0)), ErrorCode.ok);
});

test('setACL: each check wins over the ones after it', () => {
  const leader = troubled();
  const { code } = bound(leader);
  assert.equal(code(setAcl('/open/', BAD_ACL), NO_SESSION), ErrorCode.sessionExpired);
  assert.equal(code(setAcl('/open/', BAD_ACL), OTHER_MEMBER), ErrorCode.sessionMoved);
  assert.equal(code(setAcl('/open/', BAD_ACL)), ErrorCode.badArguments);
  assert.equal(code(setAcl('/absent', BAD_ACL)), ErrorCode.invalidAcl);
  assert.equal(code(setAcl('/absent', OPEN_ACL, 7)), ErrorCode.noNode);
  assert.equal(code(setAcl('/closed', OPEN_ACL, 7)), ErrorCode.noAuth);
  assert.equal(code(setAcl('/open', OPEN_ACL, 7)), ErrorCode.badVersion);
  leader.run(setData('/open'));
  assert.equal(code(setAcl('/open', OPEN_ACL, 0)), ErrorCode.ok);
  assert.equal(code(setAcl('/open', OPEN_ACL, 0)), ErrorCode.badVersion);
  assert.equal(code(setAcl('/open', OPEN_ACL, 1)), ErrorCode.ok);
});

test('check: each check wins over the ones after it', () => {
  const leader = troubled();
  const codes: [ReturnType<typeof check>, ErrorCode][] = [
    [check('/open/', 7), ErrorCode.badArguments],
    [check('/absent', 7), ErrorCode.noNode],
    [check('/blind', 7), ErrorCode.noAuth],
    [check('/open', 7), ErrorCode.badVersion],
  ];
  for (const [operation, expected] of codes) {
    assert.deepEqual(leader.multiCodes([operation]), [expected]);
  }
  assert.deepEqual(leader.multiCodes([check('/open/', 7)], NO_SESSION), [ErrorCode.sessionExpired]);
  assert.equal(leader.multiCodes([check('/open', 0), check('/open', -1)]), undefined);
});

test('a failed write takes its zxid and changes nothing else', () => {
  const leader = troubled();
  const { digest, totals } = leader.tree;
  assert.equal(leader.code(create('/open/full')), ErrorCode.nodeExists);
  assert.equal(leader.tree.zxid, leader.zxid);
  assert.equal(leader.tree.digest, digest);
  assert.deepEqual(leader.tree.totals, totals);
});

test('a fresh tree has the stats of reference §5.3', () => {
  const leader = new Leader();
  assert.equal(visibleCversion(leader.node('/')), -1);
  assert.equal(visibleCversion(leader.node('/zookeeper')), -2);
  assert.equal(leader.node('/').childCount, 1);
  assert.equal(leader.node('/').ctimeMs, 0);
  assert.equal(leader.node('/zookeeper/config').aversion, -1);
  assert.deepEqual([...leader.tree.childNames('/')], ['zookeeper']);
  assert.deepEqual([...leader.tree.childNames('/zookeeper')].sort(), ['config', 'quota']);
  assert.equal(leader.tree.totals.nodeCount, 4);
});

test('stat fields: what each operation changes, and nothing else', () => {
  const leader = new Leader();
  leader.create('/p', {}, { data: null });
  const made = leader.zxid;
  const madeMs = leader.wallMs;
  const fresh = {
    data: null,
    acl: OPEN_ACL,
    czxid: made,
    mzxid: made,
    pzxid: made,
    ctimeMs: madeMs,
    mtimeMs: madeMs,
    version: 0,
    childCreates: 0,
    aversion: 0,
    childCount: 0,
    kind: NodeKind.persistent,
    ephemeralOwner: 0,
    ttlMs: 0,
  };
  assert.deepEqual(leader.state('/p'), fresh);

  leader.create('/p/c');
  const withChild = { ...fresh, childCreates: 1, childCount: 1, pzxid: leader.zxid };
  assert.deepEqual(leader.state('/p'), withChild);
  assert.equal(visibleCversion(leader.state('/p')), 1);

  leader.run(setData('/p/c'));
  assert.deepEqual(leader.state('/p'), withChild);

  leader.run(del('/p/c'));
  const without = { ...withChild, childCount: 0, pzxid: leader.zxid };
  assert.deepEqual(leader.state('/p'), without);
  assert.equal(visibleCversion(leader.state('/p')), 2);

  leader.run(setData('/p', text('xyz')));
  const set = {
    ...without,
    data: leader.state('/p').data,
    version: 1,
    mzxid: leader.zxid,
    mtimeMs: leader.wallMs,
  };
  assert.deepEqual(leader.state('/p'), set);
  assert.deepEqual(Buffer.from(leader.state('/p').data ?? []), text('xyz'));

  leader.run(setAcl('/p', world(Perm.read)));
  assert.deepEqual(leader.state('/p'), { ...set, acl: world(Perm.read), aversion: 1 });
});

test('null data and empty data stay apart', () => {
  const leader = new Leader();
  leader.create('/null', {}, { data: null });
  leader.create('/empty', {}, { data: text('') });
  assert.equal(leader.node('/null').data, null);
  assert.equal(leader.node('/empty').data?.length, 0);
  leader.run(setData('/empty', null));
  assert.equal(leader.node('/empty').data, null);
});

test('setData with the same data is a change', () => {
  const leader = new Leader();
  leader.create('/a');
  leader.run(setData('/a', text('x')));
  leader.run(setData('/a', text('x')));
  assert.equal(leader.node('/a').version, 2);
  assert.equal(leader.node('/a').mzxid, leader.zxid);
});

test('the tree keeps its own copy of the data', () => {
  const leader = new Leader();
  const data = Buffer.from('before');
  const password = Buffer.alloc(16, 1);
  leader.create('/a', {}, { data });
  const session = leader.run({ op: 'createSession', timeoutMs: 1, password });
  assert.equal(session.type, 'createSession');
  data.fill(0);
  password.fill(0);
  assert.equal(Buffer.from(leader.node('/a').data ?? []).toString(), 'before');
  assert.equal(leader.tree.sessions.get(session.sessionId)?.password[0], 1);
});

test('kinds: flags 0 to 4, createContainer, and what clients see of them', () => {
  const leader = new Leader();
  const kindOf = (flags: number, opcode: 1 | 15 | 19) =>
    leader.node(leader.create(`/k${flags}-${opcode}-`, {}, { flags, opcode })).kind;
  assert.equal(kindOf(0, 1), NodeKind.persistent);
  assert.equal(kindOf(1, 15), NodeKind.ephemeral);
  assert.equal(kindOf(2, 1), NodeKind.persistent);
  assert.equal(kindOf(3, 1), NodeKind.ephemeral);
  assert.equal(kindOf(4, 1), NodeKind.container);
  assert.equal(kindOf(0, 19), NodeKind.container);
  const sequential = leader.create('/c-', {}, { flags: 2, opcode: 19 });
  assert.match(sequential, /^\/c-\d{10}$/);
  assert.equal(leader.node(sequential).kind, NodeKind.container);
  assert.equal(leader.node(sequential).ephemeralOwner, 0);
});

test('sequence numbers: creates of every kind count, deletes and failures do not', () => {
  const leader = new Leader();
  leader.create('/q');
  leader.create('/q/a');
  assert.equal(leader.create('/q/n-', {}, { flags: 2 }), '/q/n-0000000001');
  leader.create('/q/e', {}, { flags: 1 });
  leader.run(del('/q/a'));
  assert.equal(leader.code(create('/q/e')), ErrorCode.nodeExists);
  assert.equal(leader.create('/q/m-', {}, { flags: 3 }), '/q/m-0000000003');
  assert.equal(leader.create('/q/', {}, { flags: 2 }), '/q/0000000004');
  leader.create('/q/x0000000006');
  assert.equal(leader.code(create('/q/x', { flags: 2 })), ErrorCode.nodeExists);
  assert.equal(leader.create('/q/y', {}, { flags: 2 }), '/q/y0000000006');
});

test('sequence numbers start anew when the parent is created anew', () => {
  const leader = new Leader();
  leader.create('/q');
  leader.run(del(leader.create('/q/n', {}, { flags: 2 })));
  leader.run(del('/q'));
  leader.create('/q');
  assert.equal(leader.create('/q/n', {}, { flags: 2 }), '/q/n0000000000');
});

test('sequence numbers come from pending creates as well', () => {
  const leader = new Leader();
  leader.prepare(create('/q'));
  leader.prepare(create('/q/n', { flags: 2 }));
  leader.prepare(create('/q/absent/n', { flags: 2 }));
  leader.prepare(create('/q/n', { flags: 2 }));
  assert.deepEqual(
    leader.apply().map((result) => (result.type === 'create' ? result.path : result.type)),
    ['/q', '/q/n0000000000', 'error', '/q/n0000000001'],
  );
});

/** `leader.code`, short enough for tables. */
function bound(leader: Leader): { code: Leader['code'] } {
  return { code: (operation, as) => leader.code(operation, as) };
}
