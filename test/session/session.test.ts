import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ConnectRequest } from '../../machines/jute/request.ts';
import {
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
const serving = { isServing: true, appliedZxid: 100 };
const looking = { isServing: false, appliedZxid: 100 };

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
    { type: 'accept', sessionId: 9, timeoutMs: 5000, password: PASSWORD, readOnly: undefined },
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
