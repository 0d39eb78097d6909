import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ErrorCode } from '../../machines/jute/error-code.ts';
import { ZXID_LIMIT } from '../../machines/zab/zxid.ts';
import { create, del, Leader, PASSWORD, setData } from './fixture.ts';

function ephemeralsOf(leader: Leader, sessionId: number): string[] {
  return [...(leader.tree.sessions.get(sessionId)?.ephemerals ?? [])].sort();
}

test('the id of a session is the zxid that made it', () => {
  const leader = new Leader();
  const txn = leader.prepare({
    op: 'createSession',
    timeoutMs: 5000,
    password: new Uint8Array(16).fill(9),
  });
  assert.equal(txn.sessionId, txn.zxid);
  const [result] = leader.apply();
  assert.ok(result?.type === 'createSession');
  assert.equal(result.sessionId, txn.zxid);
  assert.equal(result.timeoutMs, 5000);
  assert.deepEqual([...result.password], new Array(16).fill(9));
  assert.equal(leader.tree.sessions.get(txn.zxid)?.timeoutMs, 5000);
});

test('a session may write as soon as it is prepared, and no more once its end is', () => {
  const leader = new Leader();
  const sessionId = leader.prepare({
    op: 'createSession',
    timeoutMs: 1,
    password: new Uint8Array(16),
  }).sessionId;
  leader.prepare(create('/e', { flags: 1 }), { sessionId });
  leader.prepare({ op: 'closeSession' }, { sessionId });
  leader.prepare(create('/late'), { sessionId });
  assert.equal(leader.prep.passwordOf(sessionId), undefined);
  assert.deepEqual(
    leader.apply().map((result) => (result.type === 'error' ? result.code : result.type)),
    ['createSession', 'create', 'closeSession', ErrorCode.sessionExpired],
  );
  assert.equal(leader.tree.get('/e'), undefined);
  assert.equal(leader.code(create('/later'), { sessionId }), ErrorCode.sessionExpired);
});

test('closing deletes all ephemerals with one zxid', () => {
  const leader = new Leader();
  const sessionId = leader.openSession();
  leader.create('/p');
  for (const name of ['a', 'b', 'c']) leader.create(`/p/${name}`, { sessionId }, { flags: 1 });
  leader.create('/p/mine', {}, { flags: 1 });
  assert.equal(leader.tree.totals.ephemeralCount, 4);
  assert.deepEqual(ephemeralsOf(leader, sessionId), ['/p/a', '/p/b', '/p/c']);
  leader.run({ op: 'closeSession' }, { sessionId });
  assert.deepEqual([...leader.tree.childNames('/p')], ['mine']);
  assert.equal(leader.node('/p').pzxid, leader.zxid);
  assert.equal(leader.node('/p').childCount, 1);
  assert.equal(leader.tree.totals.ephemeralCount, 1);
  assert.equal(leader.tree.sessions.has(sessionId), false);
});

test('closing takes pending creates and deletes of ephemerals into account', () => {
  const leader = new Leader();
  const sessionId = leader.openSession();
  leader.create('/stays', { sessionId }, { flags: 1 });
  leader.create('/deleted', { sessionId }, { flags: 1 });
  leader.create('/replaced', { sessionId }, { flags: 1 });
  leader.create('/changed', { sessionId }, { flags: 1 });
  leader.prepare(del('/deleted'));
  leader.prepare(del('/replaced'));
  leader.prepare(create('/replaced', { flags: 1 }));
  leader.prepare(setData('/changed'));
  leader.prepare(create('/new', { flags: 1 }), { sessionId });
  leader.prepare(create('/gone', { flags: 1 }), { sessionId });
  leader.prepare(del('/gone'));
  const close = leader.prepare({ op: 'closeSession' }, { sessionId });
  assert.ok(close.body.type === 'closeSession');
  assert.deepEqual([...close.body.paths].sort(), ['/changed', '/new', '/stays']);
  leader.prepare(create('/stays'));
  leader.apply();
  assert.deepEqual([...leader.tree.childNames('/')].sort(), ['replaced', 'stays', 'zookeeper']);
  assert.equal(leader.node('/replaced').ephemeralOwner, leader.sessionId);
  assert.equal(leader.prep.pendingCount, 0);
});

test('what follows a close sees the parents without the ephemerals', () => {
  const leader = new Leader();
  const sessionId = leader.openSession();
  leader.create('/p');
  leader.create('/p/e', { sessionId }, { flags: 1 });
  leader.prepare({ op: 'closeSession' }, { sessionId });
  leader.prepare(create('/p/e'));
  leader.prepare(del('/p/e'));
  leader.prepare(del('/p', 0));
  leader.apply();
  assert.equal(leader.tree.get('/p'), undefined);
});

test('an ephemeral deleted by another and created anew belongs to the new owner', () => {
  const leader = new Leader();
  const other = leader.openSession();
  leader.create('/e', {}, { flags: 1 });
  leader.run(del('/e'), { sessionId: other });
  leader.create('/e', { sessionId: other }, { flags: 1 });
  leader.run({ op: 'closeSession' });
  assert.equal(leader.node('/e').ephemeralOwner, other);
});

test('closing a session that is gone, or never was, is harmless', () => {
  const leader = new Leader();
  const sessionId = leader.openSession();
  leader.create('/e', { sessionId }, { flags: 1 });
  leader.prepare({ op: 'closeSession' }, { sessionId });
  leader.prepare({ op: 'closeSession' }, { sessionId });
  leader.prepare({ op: 'closeSession' }, { sessionId: 77 });
  assert.deepEqual(
    leader.apply().map((result) => result.type),
    ['closeSession', 'closeSession', 'closeSession'],
  );
});

test('the owner: adopted, kept, moved, forgotten', () => {
  const leader = new Leader();
  const { prep, sessionId } = leader;
  assert.equal(prep.owner(sessionId), 1);
  prep.reset();
  assert.equal(prep.owner(sessionId), undefined);
  assert.equal(leader.code(create('/a'), { member: 2 }), ErrorCode.ok);
  assert.equal(prep.owner(sessionId), 2);
  assert.equal(leader.code(create('/b'), { member: 1 }), ErrorCode.sessionMoved);
  prep.setOwner(sessionId, 1);
  assert.equal(leader.code(create('/b'), { member: 2 }), ErrorCode.sessionMoved);
  assert.equal(leader.code(create('/b'), { member: 1 }), ErrorCode.ok);
  leader.run({ op: 'closeSession' }, { member: 2 });
  assert.equal(prep.owner(sessionId), undefined);
  prep.setOwner(sessionId, 1);
  assert.equal(prep.owner(sessionId), undefined);
});

const LOCAL = ZXID_LIMIT + 5;
const AS_LOCAL = { sessionId: LOCAL, isLocal: true, member: 2 };
const UPGRADE = { op: 'createSession', timeoutMs: 5000, password: PASSWORD } as const;

test('a session that only its member knows writes what needs no owner, and moves nowhere (reference §9.5)', () => {
  const leader = new Leader();
  leader.create('/a', AS_LOCAL);
  assert.equal(leader.code(setData('/a'), AS_LOCAL), ErrorCode.ok);
  assert.equal(leader.code(del('/a'), AS_LOCAL), ErrorCode.ok);
  assert.equal(leader.tree.sessions.has(LOCAL), false);
  assert.equal(leader.prep.owner(LOCAL), undefined);
  assert.equal(
    leader.code(create('/b'), { ...AS_LOCAL, isLocal: false }),
    ErrorCode.sessionExpired,
  );
});

test('an ephemeral of a local session is refused behind its flags and before its path (reference §3.2)', () => {
  const leader = new Leader();
  const refused = ErrorCode.ephemeralOnLocalSession;
  for (const [operation, code] of [
    [create('/e', { flags: 1 }), refused],
    [create('/e', { flags: 3 }), refused],
    [create('no-path', { flags: 1 }), refused],
    [create('/missing/e', { flags: 1 }), refused],
    [create('/e', { flags: 99 }), ErrorCode.badArguments],
    [create('/c', { flags: 4 }), ErrorCode.ok],
  ] as const) {
    assert.equal(leader.code(operation, AS_LOCAL), code);
  }
  const parts = [create('/p'), create('/e', { flags: 1 }), create('/q')];
  assert.deepEqual(leader.multiCodes(parts, AS_LOCAL), [0, refused, -2]);
});

test('a local session becomes a global one under its own id, and owns ephemerals from then on', () => {
  const leader = new Leader();
  const { sessionId } = leader.prepare(UPGRADE, { sessionId: LOCAL, member: 2 });
  assert.equal(sessionId, LOCAL);
  assert.deepEqual(leader.prep.passwordOf(LOCAL), PASSWORD, 'its client may come back already');
  const as = { sessionId: LOCAL, member: 2 };
  leader.prepare(create('/e', { flags: 1 }), as);
  leader.apply();
  assert.deepEqual(ephemeralsOf(leader, LOCAL), ['/e']);
  assert.equal(leader.code(create('/late'), { ...as, member: 3 }), ErrorCode.sessionMoved);
  leader.run({ op: 'closeSession' }, as);
  assert.equal(leader.tree.get('/e'), undefined);
  assert.equal(leader.prep.passwordOf(LOCAL), undefined);
});

test('an id that a session has is not given to another', () => {
  const leader = new Leader();
  leader.run(UPGRADE, { sessionId: LOCAL, member: 2 });
  assert.equal(leader.code(UPGRADE, { sessionId: LOCAL, member: 3 }), ErrorCode.sessionExpired);
  leader.prepare({ op: 'closeSession' }, { sessionId: LOCAL, member: 2 });
  leader.prepare(UPGRADE, { sessionId: LOCAL, member: 3 });
  const [, second] = leader.apply();
  assert.ok(second?.type === 'error');
});
