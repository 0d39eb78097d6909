import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InvariantViolation } from '../../machines/invariant.ts';
import type { FollowerEvent } from '../../machines/zab/event.ts';
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

// --- broadcast

test('a proposal is acknowledged when it is on the disk', () => {
  const scene = new FollowerScene();
  scene.activate();
  const effects = scene.stream(1, proposal(zxidOf(2, 1)));
  assert.deepEqual(types(effects), ['APPEND']);
  const appended: FollowerEvent = { type: 'APPENDED', zxid: zxidOf(2, 1) };
  assert.deepEqual(sent(scene.chart.send(appended), 'ACK'), { type: 'ACK', zxid: zxidOf(2, 1) });
});

test('a commit delivers what was proposed, once and in order', () => {
  const scene = new FollowerScene();
  scene.activate();
  scene.stream(1, proposal(zxidOf(2, 1), zxidOf(2, 2), zxidOf(2, 3)));
  assert.deepEqual(delivered(scene.stream(2, commit(zxidOf(2, 2)))), [zxidOf(2, 1), zxidOf(2, 2)]);
  assert.deepEqual(scene.stream(3, commit(zxidOf(2, 1))), []);
  assert.deepEqual(delivered(scene.stream(4, commit(zxidOf(2, 3)))), [zxidOf(2, 3)]);
});

test('a commit on the stream of what was never proposed there stops the member', () => {
  const scene = new FollowerScene();
  scene.activate();
  assert.throws(() => scene.stream(1, commit(zxidOf(2, 1))), InvariantViolation);
});

test('a proposal that is not the next one, or of another epoch, stops the member', () => {
  for (const zxid of [zxidOf(2, 2), zxidOf(1, 5), zxidOf(3, 1)]) {
    const scene = new FollowerScene();
    scene.activate();
    assert.throws(() => scene.stream(1, proposal(zxid)), InvariantViolation);
  }
});

test('streams of other leaders and of other epochs are not heard', () => {
  const scene = new FollowerScene();
  scene.activate();
  assert.deepEqual(scene.stream(1, proposal(zxidOf(2, 1)), 3), []);
  assert.deepEqual(scene.stream(1, proposal(zxidOf(2, 1)), LEADER, 1), []);
});

test('requests go out only while the follower is active', () => {
  const scene = new FollowerScene();
  const submit: FollowerEvent = { type: 'SUBMIT', message: { type: 'SYNC', requestId: 7 } };
  assert.deepEqual(scene.chart.send(submit), []);
  scene.adopt();
  assert.deepEqual(scene.chart.send(submit), []);
  scene.hear({ type: 'UPTODATE', committedZxid: zxidOf(1, 4) });
  scene.chart.send({ type: 'REPLAYED', through: zxidOf(1, 4) });
  assert.deepEqual(messages(scene.chart.send(submit)), ['SYNC']);
});

// --- life signs

test('a learner gives signs of life in every state, with the sessions it heard from', () => {
  const scene = new FollowerScene();
  scene.follow();
  assert.deepEqual(messages(scene.tick(50)), ['PONG'], 'while it waits for the epoch');
  scene.hear({ type: 'LEADERINFO', epoch: 2 });
  assert.deepEqual(messages(scene.tick(100)), ['PONG'], 'while its promise is written');
  scene.save(2);
  scene.hear({ type: 'DIFF', keepThrough: zxidOf(1, 3) });
  scene.newLeader(zxidOf(1, 3));
  assert.deepEqual(messages(scene.tick(150)), ['PONG'], 'while the history is written');
  scene.chart.send({ type: 'ADOPTED' });
  assert.deepEqual(sent(scene.tick(200, [5]), 'PONG'), { type: 'PONG', round: 0, touched: [5] });
  assert.deepEqual(sent(scene.tick(250), 'PONG'), { type: 'PONG', round: 0, touched: [] });
});

test('a silent leader is lost, one that only says HOLD before it has an epoch is not', () => {
  const scene = new FollowerScene();
  scene.tick(1000);
  scene.follow();
  scene.tick(1400);
  scene.hear({ type: 'HOLD' });
  assert.equal(types(scene.tick(1900)).includes('LOST'), false);
  scene.hear({ type: 'HOLD' }, LEADER, scene.link - 1);
  assert.ok(types(scene.tick(1901)).includes('LOST'));
});

test('a leader that is heard on the link only, or on the stream only, is lost', () => {
  for (const [onLink, onStream, lostMs] of [
    [true, true, undefined],
    [true, false, 550],
    [false, true, 700],
  ] as const) {
    const scene = new FollowerScene();
    scene.activate();
    let foundMs: number | undefined;
    for (let beat = 1; beat <= 20; beat++) {
      if (onLink) scene.hear({ type: 'HOLD' });
      if (onStream) scene.stream(beat, PING);
      if (types(scene.tick(beat * 50)).includes('LOST')) foundMs ??= beat * 50;
    }
    assert.equal(foundMs, lostMs);
  }
});

test('the round of a PING is answered at once', () => {
  const scene = new FollowerScene();
  scene.activate();
  const effects = scene.stream(1, { type: 'PING', round: 9, zxid: zxidOf(1, 4), digest: 5 });
  assert.deepEqual(sent(effects, 'PONG'), { type: 'PONG', round: 9, touched: [] });
  assert.ok(types(effects).includes('compareDigest'));
});

test('a heartbeat of a round that was answered is answered with the next beat, and its probe', () => {
  const scene = new FollowerScene();
  scene.activate();
  const heartbeat = { type: 'PING', round: 9, zxid: zxidOf(1, 4), digest: 5 } as const;
  scene.stream(1, heartbeat);
  const effects = scene.stream(2, heartbeat);
  assert.deepEqual(messages(effects), []);
  assert.ok(types(effects).includes('compareDigest'));
  const beat = scene.tick(50, [5]);
  assert.deepEqual(sent(beat, 'PONG'), { type: 'PONG', round: 9, touched: [5] });
  assert.deepEqual(types(beat), ['probe', 'send']);
});

test('ZOOKEEPER-4541, 4712: what an earlier attempt had ordered says nothing to the next', () => {
  const scene = new FollowerScene();
  scene.adopt();
  scene.stream(1, proposal(zxidOf(2, 1)));
  scene.chart.send({ type: 'STREAM_DOWN', leader: LEADER, reason: 'a test' });
  assert.equal(scene.chart.state, 'idle');
  const stale: FollowerEvent[] = [
    { type: 'APPENDED', zxid: zxidOf(2, 1) },
    { type: 'ADOPTED' },
    { type: 'REPLAYED', through: zxidOf(1, 4) },
    { type: 'PIECE_STORED', bytes: 1 },
    { type: 'EPOCHS_SAVED', acceptedEpoch: 2, currentEpoch: 1 },
  ];
  assert.deepEqual(scene.chart.send(...stale), []);
  scene.follow();
  assert.deepEqual(scene.chart.send(...stale), []);
  assert.deepEqual(scene.chart.state, { following: { discovery: 'informing' } });
});
