import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planSynchronization } from '../../machines/zab/synchronization.ts';
import { zxidOf } from '../../machines/zab/zxid.ts';
import { FakeHistory, zxids } from './harness/history.ts';

/** Reference §11.4, with the whole log in the place of the committed log. */
const purged = new FakeHistory([...zxids(1, 5, 9), ...zxids(3, 1, 4)]);
purged.checkpointZxid = zxidOf(3, 2);
const whole = new FakeHistory([...zxids(1, 1, 9), ...zxids(3, 1, 4)]);
whole.checkpointZxid = zxidOf(1, 4);

const table = [
  { name: 'the learner has all of it', learner: zxidOf(3, 4), plan: 'DIFF', keep: zxidOf(3, 4) },
  { name: 'it lacks the end', learner: zxidOf(3, 1), plan: 'DIFF', keep: zxidOf(3, 1) },
  { name: 'it lacks a whole epoch', learner: zxidOf(1, 9), plan: 'DIFF', keep: zxidOf(1, 9) },
  { name: 'it stands at the head', learner: zxidOf(1, 5), plan: 'DIFF', keep: zxidOf(1, 5) },
  { name: 'it has more of an epoch', learner: zxidOf(1, 12), plan: 'TRUNC', keep: zxidOf(1, 9) },
  { name: 'it has more of the last', learner: zxidOf(3, 8), plan: 'TRUNC', keep: zxidOf(3, 4) },
  { name: 'it has an unknown epoch', learner: zxidOf(2, 1), plan: 'SNAP', keep: undefined },
  { name: 'it has a later epoch', learner: zxidOf(4, 1), plan: 'SNAP', keep: undefined },
  { name: 'it is behind the head', learner: zxidOf(1, 3), plan: 'SNAP', keep: undefined },
  { name: 'it is new', learner: 0, plan: 'SNAP', keep: undefined },
];

for (const { name, learner, plan, keep } of table) {
  test(`a log with a purged head: ${name}`, () => {
    const made = planSynchronization(learner, purged);
    assert.equal(made.mode, plan);
    assert.equal(made.mode === 'SNAP' ? undefined : made.keepThrough, keep);
  });
}

test('a new learner is brought up by DIFF before there is a checkpoint, and by SNAP after', () => {
  assert.deepEqual(planSynchronization(0, whole), { mode: 'SNAP' });
  assert.deepEqual(planSynchronization(0, new FakeHistory(zxids(2, 1, 3))), {
    mode: 'DIFF',
    keepThrough: 0,
  });
});

test('an empty ensemble has nothing to send', () => {
  assert.deepEqual(planSynchronization(0, new FakeHistory()), { mode: 'DIFF', keepThrough: 0 });
});

test('too much history for the memory of a learner is a snapshot', () => {
  assert.equal(planSynchronization(zxidOf(1, 5), purged, purged.lastZxid, 800).mode, 'DIFF');
  assert.equal(planSynchronization(zxidOf(1, 5), purged, purged.lastZxid, 799).mode, 'SNAP');
});

test('a learner whose disk was faster than the leader keeps what it has acknowledged', () => {
  const lastProposed = zxidOf(3, 9);
  for (const learner of [zxidOf(3, 5), zxidOf(3, 9)]) {
    assert.deepEqual(planSynchronization(learner, purged, lastProposed), {
      mode: 'DIFF',
      keepThrough: learner,
    });
  }
  assert.deepEqual(planSynchronization(zxidOf(3, 10), purged, lastProposed), {
    mode: 'TRUNC',
    keepThrough: zxidOf(3, 4),
  });
});

test('what a learner has of an earlier epoch is not taken for a proposal of this one', () => {
  assert.equal(planSynchronization(zxidOf(4, 7), purged, zxidOf(5, 2)).mode, 'SNAP');
  assert.deepEqual(planSynchronization(zxidOf(3, 7), purged, zxidOf(5, 2)), {
    mode: 'TRUNC',
    keepThrough: zxidOf(3, 4),
  });
});
