import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Ensemble } from '../sim/world/ensemble.ts';
import {
  closeSession,
  create,
  createEphemeral,
  exists,
  getData,
  multi,
  ping,
} from '../sim/world/request.ts';

interface Scene {
  readonly ensemble: Ensemble;
  readonly leader: number;
  readonly follower: number;
  readonly other: number;
}

function running(): Scene {
  const ensemble = new Ensemble();
  ensemble.start();
  const leader = ensemble.settle();
  const [follower, other] = ensemble.followers;
  assert.ok(follower !== undefined && other !== undefined);
  return { ensemble, leader, follower, other };
}

test('a session whose client says nothing expires by the leader, with its ephemerals, and its connection is cut', () => {
  const { ensemble, leader, follower } = running();
  const client = ensemble.connect(follower, { timeoutMs: 1000 });
  ensemble.ask(client, createEphemeral('/e'));
  ensemble.run(900);
  assert.equal(ensemble.dataAt(leader, '/e'), '', 'not before its time');
  assert.ok(client.isOpen);
  ensemble.until(() => ensemble.dataAt(follower, '/e') === undefined, 'the session expires', 1200);
  ensemble.run(50);
  assert.equal(client.isOpen, false);
  assert.equal(client.replies.length, 1, 'nothing is said');
});

test('a session that comes back with another timeout expires by that one (reference §9.1)', () => {
  for (const [first, second] of [
    [10_000, 1000],
    [1000, 3000],
  ] as const) {
    const { ensemble, leader, follower } = running();
    const client = ensemble.connect(follower, { timeoutMs: first });
    ensemble.ask(client, createEphemeral('/e'));
    const again = ensemble.connect(follower, { ...client.session, timeoutMs: second });
    assert.equal(again.session?.timeoutMs, second);
    ensemble.run(second - 100);
    assert.equal(ensemble.dataAt(leader, '/e'), '', 'not before its time');
    ensemble.until(() => ensemble.dataAt(leader, '/e') === undefined, 'it expires', 1500);
  }
});

test('pings keep a session alive through a follower', () => {
  const { ensemble, follower } = running();
  const client = ensemble.connect(follower, { timeoutMs: 1000 });
  for (let time = 0; time < 10; time++) {
    ensemble.run(600);
    client.send(ping);
  }
  ensemble.run(50);
  assert.ok(client.isOpen);
  assert.equal(client.replies.length, 10);
});

test('a client whose own server froze finds its session elsewhere', () => {
  const { ensemble, leader, follower } = running();
  const client = ensemble.connect(follower, { timeoutMs: 2000 });
  assert.ok(client.session !== undefined);
  ensemble.ask(client, createEphemeral('/e'));
  ensemble.process(follower).freeze();
  ensemble.run(1200);
  const { lastZxidSeen, session } = client;
  const moved = ensemble.connect(leader, { ...session, lastZxidSeen });
  assert.equal(moved.session?.sessionId, session.sessionId);
  ensemble.run(1500);
  ensemble.process(follower).thaw();
  ensemble.settle();
  assert.equal(ensemble.dataAt(leader, '/e'), '');
});

test('a session moves: the old connection may not write any more, and is cut off without a word', () => {
  const { ensemble, follower, other } = running();
  const client = ensemble.connect(follower);
  assert.ok(client.session !== undefined);
  ensemble.ask(client, create('/a'));
  ensemble.run(10);
  const moved = ensemble.connect(other, {
    ...client.session,
    lastZxidSeen: client.lastZxidSeen,
  });
  assert.equal(ensemble.ask(moved, create('/b')).code, 0);
  const replies = client.replies.length;
  client.send(create('/c'));
  ensemble.until(() => !client.isOpen, 'the old connection ends', 500);
  assert.equal(client.replies.length, replies);
  assert.equal(ensemble.dataAt(other, '/c'), undefined);
  assert.ok(moved.isOpen);
});

test('a multi through the old connection of a session that has moved: cut off without a word, too', () => {
  const { ensemble, follower, other } = running();
  const client = ensemble.connect(follower);
  assert.ok(client.session !== undefined);
  ensemble.connect(other, client.session);
  client.send(multi(create('/c'), create('/d')));
  ensemble.until(() => !client.isOpen, 'the old connection ends', 500);
  assert.deepEqual(client.replies, []);
  assert.equal(ensemble.dataAt(other, '/c'), undefined);
});

test('a new session is told to its client when a quorum has it, not before', () => {
  const { ensemble, leader } = running();
  ensemble.network.holds = (from) => from !== leader;
  const client = ensemble.knock(leader);
  ensemble.run(200);
  assert.ok(client.isOpen);
  assert.equal(client.session, undefined);
  ensemble.network.holds = () => false;
  ensemble.network.release();
  ensemble.until(() => client.isConnected, 'the session is there', 500);
});

test('whoever names a session ends its other connection at that member, even with a wrong password', () => {
  const { ensemble, follower } = running();
  const client = ensemble.connect(follower);
  const { session } = client;
  assert.ok(session !== undefined);
  const refused = ensemble.knock(follower, { ...session, password: Buffer.alloc(16, 1) });
  ensemble.until(() => !refused.isOpen, 'it is told', 500);
  assert.equal(refused.session?.sessionId, 0);
  assert.equal(client.isOpen, false);
  const again = ensemble.connect(follower, session);
  assert.equal(again.session?.sessionId, session.sessionId);
});

test('a session that comes back to the same member takes the place of its old connection', () => {
  const { ensemble, follower } = running();
  const client = ensemble.connect(follower);
  assert.ok(client.session !== undefined);
  const again = ensemble.connect(follower, client.session);
  assert.equal(client.isOpen, false);
  assert.equal(ensemble.ask(again, create('/a')).code, 0);
});

test('a wrong password, an unknown session: the client is told that its session is over', () => {
  const { ensemble, follower } = running();
  const client = ensemble.connect(follower);
  assert.ok(client.session !== undefined);
  for (const handshake of [
    { ...client.session, password: Buffer.alloc(16, 1) },
    { sessionId: 12345, password: Buffer.alloc(16) },
    { sessionId: -5, password: Buffer.alloc(16) },
  ]) {
    const refused = ensemble.knock(follower, handshake);
    ensemble.until(() => !refused.isOpen, 'the connection ends', 500);
    assert.equal(refused.session?.sessionId, 0);
    assert.equal(refused.session?.timeoutMs, 0);
  }
});

test('a client that has seen more than the member is turned away without a word', () => {
  const { ensemble, follower } = running();
  const client = ensemble.knock(follower, { lastZxidSeen: ensemble.zxid(follower) + 1 });
  ensemble.run(10);
  assert.equal(client.isOpen, false);
  assert.equal(client.session, undefined);
});

test('closeSession is answered, then the connection ends; what was behind it creates nothing', () => {
  const { ensemble, follower, leader } = running();
  const client = ensemble.connect(follower);
  const xids = client.send(createEphemeral('/e'), closeSession, createEphemeral('/late'));
  ensemble.until(() => !client.isOpen, 'the connection ends', 500);
  assert.deepEqual(
    client.replies.map(({ xid }) => xid),
    xids.slice(0, 2),
  );
  ensemble.run(100);
  for (const path of ['/e', '/late']) assert.equal(ensemble.dataAt(leader, path), undefined);
});

test('without a leader clients are cut off, and their sessions go on with the next one', () => {
  const { ensemble, leader, follower } = running();
  const client = ensemble.connect(follower, { timeoutMs: 1000 });
  assert.ok(client.session !== undefined);
  ensemble.ask(client, createEphemeral('/e'));
  ensemble.crash(leader);
  ensemble.until(() => !client.isOpen, 'the client is cut off', 1500);
  ensemble.settle();
  // Every session has its full time afresh.
  ensemble.run(900);
  const { session, lastZxidSeen } = client;
  const again = ensemble.connect(follower, { ...session, lastZxidSeen });
  assert.equal(again.session?.sessionId, session.sessionId);
  assert.equal(ensemble.ask(again, exists('/e')).code, 0);
});

test('a session that ends while it is on its way to another member is not kept alive there', () => {
  const { ensemble, leader, follower, other } = running();
  const client = ensemble.connect(follower);
  assert.ok(client.session !== undefined);
  ensemble.network.holds = (from, to, subject) =>
    from === leader && to === other && subject.endsWith(`.member.${other}`);
  const moving = ensemble.knock(other, client.session);
  ensemble.until(() => ensemble.network.heldCount > 0, 'the leader has answered', 200);
  ensemble.ask(client, closeSession);
  ensemble.until(() => ensemble.zxid(other) === ensemble.zxid(leader), 'the end is known', 200);
  ensemble.network.holds = () => false;
  ensemble.network.release();
  ensemble.run(100);
  assert.equal(moving.isOpen, false);
});

test('a read waits behind a pending write of its own session, and not behind that of another', () => {
  const { ensemble, leader, follower } = running();
  const writer = ensemble.connect(follower);
  const reader = ensemble.connect(follower);
  ensemble.ask(writer, create('/a', 'old'));
  ensemble.network.holds = (from, to) => from === follower && to === leader;
  const [write, read] = writer.send(create('/b'), getData('/b'));
  const [otherRead] = reader.send(exists('/b'));
  ensemble.run(20);
  assert.equal(reader.replyTo(otherRead)?.code, -101);
  assert.equal(writer.replyTo(read), undefined);
  ensemble.network.holds = () => false;
  ensemble.network.release();
  ensemble.until(() => writer.replyTo(read) !== undefined, 'the read', 500);
  assert.equal(writer.replyTo(write)?.code, 0);
  assert.equal(writer.replyTo(read)?.code, 0);
});
