import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InvariantViolation } from '../../machines/invariant.ts';
import { ErrorCode } from '../../machines/jute/error-code.ts';
import { Perm } from '../../machines/znode/acl.ts';
import { check, create, del, Leader, SUPER, setAcl, setData, world } from './fixture.ts';

function codesOf(leader: Leader): (string | ErrorCode)[] {
  return leader.apply().map((result) => (result.type === 'error' ? result.code : result.type));
}

test('operations sent without waiting see each other', () => {
  const leader = new Leader();
  leader.prepare(create('/a'));
  leader.prepare(create('/a/b'));
  leader.prepare(setData('/a', null, 0));
  leader.prepare(setData('/a', null, 1));
  leader.prepare(setData('/a', null, 1));
  leader.prepare(del('/a', 2));
  leader.prepare(del('/a/b', 0));
  leader.prepare(del('/a', 2));
  leader.prepare(create('/a/b'));
  leader.prepare(create('/a'));
  assert.deepEqual(codesOf(leader), [
    'create',
    'create',
    'setData',
    'setData',
    ErrorCode.badVersion,
    ErrorCode.notEmpty,
    'delete',
    'delete',
    ErrorCode.noNode,
    'create',
  ]);
  assert.equal(leader.prep.pendingCount, 0);
  assert.equal(leader.node('/a').version, 0);
});

test('a pending ACL decides at once', () => {
  const leader = new Leader();
  leader.create('/a');
  leader.prepare(setAcl('/a', world(Perm.read)));
  leader.prepare(create('/a/b'));
  leader.prepare(setData('/a'));
  assert.deepEqual(codesOf(leader), ['setAcl', ErrorCode.noAuth, ErrorCode.noAuth]);
});

test('a pending aversion counts', () => {
  const leader = new Leader();
  leader.create('/a');
  leader.prepare(setAcl('/a', world(Perm.all), 0));
  leader.prepare(setAcl('/a', world(Perm.all), 0));
  leader.prepare(setAcl('/a', world(Perm.all), 1));
  assert.deepEqual(codesOf(leader), ['setAcl', ErrorCode.badVersion, 'setAcl']);
});

test('what is settled in the middle stays pending where a later txn changed it again', () => {
  const leader = new Leader();
  leader.prepare(create('/a'));
  leader.prepare(setData('/a'));
  leader.apply(1);
  assert.equal(leader.code(setData('/a', null, 1)), ErrorCode.ok);
  assert.equal(leader.node('/a').version, 2);
  assert.equal(leader.prep.pendingCount, 0);
});

test('many settled changes do not accumulate', () => {
  const leader = new Leader();
  leader.create('/a');
  for (let round = 0; round < 5000; round++) {
    leader.prepare(setData('/a'));
    if (leader.preparedCount > 3) leader.apply(1);
  }
  leader.apply();
  assert.equal(leader.prep.pendingCount, 0);
  assert.equal(leader.node('/a').version, 5000);
});

test('a failed multi leaves no trace: codes, pending records, sequence numbers', () => {
  const leader = new Leader();
  leader.create('/a');
  leader.prepare(setData('/a'));
  leader.prepare(create('/a/pending', { flags: 1 }));
  leader.prepare({
    op: 'multi',
    parts: [
      setData('/a', null, 1),
      create('/a/new', { flags: 3 }),
      del('/a/pending'),
      create('/a/pending'),
      create('/b'),
      check('/a', 99),
      del('/zookeeper'),
    ],
  });
  leader.prepare(setData('/a', null, 2));
  leader.prepare(setData('/a', null, 1));
  leader.prepare(create('/b/c'));
  leader.prepare(create('/a/n', { flags: 2 }));
  const results = leader.apply();
  assert.deepEqual(results[2], {
    type: 'multi',
    parts: [0, 0, 0, 0, 0, ErrorCode.badVersion, ErrorCode.runtimeInconsistency].map((code) => ({
      type: 'error',
      code,
    })),
  });
  assert.deepEqual(
    results.slice(3).map((result) => (result.type === 'error' ? result.code : result.type)),
    [ErrorCode.badVersion, 'setData', ErrorCode.noNode, 'create'],
  );
  assert.deepEqual([...leader.tree.childNames('/a')].sort(), ['n0000000001', 'pending']);
  assert.equal(leader.node('/a/pending').ephemeralOwner, leader.sessionId);
  assert.equal(leader.prep.pendingCount, 0);

  leader.run({ op: 'closeSession' });
  assert.deepEqual([...leader.tree.childNames('/a')], ['n0000000001']);
});

test('a multi sees its own effects; results are as of their part', () => {
  const leader = new Leader();
  leader.create('/old');
  const result = leader.run({
    op: 'multi',
    parts: [
      create('/m'),
      create('/m/s', { flags: 2 }),
      create('/m/s', { flags: 2 }),
      setData('/m', null, 0),
      check('/m', 1),
      del('/old'),
      create('/old', { flags: 4 }),
      create('/m/e', { flags: 1, opcode: 15 }),
    ],
  });
  assert.equal(result.type, 'multi');
  const [made, first, second, set, checked, deleted, again, ephemeral] = result.parts;
  assert.ok(made?.type === 'create' && made.node.childCount === 0 && made.node.version === 0);
  assert.ok(first?.type === 'create' && first.path === '/m/s0000000000');
  assert.ok(second?.type === 'create' && second.path === '/m/s0000000001');
  assert.ok(set?.type === 'setData' && set.node.version === 1 && set.node.childCount === 2);
  assert.equal(checked?.type, 'check');
  assert.equal(deleted?.type, 'delete');
  assert.ok(again?.type === 'create' && again.node.czxid === leader.zxid);
  assert.ok(ephemeral?.type === 'create' && ephemeral.node.ephemeralOwner === leader.sessionId);
  for (const part of [made, first, second, again]) {
    assert.ok(part.type === 'create' && part.node.czxid === leader.zxid);
    assert.equal(part.node.ctimeMs, leader.wallMs);
  }
});

test('create and delete of one path in one multi', () => {
  const leader = new Leader();
  const { digest } = leader.tree;
  assert.equal(
    leader.multiCodes([create('/x', { flags: 1 }), del('/x', 0), create('/x'), del('/x')]),
    undefined,
  );
  assert.equal(leader.tree.get('/x'), undefined);
  assert.notEqual(leader.tree.digest, digest, 'the root was changed by it');
  assert.equal(leader.node('/').childCreates, 2);
  assert.equal(leader.tree.sessions.get(leader.sessionId)?.ephemerals.size, 0);
});

test('a multi of nothing succeeds, of one part too, and fails with a dead session', () => {
  const leader = new Leader();
  assert.deepEqual(leader.run({ op: 'multi', parts: [] }), { type: 'multi', parts: [] });
  assert.equal(leader.multiCodes([create('/one')]), undefined);
  assert.equal(leader.code({ op: 'multi', parts: [] }, { sessionId: 5 }), ErrorCode.sessionExpired);
  assert.deepEqual(leader.multiCodes([create('/two'), create('/three')], { member: 9 }), [
    ErrorCode.sessionMoved,
    ErrorCode.runtimeInconsistency,
  ]);
  assert.deepEqual(leader.multiCodes([create('/two'), create('/t', { flags: 9 })]), [
    ErrorCode.ok,
    ErrorCode.badArguments,
  ]);
});

test('each part of a multi is checked with the identities of the client', () => {
  const leader = new Leader();
  leader.create('/closed', {}, { acl: world(Perm.read) });
  assert.deepEqual(leader.multiCodes([create('/a'), create('/closed/a')]), [
    ErrorCode.ok,
    ErrorCode.noAuth,
  ]);
  assert.equal(
    leader.multiCodes([create('/a'), create('/closed/a')], { identities: SUPER }),
    undefined,
  );
});

test('reset forgets what was prepared', () => {
  const leader = new Leader();
  leader.prep.prepare(
    {
      operation: create('/a'),
      sessionId: leader.sessionId,
      cxid: 1,
      identities: [],
      originMember: 1,
      requestId: 1,
    },
    leader.zxid + 1,
    0,
  );
  assert.equal(leader.prep.pendingCount, 2);
  leader.prep.reset();
  assert.equal(leader.prep.pendingCount, 0);
  assert.equal(leader.prep.owner(leader.sessionId), undefined);
  assert.equal(leader.code(create('/a/b')), ErrorCode.noNode);
});

test('a zxid is given out once', () => {
  const leader = new Leader();
  const request = {
    operation: create('/a'),
    sessionId: leader.sessionId,
    cxid: 1,
    identities: [],
    originMember: 1,
    requestId: 1,
  };
  assert.throws(() => leader.prep.prepare(request, leader.zxid, 0), InvariantViolation);
});
