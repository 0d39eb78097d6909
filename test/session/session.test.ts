import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ConnectRequest } from '../../machines/jute/request.ts';
import {
  type MemberState,
  type SessionEffect,
  type SessionEvent,
  sessionMachine,
} from '../../machines/session/session.ts';
import { Chart } from '../zab/harness/chart.ts';

const PASSWORD = Buffer.alloc(16, 7);
const NOTHING_SEEN: ConnectRequest = {
  protocolVersion: 0,
  lastZxidSeen: 0,
  timeoutMs: 5000,
  sessionId: 0,
  password: Buffer.alloc(16),
  readOnly: undefined,
};
const looking: MemberState = {
  isServing: false,
  isReadOnly: false,
  isLocal: false,
  appliedZxid: 100,
  session: 'unknown',
};
const serving: MemberState = { ...looking, isServing: true };

function session(): Chart<SessionEvent, SessionEffect> {
  return new Chart(sessionMachine, { minTimeoutMs: 4000, maxTimeoutMs: 40_000, patienceMs: 1000 });
}

function connect(changes: Partial<ConnectRequest> = {}, member = serving): SessionEvent {
  return { type: 'CONNECT', request: { ...NOTHING_SEEN, ...changes }, member };
}

const created: SessionEvent = {
  type: 'CREATED',
  sessionId: 9,
  timeoutMs: 5000,
  password: PASSWORD,
};

test('a new session is created, and the connection is open once that is done', () => {
  const chart = session();
  assert.deepEqual(chart.send(connect()), [{ type: 'createSession', timeoutMs: 5000 }]);
  assert.deepEqual(chart.send(created), [
    {
      type: 'accept',
      sessionId: 9,
      timeoutMs: 5000,
      password: PASSWORD,
      isReadOnly: false,
      readOnly: undefined,
    },
  ]);
  assert.equal(chart.state, 'open');
});

test('the timeout is brought within its bounds', () => {
  for (const [asked, got] of [
    [5000, 5000],
    [-1, 4000],
    [0, 4000],
    [100_000, 40_000],
  ] as const) {
    const [effect] = session().send(connect({ timeoutMs: asked }));
    assert.deepEqual(effect, { type: 'createSession', timeoutMs: got });
  }
});

test('a client that asks for readOnly is told false, one that does not is told nothing', () => {
  const chart = session();
  chart.send(connect({ readOnly: true }));
  const [accept] = chart.send(created);
  assert.ok(accept?.type === 'accept');
  assert.equal(accept.readOnly, false);
});

test('a session comes back: others with it go first, then the leader is asked', () => {
  const chart = session();
  const effects = chart.send(connect({ sessionId: 9, password: PASSWORD }));
  assert.deepEqual(effects, [
    { type: 'dropOthers', sessionId: 9 },
    { type: 'revalidate', sessionId: 9, timeoutMs: 5000, password: PASSWORD },
  ]);
  const [accept] = chart.send({ type: 'REVALIDATED', valid: true });
  assert.ok(accept?.type === 'accept');
  assert.equal(accept.sessionId, 9);
});

test('a session that is not valid any more ends with a word', () => {
  const chart = session();
  chart.send(connect({ sessionId: 9, password: PASSWORD, readOnly: false }));
  assert.deepEqual(chart.send({ type: 'REVALIDATED', valid: false }), [
    { type: 'reject', readOnly: false },
  ]);
  assert.equal(chart.state, 'ended');
});

test('a client that has seen more than the member is hung up on, new or not', () => {
  for (const sessionId of [0, 9]) {
    const effects = session().send(connect({ sessionId, lastZxidSeen: 101 }));
    assert.equal(effects[0]?.type, 'hangUp');
  }
  const [effect] = session().send(connect({ lastZxidSeen: 100 }));
  assert.equal(effect?.type, 'createSession');
});

test('a handshake waits for a member that does not serve, but not for ever', () => {
  const patient = session();
  assert.deepEqual(patient.send(connect({}, looking)), []);
  assert.deepEqual(patient.pass(999), []);
  const [effect] = patient.send({ type: 'SERVING', member: serving });
  assert.equal(effect?.type, 'createSession');

  const tired = session();
  tired.send(connect({}, looking));
  assert.equal(tired.pass(1000)[0]?.type, 'hangUp');
  assert.equal(tired.state, 'ended');

  const ahead = session();
  ahead.send(connect({ lastZxidSeen: 500 }, looking));
  assert.equal(ahead.send({ type: 'SERVING', member: serving })[0]?.type, 'hangUp');
});

test('a member without a leader ends its connections wherever they are', () => {
  const creating = session();
  creating.send(connect());
  const reviving = session();
  reviving.send(connect({ sessionId: 9 }));
  const open = session();
  open.send(connect(), created);
  for (const chart of [creating, reviving, open]) {
    assert.equal(chart.send({ type: 'CEASED' })[0]?.type, 'hangUp');
    assert.equal(chart.state, 'ended');
  }
  const greeting = session();
  assert.deepEqual(greeting.send({ type: 'CEASED' }), []);
  assert.equal(greeting.state, 'greeting');
});

test('a connection whose session is over is cut off; one that is gone orders nothing', () => {
  const chart = session();
  chart.send(connect(), created);
  assert.equal(chart.send({ type: 'CLOSED' })[0]?.type, 'hangUp');
  const gone = session();
  gone.send(connect(), created);
  assert.deepEqual(gone.send({ type: 'DISCONNECTED' }), []);
  assert.equal(gone.state, 'ended');
});

const readOnly: MemberState = { ...serving, isReadOnly: true, isLocal: true };

test('a session of the member alone is made there, and comes back there, without the leader (reference §9.5)', () => {
  const chart = session();
  assert.deepEqual(chart.send(connect({}, { ...serving, isLocal: true })), [
    { type: 'createLocalSession', timeoutMs: 5000, isReadOnly: false },
  ]);
  const [accept] = chart.send(created);
  assert.ok(accept?.type === 'accept' && !accept.isReadOnly);
  assert.equal(chart.state, 'open');
  const again = session();
  const known: MemberState = { ...serving, isLocal: true, session: 'local' };
  assert.deepEqual(again.send(connect({ sessionId: 9, password: PASSWORD }, known)), [
    { type: 'dropOthers', sessionId: 9 },
    { type: 'reviveLocalSession', sessionId: 9, timeoutMs: 5000, password: PASSWORD },
  ]);
  again.send({ type: 'REVALIDATED', valid: true });
  assert.equal(again.state, 'open');
});

test('a member without a leader hangs up on whoever did not say that reading is enough', () => {
  for (const flag of [undefined, false]) {
    for (const sessionId of [0, 9]) {
      const chart = session();
      const effects = chart.send(connect({ sessionId, readOnly: flag }, readOnly));
      assert.deepEqual(
        effects.map(({ type }) => type),
        ['hangUp'],
      );
      assert.equal(chart.state, 'ended');
    }
  }
});

test('a client that only reads is told that it may do no more, until the member finds a leader', () => {
  const chart = session();
  assert.deepEqual(chart.send(connect({ readOnly: true }, readOnly)), [
    { type: 'createLocalSession', timeoutMs: 5000, isReadOnly: true },
  ]);
  const [accept] = chart.send(created);
  assert.ok(accept?.type === 'accept' && accept.isReadOnly && accept.readOnly === true);
  assert.equal(chart.state, 'readOnly');
  assert.equal(chart.send({ type: 'CEASED' })[0]?.type, 'hangUp');
  assert.equal(chart.state, 'ended');
});

test('without a leader a session comes back that the member knows alone; of others nothing is said', () => {
  const known = session();
  const local: MemberState = { ...readOnly, session: 'local' };
  known.send(connect({ sessionId: 9, readOnly: true }, local), {
    type: 'REVALIDATED',
    valid: true,
  });
  assert.equal(known.state, 'readOnly');
  const unknown = session().send(connect({ sessionId: 9, readOnly: true }, readOnly));
  assert.deepEqual(
    unknown.map(({ type }) => type),
    ['hangUp'],
  );
  const over: MemberState = { ...readOnly, session: 'over' };
  assert.deepEqual(session().send(connect({ sessionId: 9, readOnly: true }, over)), [
    { type: 'reject', readOnly: false },
  ]);
});

test('a client that has seen more is hung up on without a leader, too', () => {
  const ahead = connect({ lastZxidSeen: 101, readOnly: true }, readOnly);
  assert.equal(session().send(ahead)[0]?.type, 'hangUp');
});
