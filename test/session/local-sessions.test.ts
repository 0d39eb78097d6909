import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LocalSessionIds } from '../../machines/session/local-session-ids.ts';
import { LocalSessions } from '../../machines/session/local-sessions.ts';
import { COUNTER_MAX, EPOCH_LIMIT, zxidOf } from '../../machines/zab/zxid.ts';

const PASSWORD = Buffer.alloc(16, 7);
const INTERVAL_MS = 100;

interface Scene {
  readonly sessions: LocalSessions;
  nowMs: number;
}

function scene(isEnabled = true): Scene {
  const clock = { nowMs: 0 };
  const sessions = new LocalSessions({
    member: 2,
    incarnation: 5,
    isEnabled,
    isUpgrading: true,
    expiryIntervalMs: INTERVAL_MS,
    livedMs: () => clock.nowMs,
  });
  return Object.assign(clock, { sessions });
}

test('an id of a local session is exact, above every zxid, and of one life of one member', () => {
  const life = fc.tuple(fc.integer({ min: 1, max: 255 }), fc.integer({ min: 0, max: 2 ** 21 - 1 }));
  fc.assert(
    fc.property(life, life, (one, other) => {
      const [first, second] = [one, other].map(([member, incarnation]) => {
        const ids = new LocalSessionIds(member, incarnation);
        return [ids.next(), ids.next()];
      });
      for (const id of [...(first ?? []), ...(second ?? [])]) {
        assert.ok(Number.isSafeInteger(id) && id > zxidOf(EPOCH_LIMIT - 1, COUNTER_MAX));
      }
      const isSame = one.join() === other.join();
      assert.equal(new Set([...(first ?? []), ...(second ?? [])]).size, isSame ? 2 : 4);
    }),
  );
  for (const [member, incarnation] of [
    [0, 1],
    [256, 1],
    [1, 2 ** 21],
  ] as const) {
    assert.throws(() => new LocalSessionIds(member, incarnation), { name: 'InvariantViolation' });
  }
});

test('the ids of one life never reach those of the next, which has others', () => {
  const ids = new LocalSessionIds(255, 2 ** 21 - 2);
  const { next, hasGiven } = {
    next: new LocalSessionIds(255, 2 ** 21 - 1).next(),
    hasGiven: (id: number) => ids.hasGiven(id),
  };
  let last = 0;
  while (!ids.isUsedUp) last = ids.next();
  assert.equal(last, next - 1);
  assert.ok(hasGiven(last) && !hasGiven(next));
  assert.throws(() => ids.next(), { name: 'InvariantViolation' });
});

test('a local session lives for its timeout after it was last heard: not less, and at most an interval more', () => {
  const at = scene();
  at.nowMs = 30;
  const { sessionId } = at.sessions.create(1000, PASSWORD, false);
  at.nowMs = 500;
  at.sessions.touch(sessionId);
  at.nowMs = 1500;
  assert.deepEqual(at.sessions.expire(), []);
  at.nowMs = 1600;
  assert.deepEqual(at.sessions.expire(), [sessionId]);
  assert.equal(at.sessions.get(sessionId), undefined);
  assert.equal(at.sessions.revive(sessionId, PASSWORD, 1000), false);
});

test('a client that comes back needs the password, and brings its timeout', () => {
  const at = scene();
  const { sessionId } = at.sessions.create(1000, PASSWORD, false);
  at.nowMs = 800;
  assert.equal(at.sessions.revive(sessionId, Buffer.alloc(16), 9000), false);
  assert.equal(at.sessions.revive(sessionId, PASSWORD, 2000), true);
  assert.equal(at.sessions.get(sessionId)?.timeoutMs, 2000);
  at.nowMs = 2800;
  assert.deepEqual(at.sessions.expire(), []);
  at.nowMs = 2900;
  assert.deepEqual(at.sessions.expire(), [sessionId]);
});

test('a session that becomes global is not expired here, nor known as local', () => {
  const at = scene();
  const { sessionId } = at.sessions.create(1000, PASSWORD, false);
  assert.equal(at.sessions.knowledgeOf(sessionId, false), 'local');
  at.sessions.beginUpgrade(sessionId);
  assert.equal(at.sessions.knowledgeOf(sessionId, false), 'unknown');
  assert.equal(at.sessions.revive(sessionId, PASSWORD, 1000), false);
  at.nowMs = 10_000;
  assert.deepEqual(at.sessions.expire(), []);
  at.sessions.upgraded(sessionId);
  assert.equal(at.sessions.size, 0);
  assert.equal(at.sessions.knowledgeOf(sessionId, true), 'unknown');
});

test('what became of an upgrade that a lost leader was asked for, the tree says', () => {
  const at = scene();
  const [happened, lost, silent] = [1000, 1000, 1000].map((timeoutMs) =>
    at.sessions.create(timeoutMs, PASSWORD, false),
  );
  assert.ok(happened !== undefined && lost !== undefined && silent !== undefined);
  for (const { sessionId } of [happened, lost, silent]) at.sessions.beginUpgrade(sessionId);
  at.nowMs = 900;
  at.sessions.touch(lost.sessionId);
  at.nowMs = 1500;
  at.sessions.settle((sessionId) => sessionId === happened.sessionId);
  assert.equal(at.sessions.get(happened.sessionId), undefined);
  assert.deepEqual(at.sessions.expire(), []);
  at.nowMs = 1600;
  assert.deepEqual(at.sessions.expire(), [silent.sessionId], 'its time has gone on meanwhile');
  assert.equal(at.sessions.revive(lost.sessionId, PASSWORD, 1000), true);
});

test('sessions made without a leader end with that time; those of before do not', () => {
  const at = scene();
  const before = at.sessions.create(1000, PASSWORD, false);
  const without = at.sessions.create(1000, PASSWORD, true);
  at.sessions.endReadOnly();
  assert.equal(at.sessions.knowledgeOf(before.sessionId, false), 'local');
  assert.equal(at.sessions.knowledgeOf(without.sessionId, false), 'over');
  assert.equal(at.sessions.knowledgeOf(before.sessionId + 100, false), 'unknown', 'not given yet');
});

test('new sessions are local where that is enabled, and always without a leader', () => {
  assert.equal(scene(true).sessions.takesNew(false), true);
  assert.equal(scene(false).sessions.takesNew(false), false);
  assert.equal(scene(false).sessions.takesNew(true), true);
});
