import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ZXID_LIMIT } from '../../machines/zab/zxid.ts';
import type { TestClient } from '../sim/world/client.ts';
import { Ensemble, type EnsembleOptions } from '../sim/world/ensemble.ts';
import {
  closeSession,
  create,
  createEphemeral,
  dataOf,
  exists,
  getData,
  multi,
  ping,
  setData,
  sync,
} from '../sim/world/request.ts';

const NO_NODE = -101;
const EPHEMERAL_ON_LOCAL_SESSION = -120;

interface Scene {
  readonly ensemble: Ensemble;
  readonly leader: number;
  readonly follower: number;
  readonly other: number;
}

function running(isUpgrading = true, options: EnsembleOptions = {}): Scene {
  const localSessions = { isEnabled: true, isUpgrading };
  const ensemble = new Ensemble({ ...options, settings: { localSessions } });
  ensemble.start();
  const leader = ensemble.settle();
  const [follower, other] = ensemble.followers;
  assert.ok(follower !== undefined && other !== undefined);
  return { ensemble, leader, follower, other };
}

function sessionOf(client: TestClient) {
  const { session, lastZxidSeen } = client;
  assert.ok(session !== undefined);
  return { ...session, lastZxidSeen };
}

/** How many sessions each member knows to be global. */
function globalSessions(ensemble: Ensemble): number[] {
  return ensemble.running.map(
    (member) => ensemble.process(member).member.replica.tree.sessions.size,
  );
}

function localSessions(ensemble: Ensemble, member: number): number {
  return ensemble.process(member).member.localSessions.size;
}

for (const role of ['leader', 'follower'] as const) {
  test(`a local session of a ${role} costs no txn, writes and reads, and leaves none behind`, () => {
    const scene = running();
    const { ensemble } = scene;
    const member = scene[role];
    const zxid = ensemble.zxid(member);
    const client = ensemble.connect(member);
    assert.ok(sessionOf(client).sessionId >= ZXID_LIMIT);
    assert.equal(ensemble.zxid(member), zxid);
    assert.equal(ensemble.ask(client, create('/a', 'x')).code, 0);
    const xids = client.send(setData('/a', 'y'), getData('/a'), sync(), setData('/a', 'z'), ping);
    ensemble.until(() => client.replyTo(-2) !== undefined, 'the ping', 500);
    assert.equal(dataOf(client.replyTo(xids[1])?.body ?? Buffer.alloc(4)), 'y');
    const written = ensemble.zxid(member);
    assert.deepEqual(globalSessions(ensemble), [0, 0, 0]);
    const [close, late] = client.send(closeSession, create('/late'));
    ensemble.until(() => !client.isOpen, 'the connection ends', 500);
    assert.equal(client.replyTo(close)?.code, 0);
    assert.equal(client.replyTo(late), undefined);
    ensemble.run(100);
    assert.equal(ensemble.zxid(member), written, 'closing writes nothing');
    assert.equal(localSessions(ensemble, member), 0);
    const again = ensemble.knock(member, sessionOf(client));
    ensemble.until(() => !again.isOpen, 'its session is over', 500);
    assert.equal(again.session?.sessionId, 0);
  });

  test(`an ephemeral makes a local session of a ${role} global, under its own id`, () => {
    const scene = running();
    const { ensemble, other } = scene;
    const member = scene[role];
    const client = ensemble.connect(member);
    const xids = client.send(
      create('/a'),
      createEphemeral('/e'),
      createEphemeral('/f'),
      exists('/f'),
    );
    ensemble.until(() => client.replyTo(xids[3]) !== undefined, 'the last reply', 500);
    assert.deepEqual(
      client.replies.map(({ xid, code }) => [xid, code]),
      xids.map((xid) => [xid, 0]),
    );
    ensemble.run(100);
    assert.deepEqual(globalSessions(ensemble), [1, 1, 1]);
    assert.equal(localSessions(ensemble, member), 0);
    const { sessionId } = sessionOf(client);
    const node = ensemble.process(other).member.replica.tree.get('/e');
    assert.equal(node?.ephemeralOwner, sessionId);
    const moved = ensemble.connect(other, sessionOf(client));
    assert.equal(moved.session?.sessionId, sessionId, 'it moves like any other');
    assert.equal(ensemble.ask(moved, closeSession).code, 0);
    assert.equal(ensemble.dataAt(other, '/e'), undefined);
  });

  test(`a multi with an ephemeral makes a local session of a ${role} global`, () => {
    const scene = running();
    const { ensemble } = scene;
    const client = ensemble.connect(scene[role]);
    assert.equal(ensemble.ask(client, multi(create('/a'), createEphemeral('/e'))).code, 0);
    assert.equal(ensemble.dataAt(scene[role], '/e'), '');
    ensemble.run(100);
    assert.deepEqual(globalSessions(ensemble), [1, 1, 1]);
  });

  test(`without upgrading an ephemeral of a local session of a ${role} is refused, and nothing else`, () => {
    const scene = running(false);
    const { ensemble } = scene;
    const client = ensemble.connect(scene[role]);
    assert.equal(ensemble.ask(client, createEphemeral('/e')).code, EPHEMERAL_ON_LOCAL_SESSION);
    assert.equal(ensemble.ask(client, create('/a')).code, 0);
    assert.equal(ensemble.ask(client, exists('/e')).code, NO_NODE);
    assert.deepEqual(globalSessions(ensemble), [0, 0, 0]);
  });
}

test('a local session that an ephemeral made global ends, though its client does not wait for that', () => {
  for (const requests of [
    [createEphemeral('/e'), closeSession],
    [sync(), createEphemeral('/e'), closeSession],
  ]) {
    const { ensemble, follower } = running();
    const client = ensemble.connect(follower);
    const { zxid } = ensemble.ask(client, create('/a'));
    client.send(...requests);
    client.disconnect();
    ensemble.run(100);
    assert.equal(ensemble.zxid(follower), zxid + 3, 'a session, a node, and the end of both');
    assert.equal(ensemble.dataAt(follower, '/e'), undefined);
    assert.deepEqual(globalSessions(ensemble), [0, 0, 0]);
    assert.equal(localSessions(ensemble, follower), 0);
  }
});

test('a local session comes back to its own member, with its password, and to no other', () => {
  const { ensemble, follower, other } = running();
  const client = ensemble.connect(follower);
  client.disconnect();
  const again = ensemble.connect(follower, sessionOf(client));
  assert.equal(again.session?.sessionId, client.session?.sessionId);
  for (const [member, password] of [
    [other, sessionOf(client).password],
    [follower, Buffer.alloc(16, 1)],
  ] as const) {
    const refused = ensemble.knock(member, { ...sessionOf(client), password });
    ensemble.until(() => !refused.isOpen, 'it is told', 500);
    assert.deepEqual(refused.session?.sessionId, 0);
  }
  const third = ensemble.connect(follower, sessionOf(client));
  assert.equal(ensemble.ask(third, create('/a')).code, 0);
});

test('a local session expires by its own member: not early, and with its connection', () => {
  const { ensemble, follower } = running();
  const client = ensemble.connect(follower, { timeoutMs: 2000 });
  ensemble.run(1500);
  client.send(ping);
  ensemble.run(1999);
  assert.ok(client.isOpen);
  ensemble.until(() => !client.isOpen, 'it expires', 600);
  assert.equal(client.replies.length, 1, 'nothing is said');
  const again = ensemble.knock(follower, sessionOf(client));
  ensemble.until(() => !again.isOpen, 'it is told', 500);
  assert.equal(again.session?.timeoutMs, 0);
});

test('a session that was made global is expired by the leader, and its ephemerals with it', () => {
  const { ensemble, follower, leader } = running();
  const client = ensemble.connect(follower, { timeoutMs: 2000 });
  ensemble.ask(client, createEphemeral('/e'));
  for (let time = 0; time < 5; time++) {
    ensemble.run(1500);
    client.send(ping);
  }
  ensemble.run(1500);
  assert.equal(ensemble.dataAt(leader, '/e'), '');
  ensemble.until(() => ensemble.dataAt(follower, '/e') === undefined, 'it expires', 2000);
  ensemble.run(50);
  assert.equal(client.isOpen, false);
  assert.deepEqual(globalSessions(ensemble), [0, 0, 0]);
});

test('a local session outlives the leader, as long as its member serves again in time', () => {
  const { ensemble, leader, follower } = running();
  const client = ensemble.connect(follower, { timeoutMs: 5000 });
  ensemble.ask(client, create('/a'));
  ensemble.crash(leader);
  ensemble.until(() => !client.isOpen, 'the client is cut off', 2000);
  ensemble.settle();
  const again = ensemble.connect(follower, sessionOf(client));
  assert.equal(again.session?.sessionId, client.session?.sessionId);
  assert.equal(ensemble.ask(again, createEphemeral('/e')).code, 0);
});

test('a local session ends with its member', () => {
  const { ensemble, follower } = running();
  const client = ensemble.connect(follower, { timeoutMs: 20_000 });
  ensemble.crash(follower);
  ensemble.restart(follower);
  ensemble.settle();
  const again = ensemble.knock(follower, sessionOf(client));
  ensemble.until(() => !again.isOpen, 'it is told', 500);
  assert.equal(again.session?.sessionId, 0);
  const fresh = ensemble.connect(follower);
  assert.notEqual(fresh.session?.sessionId, client.session?.sessionId, 'no id comes twice');
});

test('the end of a local session waits for what is ahead of it, also where that makes it global', () => {
  const { ensemble, follower, leader } = running();
  const client = ensemble.connect(follower);
  const xids = client.send(sync(), createEphemeral('/e'), closeSession, create('/late'));
  ensemble.until(() => !client.isOpen, 'the connection ends', 500);
  assert.deepEqual(
    client.replies.map(({ xid, code }) => [xid, code]),
    xids.slice(0, 3).map((xid) => [xid, 0]),
  );
  ensemble.run(100);
  assert.equal(ensemble.dataAt(leader, '/e'), undefined);
  assert.equal(ensemble.dataAt(leader, '/late'), undefined);
  assert.deepEqual(globalSessions(ensemble), [0, 0, 0]);
});

test('an upgrade on its way when the leader is lost: the session goes on, whatever became of it', () => {
  for (const isLost of [true, false]) {
    const { ensemble, leader, follower } = running();
    const client = ensemble.connect(follower, { timeoutMs: 10_000 });
    // Lost: it never reaches the leader. Else: it is on the disks of a quorum, and nobody was told.
    const holds = isLost
      ? (from: number, to: number) => from === follower && to === leader
      : (from: number, to: number) => from === leader && to === follower;
    ensemble.network.holds = holds;
    client.send(createEphemeral('/e'));
    ensemble.run(50);
    ensemble.crash(leader);
    ensemble.network.holds = () => false;
    ensemble.until(() => !client.isOpen, 'the client is cut off', 2000);
    ensemble.settle();
    const again = ensemble.connect(follower, sessionOf(client));
    assert.equal(again.session?.sessionId, client.session?.sessionId);
    assert.equal(ensemble.ask(again, exists('/e')).code, isLost ? NO_NODE : 0);
    assert.equal(localSessions(ensemble, follower), isLost ? 1 : 0);
    assert.equal(ensemble.ask(again, createEphemeral('/f')).code, 0);
    ensemble.run(100);
    assert.deepEqual(globalSessions(ensemble), [1, 1]);
  }
});

/** The client of a session that is being made global comes back before the leader has heard of that, and after. */
function comesBack(ensemble: Ensemble, follower: number, client: TestClient): void {
  const knocked = ensemble.knock(follower, sessionOf(client));
  ensemble.run(5);
  ensemble.network.holds = () => false;
  ensemble.network.release();
  ensemble.run(50);
  assert.notEqual(knocked.session?.sessionId, 0, 'nothing was said, or it was let in');
  const again = ensemble.connect(follower, sessionOf(client));
  assert.equal(again.session?.sessionId, client.session?.sessionId);
  assert.equal(ensemble.ask(again, exists('/e')).code, 0);
}

test('a client that comes back while its session is being made global is not told that it is over', () => {
  const { ensemble, leader, follower } = running();
  const client = ensemble.connect(follower, { timeoutMs: 10_000 });
  ensemble.network.holds = (from, to) => from !== leader && to === leader;
  ensemble.run(5);
  client.send(createEphemeral('/e'));
  ensemble.run(5);
  client.disconnect();
  comesBack(ensemble, follower, client);
});

test('what a former connection had left to ask may make its session global when the client comes back', () => {
  const { ensemble, leader, follower } = running();
  const client = ensemble.connect(follower, { timeoutMs: 10_000 });
  ensemble.network.holds = (from, to) => from !== leader && to === leader;
  client.send(sync(), createEphemeral('/e'));
  ensemble.run(5);
  comesBack(ensemble, follower, client);
});

test('watches work in local sessions', () => {
  const { ensemble, follower } = running();
  const client = ensemble.connect(follower);
  ensemble.ask(client, create('/a', 'old'));
  ensemble.ask(client, getData('/a', true));
  const other = ensemble.connect(follower);
  ensemble.ask(other, setData('/a', 'new'));
  ensemble.until(() => client.replyTo(-1) !== undefined, 'the event', 500);
});
