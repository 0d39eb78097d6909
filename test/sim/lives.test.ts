import assert from 'node:assert/strict';
import { test } from 'node:test';
import { liveAll } from './batch.ts';
import { failureText } from './failure-text.ts';
import { FAULTS } from './faults/nemesis.ts';

/** Short lives; longer ones, and more of them: `npm run sim -- --seeds 1..1000`. */
const LIVES = 100;
const BATCH = 20;
const SAFETY_MS = 6000;

const counts = new Map<string, number>();

for (let first = 1; first <= LIVES; first += BATCH) {
  const last = first + BATCH - 1;
  test(`lives ${first} to ${last} keep every promise, whatever goes wrong`, () => {
    const report = liveAll({ first, last, safetyMs: SAFETY_MS });
    const { failure } = report;
    if (failure !== undefined) assert.fail(failureText(failure, { minutes: SAFETY_MS / 60_000 }));
    assert.equal(report.lives, BATCH);
    assert.ok(report.acknowledged > 0, 'clients were served');
    for (const [what, count] of report.counts) counts.set(what, (counts.get(what) ?? 0) + count);
  });
}

test('every kind of fault happened in some of these lives', () => {
  const missing = FAULTS.filter(({ kind }) => !counts.has(kind)).map(({ kind }) => kind);
  assert.deepEqual(missing, []);
  for (const besides of [
    'checkpoint',
    'snapshot installed',
    'session closed',
    'session expired (as seen by a member)',
    'session moved',
    'session made global (as seen by a member)',
    'served without a leader',
  ]) {
    assert.ok(counts.has(besides), besides);
  }
});
