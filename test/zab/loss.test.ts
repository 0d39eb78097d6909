import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Effect } from '../../machines/effect.ts';
import type { FollowerEvent, LeaderEvent } from '../../machines/zab/event.ts';
import { followerMachine } from '../../machines/zab/follower.ts';
import { leaderMachine } from '../../machines/zab/leader.ts';
import { zxidOf } from '../../machines/zab/zxid.ts';
import { Chart, types } from './harness/chart.ts';
import { FakeHistory, zxids } from './harness/history.ts';
import { REAPING } from './harness/leader-scene.ts';
import { FakeState } from './harness/state.ts';

/** The way of a learner to the broadcast phase, and the state after each event. */
const LINK = (256 + 1) * 2 ** 20 + 1;
const on = { from: 2, link: LINK };
const followerWay: readonly (readonly [event: FollowerEvent, state: string])[] = [
  [{ type: 'FOLLOW', leader: 2 }, 'informing'],
  [{ type: 'LEADERINFO', epoch: 2, ...on }, 'promising'],
  [{ type: 'EPOCHS_SAVED', acceptedEpoch: 2, currentEpoch: 1 }, 'receiving'],
  [{ type: 'DIFF', keepThrough: zxidOf(1, 3), ...on }, 'receiving'],
  [
    {
      type: 'NEWLEADER',
      epoch: 2,
      lastZxid: zxidOf(1, 3),
      committedZxid: 0,
      sequence: 0,
      ...on,
    },
    'adopting',
  ],
  [{ type: 'ADOPTED' }, 'acknowledged'],
  [{ type: 'UPTODATE', committedZxid: zxidOf(1, 3), ...on }, 'replaying'],
  [{ type: 'REPLAYED', through: zxidOf(1, 3) }, 'broadcast'],
];

const followerLosses: readonly FollowerEvent[] = [
  { type: 'LINK_DOWN', peer: 2, link: LINK, reason: 'a test' },
  { type: 'STREAM_DOWN', leader: 2, reason: 'a test' },
  { type: 'GONE', peer: 2 },
  { type: 'ABANDON', reason: 'a test' },
  { type: 'TICK', nowMs: 100_000, wallMs: 0, touched: [] },
];

const bystanderEvents: readonly FollowerEvent[] = [
  { type: 'LINK_DOWN', peer: 2, link: LINK - 1, reason: 'a test' },
  { type: 'LINK_DOWN', peer: 3, link: LINK, reason: 'a test' },
  { type: 'STREAM_DOWN', leader: 3, reason: 'a test' },
  { type: 'GONE', peer: 3 },
];

for (const [at, [, state]] of followerWay.entries()) {
  const arrive = () => {
    const chart = new Chart<FollowerEvent>(followerMachine, {
      self: 1,
      history: new FakeHistory(zxids(1, 1, 3), 1),
      incarnation: 1,
      silenceMs: 500,
    });
    for (const [event] of followerWay.slice(0, at + 1)) chart.send(event);
    assert.match(JSON.stringify(chart.state), new RegExp(state));
    return chart;
  };

  for (const loss of followerLosses) {
    test(`${loss.type} takes a follower in ${state} (${at}) back to idle, once, with its link closed`, () => {
      const chart = arrive();
      const effects = chart.send(loss, loss);
      assert.equal(chart.state, 'idle');
      assert.equal(types(effects).filter((type) => type === 'LOST').length, 1);
      assert.equal(types(effects).filter((type) => type === 'close').length, 1);
      assert.equal(types(effects).includes('unfollow'), at > 0);
    });
  }

  test(`what happens to others does not touch a follower in ${state} (${at})`, () => {
    const chart = arrive();
    assert.deepEqual(chart.send(...bystanderEvents), []);
    assert.match(JSON.stringify(chart.state), new RegExp(state));
  });
}

const leaderWay: readonly (readonly [event: LeaderEvent, state: string])[] = [
  [{ type: 'LEAD' }, 'gathering'],
  [{ type: 'FOLLOWERINFO', acceptedEpoch: 1, ...on }, 'promising'],
  [{ type: 'EPOCHS_SAVED', acceptedEpoch: 2, currentEpoch: 1 }, 'inviting'],
  [{ type: 'ACKEPOCH', currentEpoch: 1, lastZxid: zxidOf(1, 3), ...on }, 'claiming'],
  [{ type: 'EPOCHS_SAVED', acceptedEpoch: 2, currentEpoch: 2 }, 'synchronization'],
  [{ type: 'CAUGHT_UP', peer: 2, link: LINK, through: zxidOf(1, 3) }, 'synchronization'],
  [{ type: 'ACKNEWLEADER', epoch: 2, ...on }, 'replaying'],
  [{ type: 'REPLAYED', through: zxidOf(1, 3) }, 'broadcast'],
];

const leaderLosses: readonly LeaderEvent[] = [
  { type: 'LINK_DOWN', peer: 2, link: LINK, reason: 'a test' },
  { type: 'ABANDON', reason: 'a test' },
  { type: 'TICK', nowMs: 100_000, wallMs: 0, touched: [] },
];

for (const [at, [, state]] of leaderWay.entries()) {
  for (const loss of leaderLosses) {
    // Before there is an epoch a link that ends costs nothing.
    if (at === 0 && loss.type === 'LINK_DOWN') continue;
    test(`${loss.type} takes a leader in ${state} (${at}) back to idle, once, with nothing left open`, () => {
      const chart = new Chart<LeaderEvent>(leaderMachine, {
        self: 1,
        voters: [1, 2, 3],
        history: new FakeHistory(zxids(1, 1, 3), 1),
        state: new FakeState(),
        silenceMs: 500,
        establishMs: 5000,
        expiryIntervalMs: 100,
        reaping: REAPING,
      });
      for (const [event] of leaderWay.slice(0, at + 1)) chart.send(event);
      assert.match(JSON.stringify(chart.state), new RegExp(state));
      const effects: Effect[] = chart.send(loss, loss);
      assert.equal(chart.state, 'idle');
      const lost = types(effects);
      assert.equal(lost.filter((type) => type === 'LOST').length, 1);
      assert.equal(lost.includes('close'), at > 0);
      assert.equal(lost.includes('closeStream'), at >= 4);
    });
  }
}
