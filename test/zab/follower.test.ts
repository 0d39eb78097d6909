import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InvariantViolation } from '../../machines/invariant.ts';
import type { FollowerEvent } from '../../machines/zab/event.ts';
import type { LinkMessage } from '../../machines/zab/message.ts';
import { zxidOf } from '../../machines/zab/zxid.ts';
import { messages, types } from './harness/chart.ts';
import {
  commit,
  delivered,
  FollowerScene,
  LEADER,
  PING,
  proposal,
  sent,
} from './harness/follower-scene.ts';
import { FakeHistory, runOf, zxids } from './harness/history.ts';

// --- discovery

test('a learner says what it has promised, on a link of its own', () => {
  const scene = new FollowerScene();
  const effects = scene.follow();
  assert.deepEqual(types(effects), ['open', 'send']);
  assert.deepEqual(sent(effects, 'FOLLOWERINFO'), { type: 'FOLLOWERINFO', acceptedEpoch: 1 });
  const first = scene.link;
  scene.chart.send({ type: 'ABANDON', reason: 'a test' });
  scene.follow();
  assert.notEqual(scene.link, first);
});

test('a promise leaves only after it is on the disk', () => {
  const scene = new FollowerScene();
  scene.follow();
  const effects = scene.hear({ type: 'LEADERINFO', epoch: 2 });
  assert.deepEqual(types(effects), ['followStream', 'SAVE_EPOCHS']);
  assert.deepEqual(scene.save(1), [], 'the report of an earlier order');
  assert.deepEqual(sent(scene.save(2), 'ACKEPOCH'), {
    type: 'ACKEPOCH',
    currentEpoch: 1,
    lastZxid: zxidOf(1, 3),
  });
});

test('an epoch that was promised before is promised again, and not counted', () => {
  const scene = new FollowerScene(new FakeHistory(zxids(1, 1, 3), 1, 2));
  scene.follow();
  const effects = scene.hear({ type: 'LEADERINFO', epoch: 2 });
  assert.deepEqual(sent(effects, 'ACKEPOCH'), {
    type: 'ACKEPOCH',
    currentEpoch: -1,
    lastZxid: zxidOf(1, 3),
  });
});

test('a leader of an epoch that has passed is not followed', () => {
  const scene = new FollowerScene(new FakeHistory(zxids(1, 1, 3), 1, 3));
  scene.follow();
  assert.ok(types(scene.hear({ type: 'LEADERINFO', epoch: 2 })).includes('LOST'));
  assert.equal(scene.chart.state, 'idle');
});

test('what others say, or the leader on another link, says nothing', () => {
  const scene = new FollowerScene();
  scene.follow();
  assert.deepEqual(scene.hear({ type: 'LEADERINFO', epoch: 2 }, 3), []);
  assert.deepEqual(scene.hear({ type: 'LEADERINFO', epoch: 2 }, LEADER, scene.link - 1), []);
  assert.deepEqual(scene.chart.state, { following: { discovery: 'informing' } });
});

// --- synchronization

test('nothing of a history is written before NEWLEADER, and all of it in one step with the epoch', () => {
  const scene = new FollowerScene();
  scene.promise();
  assert.deepEqual(scene.hear({ type: 'TRUNC', keepThrough: zxidOf(1, 2) }), []);
  const run = runOf(...zxids(1, 3, 5));
  assert.deepEqual(messages(scene.hear({ type: 'RECORDS', run })), ['CREDIT']);
  assert.deepEqual(scene.newLeader(zxidOf(1, 5)), [
    {
      type: 'tell',
      to: 'logger',
      event: {
        type: 'ADOPT',
        keepThrough: zxidOf(1, 2),
        runs: [run],
        snapshot: false,
        currentEpoch: 2,
        committedZxid: 0,
      },
    },
  ]);
});

test('ZOOKEEPER-3911, 4643, 4646, 4785: NEWLEADER is acknowledged once history and epoch are on the disk', () => {
  const scene = new FollowerScene();
  scene.promise();
  scene.hear({ type: 'DIFF', keepThrough: zxidOf(1, 3) });
  scene.hear({ type: 'RECORDS', run: runOf(zxidOf(1, 4)) });
  assert.deepEqual(messages(scene.newLeader(zxidOf(1, 4))), []);
  assert.deepEqual(messages(scene.adopted()), ['ACKNEWLEADER']);
});

test('ZOOKEEPER-4925: a history with a hole is refused', () => {
  const scene = new FollowerScene();
  scene.promise();
  scene.hear({ type: 'DIFF', keepThrough: zxidOf(1, 3) });
  const hole: LinkMessage = { type: 'RECORDS', run: runOf(zxidOf(1, 5)) };
  assert.throws(() => scene.hear(hole), InvariantViolation);
});

test('a history that ends elsewhere than NEWLEADER says is refused', () => {
  const scene = new FollowerScene();
  scene.promise();
  scene.hear({ type: 'DIFF', keepThrough: zxidOf(1, 3) });
  assert.throws(() => scene.newLeader(zxidOf(1, 4)), InvariantViolation);
});

test('what is known to be committed is never cut off', () => {
  const history = new FakeHistory(zxids(1, 1, 3), 1);
  history.committedZxid = zxidOf(1, 3);
  const scene = new FollowerScene(history);
  scene.promise();
  const trunc: LinkMessage = { type: 'TRUNC', keepThrough: zxidOf(1, 2) };
  assert.throws(() => scene.hear(trunc), InvariantViolation);
});

test('ZOOKEEPER-3642: a snapshot that does not come to its end is thrown away', () => {
  const scene = new FollowerScene();
  scene.promise();
  assert.deepEqual(types(scene.hear({ type: 'SNAP', zxid: zxidOf(1, 9) })), ['receiveSnapshot']);
  const piece = { type: 'PIECE', bytes: Buffer.from('x') } as const;
  assert.deepEqual(types(scene.hear(piece)), ['storePiece']);
  const stored: FollowerEvent = { type: 'PIECE_STORED', bytes: 1 };
  assert.deepEqual(messages(scene.chart.send(stored)), ['CREDIT'], 'credit after it is stored');
  const lost = scene.chart.send({
    type: 'LINK_DOWN',
    peer: LEADER,
    link: scene.link,
    reason: 'a test',
  });
  assert.deepEqual(types(lost), ['close', 'unfollow', 'abortSnapshot', 'LOST']);
  assert.deepEqual(scene.chart.send(stored), []);
});

test('ZOOKEEPER-4685: proposals are appended, and acknowledged, after NEWLEADER', () => {
  const scene = new FollowerScene();
  scene.promise();
  scene.stream(1, proposal(zxidOf(2, 1)));
  scene.hear({ type: 'DIFF', keepThrough: zxidOf(1, 3) });
  scene.hear({ type: 'RECORDS', run: runOf(zxidOf(1, 4)) });
  assert.deepEqual(types(scene.newLeader(zxidOf(1, 4))), ['ADOPT']);
  const effects = scene.adopted();
  assert.deepEqual(types(effects), ['send', 'APPEND']);
  assert.deepEqual(messages(effects), ['ACKNEWLEADER']);
});

test('specification issue 1: nothing that is proposed while NEWLEADER is under way is missed', () => {
  const scene = new FollowerScene();
  scene.promise();
  scene.hear({ type: 'DIFF', keepThrough: zxidOf(1, 3) });
  scene.hear({ type: 'RECORDS', run: runOf(zxidOf(1, 4)) });
  scene.newLeader(zxidOf(1, 4));
  assert.deepEqual(scene.stream(1, proposal(zxidOf(2, 1))), [], 'held: the history comes first');
  assert.deepEqual(types(scene.adopted()), ['send', 'APPEND']);
  assert.deepEqual(types(scene.stream(2, proposal(zxidOf(2, 2)))), ['APPEND']);
});

test('specification issue 2: what comes by history and by stream is taken once', () => {
  const scene = new FollowerScene();
  scene.promise();
  scene.stream(6, proposal(zxidOf(2, 1)));
  scene.hear({ type: 'DIFF', keepThrough: zxidOf(1, 3) });
  scene.hear({ type: 'RECORDS', run: runOf(zxidOf(2, 1)) });
  scene.stream(7, proposal(zxidOf(2, 2)));
  scene.newLeader(zxidOf(2, 1), 6);
  const appends = scene.adopted().filter(({ type }) => type === 'tell');
  assert.equal(appends.length, 1);
  assert.deepEqual(types(scene.stream(8, proposal(zxidOf(2, 3)))), ['APPEND']);
});

test('a learner that heard the stream too late starts over', () => {
  const late = new FollowerScene();
  late.promise();
  late.stream(8, PING);
  late.hear({ type: 'DIFF', keepThrough: zxidOf(1, 3) });
  late.hear({ type: 'RECORDS', run: runOf(zxidOf(1, 4)) });
  late.newLeader(zxidOf(1, 4), 6);
  assert.ok(types(late.adopted()).includes('LOST'));

  const later = new FollowerScene();
  later.adopt(6);
  assert.deepEqual(later.chart.state, { following: { synchronization: 'acknowledged' } });
  assert.ok(types(later.stream(8, PING)).includes('LOST'));

  const inTime = new FollowerScene();
  inTime.adopt(6);
  assert.deepEqual(messages(inTime.stream(7, PING)), ['PONG']);
});

test('UPTODATE replays the history, and clients are served after that', () => {
  const scene = new FollowerScene();
  scene.adopt();
  const replay = scene.hear({ type: 'UPTODATE', committedZxid: zxidOf(1, 4) });
  assert.deepEqual(replay, [{ type: 'replay', by: 'follower', through: zxidOf(1, 4) }]);
  const early: FollowerEvent = { type: 'REPLAYED', through: zxidOf(1, 3) };
  assert.deepEqual(scene.chart.send(early), [], 'of an earlier attempt');
  const activated = scene.chart.send({ type: 'REPLAYED', through: zxidOf(1, 4) });
  assert.deepEqual(types(activated), ['ESTABLISHED']);
  assert.deepEqual(scene.chart.state, { following: 'broadcast' });
});

test('ZOOKEEPER-4394: proposals from before UPTODATE are committed after it', () => {
  const scene = new FollowerScene();
  scene.adopt();
  scene.stream(1, proposal(zxidOf(2, 1), zxidOf(2, 2)));
  assert.deepEqual(scene.stream(2, commit(zxidOf(2, 1))), []);
  scene.hear({ type: 'UPTODATE', committedZxid: zxidOf(2, 1) });
  assert.deepEqual(types(scene.stream(3, commit(zxidOf(2, 2)))), []);
  const activated = scene.chart.send({ type: 'REPLAYED', through: zxidOf(1, 4) });
  assert.deepEqual(types(activated), ['ESTABLISHED', 'deliver']);
  assert.deepEqual(delivered(activated), [zxidOf(2, 1), zxidOf(2, 2)]);
});

test('specification issue 3: UPTODATE tells of commits that were made before it', () => {
  const scene = new FollowerScene();
  scene.adopt();
  scene.stream(1, proposal(zxidOf(2, 1)));
  scene.hear({ type: 'UPTODATE', committedZxid: zxidOf(2, 1) });
  const activated = scene.chart.send({ type: 'REPLAYED', through: zxidOf(1, 4) });
  assert.deepEqual(delivered(activated), [zxidOf(2, 1)]);
});

test('UPTODATE may tell of a commit before its proposal has come', () => {
  const scene = new FollowerScene();
  scene.adopt();
  scene.stream(1, proposal(zxidOf(2, 1)));
  scene.hear({ type: 'UPTODATE', committedZxid: zxidOf(2, 3) });
  const activated = scene.chart.send({ type: 'REPLAYED', through: zxidOf(1, 4) });
  assert.deepEqual(delivered(activated), [zxidOf(2, 1)]);
  assert.deepEqual(delivered(scene.stream(2, proposal(zxidOf(2, 2)))), [zxidOf(2, 2)]);
  assert.deepEqual(delivered(scene.stream(3, proposal(zxidOf(2, 3), zxidOf(2, 4)))), [
    zxidOf(2, 3),
  ]);
});
