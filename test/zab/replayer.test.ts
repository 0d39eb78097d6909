import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Replica } from '../../machines/replica.ts';
import { zxidOf } from '../../machines/zab/zxid.ts';
import { DataTree } from '../../machines/znode/tree.ts';
import { NO_OBSERVER } from '../../machines/znode/tree-observer.ts';
import { Replayer } from '../../runtime/replayer.ts';
import { MemoryStore } from '../../storage/memory/store.ts';
import { runOf, zxids } from './harness/history.ts';

/** More than one slice of a replay. */
const COUNT = 30_000;
const LAST = zxidOf(1, COUNT);

interface Scene {
  readonly replayer: Replayer;
  readonly replica: Replica;
  /** Runs what waits for a later turn; `false` when nothing does. */
  turn(): boolean;
}

/** A log of many txns, and a tree that has none of them. */
function scene(): Scene {
  const store = new MemoryStore({ schedule: (order) => order.complete() });
  store.log.saveEpochs({ acceptedEpoch: 1, currentEpoch: 1 }, () => undefined);
  store.log.append([runOf(...zxids(1, 1, COUNT))], 0, () => undefined);
  const later: (() => void)[] = [];
  const replayer = new Replayer({
    log: store.log,
    clock: {
      now: () => 0,
      wallMs: () => 0,
      setTimeout: () => 0,
      clearTimeout: () => undefined,
    },
    later: (fn) => later.push(fn),
    progress: () => undefined,
    fail: (error) => {
      throw error;
    },
  });
  const turn = () => {
    const next = later.shift();
    next?.();
    return next !== undefined;
  };
  return { replayer, replica: new Replica(new DataTree(store.tree), NO_OBSERVER), turn };
}

test('a replay goes on from turn to turn, and tells its end once', () => {
  const { replayer, replica, turn } = scene();
  let ends = 0;
  replayer.replay(replica, LAST, () => ends++);
  assert.ok(replica.appliedZxid > 0 && replica.appliedZxid < LAST);
  while (turn());
  assert.equal(replica.appliedZxid, LAST);
  assert.equal(ends, 1);
});

test('a second replay goes on where the first one was, which tells nothing any more', () => {
  const { replayer, replica, turn } = scene();
  const ends: string[] = [];
  replayer.replay(replica, LAST, () => ends.push('first'));
  replayer.replay(replica, LAST, () => ends.push('second'));
  while (turn());
  assert.equal(replica.appliedZxid, LAST);
  assert.deepEqual(ends, ['second']);
});

test('a replay that is stopped touches neither log nor tree again', () => {
  const { replayer, replica, turn } = scene();
  replayer.replay(replica, LAST, () => assert.fail('the replay was given up'));
  const reached = replica.appliedZxid;
  replayer.stop();
  while (turn());
  assert.equal(replica.appliedZxid, reached);
});
