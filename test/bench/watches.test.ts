import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Ensemble } from '../ensemble.ts';
import { watchScene } from './watches/scene.ts';

/** `npm run bench:watches` is the same with ten thousand sessions. */
describe('three hundred sessions watch one node', () => {
  let ensemble: Ensemble;
  before(async () => {
    ensemble = await Ensemble.start();
  });
  after(() => ensemble?.stop());

  for (const variant of ['one-shot', 'persistent'] as const) {
    test(`${variant}: every change is told once, in order`, { timeout: 120_000 }, async () => {
      const outcome = await watchScene(ensemble, {
        variant,
        sessions: 300,
        watches: 10,
        changes: 20,
        processes: 1,
        withinMs: 60_000,
      });
      assert.deepEqual(outcome.problems, []);
      assert.equal(outcome.events, outcome.expectedEvents);
      // A persistent watch stands in both tables, and counts twice (reference §7.6).
      assert.equal(outcome.watchesCounted, 300 * 10 * (variant === 'persistent' ? 2 : 1));
    });
  }
});
