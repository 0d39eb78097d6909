import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { SessionTracker } from '../../machines/session/expiry.ts';

const INTERVAL_MS = 100;

test('a session is due at the end of its bucket: never early, at most one interval late', () => {
  const tracker = new SessionTracker(INTERVAL_MS, 0);
  tracker.track(1, 1000, 30);
  assert.deepEqual(tracker.due(1030), []);
  assert.deepEqual(tracker.due(1099), []);
  assert.deepEqual(tracker.due(1100), [1]);
  assert.deepEqual(tracker.due(5000), [], 'once');
});

test('a touch gives the whole time again, with another timeout that one', () => {
  const tracker = new SessionTracker(INTERVAL_MS, 0);
  tracker.track(1, 1000, 0);
  assert.equal(tracker.touch(1, 500), true);
  assert.deepEqual(tracker.due(1500), []);
  assert.deepEqual(tracker.due(1600), [1]);
  assert.equal(tracker.touch(2, 500), false);
  tracker.track(3, 5000, 1600);
  tracker.track(3, 1000, 1610);
  assert.deepEqual(tracker.due(2600), []);
  assert.deepEqual(tracker.due(2700), [3], 'what its client agreed to last');
  tracker.track(4, 1000, 2700);
  tracker.track(4, 5000, 2710);
  assert.deepEqual(tracker.due(7700), []);
  assert.deepEqual(tracker.due(7800), [4]);
});

test('a session that is due and touched lives on; one that is removed is forgotten', () => {
  const tracker = new SessionTracker(INTERVAL_MS, 0);
  tracker.track(1, 100, 0);
  tracker.track(2, 100, 0);
  tracker.remove(2);
  assert.deepEqual(tracker.due(1000), [1]);
  tracker.touch(1, 1000);
  assert.deepEqual(tracker.due(1100), []);
  assert.deepEqual(tracker.due(1200), [1]);
  tracker.remove(1);
  tracker.remove(1);
  assert.equal(tracker.size, 0);
});

test('whatever is touched when, every session is due in its time', () => {
  const step = fc.record({
    sessionId: fc.integer({ min: 1, max: 5 }),
    waitMs: fc.integer({ min: 0, max: 400 }),
    does: fc.constantFrom('touch', 'track', 'remove'),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const timeoutMs = 500;
      const tracker = new SessionTracker(INTERVAL_MS, 0);
      const heardMs = new Map<number, number>();
      let nowMs = 0;
      for (const { sessionId, waitMs, does } of steps) {
        nowMs += waitMs;
        for (const due of tracker.due(nowMs)) {
          const silentMs = nowMs - (heardMs.get(due) ?? Number.NaN);
          assert.ok(silentMs >= timeoutMs, `session ${due} after ${silentMs} ms`);
          tracker.remove(due);
          heardMs.delete(due);
        }
        for (const [known, sinceMs] of heardMs) {
          assert.ok(nowMs - sinceMs <= timeoutMs + INTERVAL_MS, `session ${known} is still there`);
        }
        if (does === 'track') tracker.track(sessionId, timeoutMs, nowMs);
        if (does === 'remove') tracker.remove(sessionId);
        const isKnown = does === 'track' || tracker.touch(sessionId, nowMs);
        if (isKnown) heardMs.set(sessionId, nowMs);
        else heardMs.delete(sessionId);
      }
      assert.equal(tracker.size, heardMs.size);
    }),
    { seed: 1 },
  );
});
