import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Effect } from '../../machines/effect.ts';
import { InvariantViolation } from '../../machines/invariant.ts';
import type { FollowerEvent } from '../../machines/zab/event.ts';
import { followerMachine } from '../../machines/zab/follower.ts';
import type { LinkMessage, StreamMessage } from '../../machines/zab/message.ts';
import { zxidOf } from '../../machines/zab/zxid.ts';
import { Chart, messages, types } from './harness/chart.ts';
import { FakeHistory, runOf, zxids } from './harness/history.ts';

const LEADER = 2;
const SILENCE_MS = 500;
const PING: StreamMessage = { type: 'PING', round: 1, zxid: 0, digest: 0 };

/** A follower alone, and the leader's words for it. */
class Scene {
  readonly history: FakeHistory;
  readonly chart: Chart<FollowerEvent>;
  link = 0;

  constructor(history = new FakeHistory(zxids(1, 1, 3), 1)) {
    this.history = history;
    this.chart = new Chart(followerMachine, {
      self: 1,
      history,
      incarnation: 1,
      silenceMs: SILENCE_MS,
    });
  }

  follow(): Effect[] {
    const effects = this.chart.send({ type: 'FOLLOW', leader: LEADER });
    const open = effects.find(({ type }) => type === 'open');
    assert.ok(open?.type === 'open');
    this.link = open.link;
    return effects;
  }

  hear(message: Exclude<LinkMessage, ToLeader>, from = LEADER, link = this.link): Effect[] {
    return this.chart.send({ ...message, from, link });
  }

  stream(sequence: number, message: StreamMessage, from = LEADER, stream = 2): Effect[] {
    return this.chart.send({ type: 'BROADCAST', from, stream, sequence, message });
  }

  tick(nowMs: number, touched: readonly number[] = []): Effect[] {
    return this.chart.send({ type: 'TICK', nowMs, wallMs: nowMs, touched });
  }

  /** Epoch 2 is promised. */
  promise(): Effect[] {
    this.follow();
    this.hear({ type: 'LEADERINFO', epoch: 2 });
    return this.save(2);
  }

  save(acceptedEpoch: number): Effect[] {
    const { currentEpoch } = this.history.epochs;
    this.history.epochs = { acceptedEpoch, currentEpoch };
    return this.chart.send({ type: 'EPOCHS_SAVED', acceptedEpoch, currentEpoch });
  }

  newLeader(lastZxid: number, sequence = 0): Effect[] {
    const committedZxid = this.history.committedZxid;
    return this.hear({ type: 'NEWLEADER', epoch: 2, lastZxid, committedZxid, sequence });
  }

  /** Adopted: it has what it had, and 1:4. */
  adopt(sequence = 0): Effect[] {
    this.promise();
    this.hear({ type: 'DIFF', keepThrough: zxidOf(1, 3) });
    this.hear({ type: 'RECORDS', run: runOf(zxidOf(1, 4)) });
    this.newLeader(zxidOf(1, 4), sequence);
    return this.adopted();
  }

  adopted(): Effect[] {
    this.history.zxids.push(zxidOf(1, 4));
    this.history.epochs = { acceptedEpoch: 2, currentEpoch: 2 };
    return this.chart.send({ type: 'ADOPTED' });
  }

  activate(): Effect[] {
    this.adopt();
    this.hear({ type: 'UPTODATE', committedZxid: zxidOf(1, 4) });
    return this.chart.send({ type: 'REPLAYED', through: zxidOf(1, 4) });
  }
}

type ToLeader = Extract<
  LinkMessage,
  {
    type:
      | 'FOLLOWERINFO'
      | 'ACKEPOCH'
      | 'ACKNEWLEADER'
      | 'ACK'
      | 'PONG'
      | 'REQUEST'
      | 'SYNC'
      | 'REVALIDATE'
      | 'CREDIT';
  }
>;

function sent(effects: readonly Effect[], type: LinkMessage['type']): LinkMessage | undefined {
  const effect = effects.find((one) => one.type === 'send' && one.message.type === type);
  return effect?.type === 'send' ? effect.message : undefined;
}

const proposal = (...of: number[]): StreamMessage => ({ type: 'PROPOSAL', run: runOf(...of) });
const commit = (zxid: number): StreamMessage => ({ type: 'COMMIT', zxid });

// --- discovery

test('a learner says what it has promised, on a link of its own', () => {
  const scene = new Scene();
  const effects = scene.follow();
  assert.deepEqual(types(effects), ['open', 'send']);
  assert.deepEqual(sent(effects, 'FOLLOWERINFO'), { type: 'FOLLOWERINFO', acceptedEpoch: 1 });
  const first = scene.link;
  scene.chart.send({ type: 'ABANDON', reason: 'a test' });
  scene.follow();
  assert.notEqual(scene.link, first);
});

test('a promise leaves only after it is on the disk', () => {
  const scene = new Scene();
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
  const scene = new Scene(new FakeHistory(zxids(1, 1, 3), 1, 2));
  scene.follow();
  const effects = scene.hear({ type: 'LEADERINFO', epoch: 2 });
  assert.deepEqual(sent(effects, 'ACKEPOCH'), {
    type: 'ACKEPOCH',
    currentEpoch: -1,
    lastZxid: zxidOf(1, 3),
  });
});

test('a leader of an epoch that has passed is not followed', () => {
  const scene = new Scene(new FakeHistory(zxids(1, 1, 3), 1, 3));
  scene.follow();
  assert.ok(types(scene.hear({ type: 'LEADERINFO', epoch: 2 })).includes('LOST'));
  assert.equal(scene.chart.state, 'idle');
});

test('what others say, or the leader on another link, says nothing', () => {
  const scene = new Scene();
  scene.follow();
  assert.deepEqual(scene.hear({ type: 'LEADERINFO', epoch: 2 }, 3), []);
  assert.deepEqual(scene.hear({ type: 'LEADERINFO', epoch: 2 }, LEADER, scene.link - 1), []);
  assert.deepEqual(scene.chart.state, { following: { discovery: 'informing' } });
});

// --- synchronization

test('nothing of a history is written before NEWLEADER, and all of it in one step with the epoch', () => {
  const scene = new Scene();
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
  const scene = new Scene();
  scene.promise();
  scene.hear({ type: 'DIFF', keepThrough: zxidOf(1, 3) });
  scene.hear({ type: 'RECORDS', run: runOf(zxidOf(1, 4)) });
  assert.deepEqual(messages(scene.newLeader(zxidOf(1, 4))), []);
  assert.deepEqual(messages(scene.adopted()), ['ACKNEWLEADER']);
});

test('ZOOKEEPER-4925: a history with a hole is refused', () => {
  const scene = new Scene();
  scene.promise();
  scene.hear({ type: 'DIFF', keepThrough: zxidOf(1, 3) });
  const hole: LinkMessage = { type: 'RECORDS', run: runOf(zxidOf(1, 5)) };
  assert.throws(() => scene.hear(hole), InvariantViolation);
});

test('a history that ends elsewhere than NEWLEADER says is refused', () => {
  const scene = new Scene();
  scene.promise();
  scene.hear({ type: 'DIFF', keepThrough: zxidOf(1, 3) });
  assert.throws(() => scene.newLeader(zxidOf(1, 4)), InvariantViolation);
});

test('what is known to be committed is never cut off', () => {
  const history = new FakeHistory(zxids(1, 1, 3), 1);
  history.committedZxid = zxidOf(1, 3);
  const scene = new Scene(history);
  scene.promise();
  const trunc: LinkMessage = { type: 'TRUNC', keepThrough: zxidOf(1, 2) };
  assert.throws(() => scene.hear(trunc), InvariantViolation);
});

test('ZOOKEEPER-3642: a snapshot that does not come to its end is thrown away', () => {
  const scene = new Scene();
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
  const scene = new Scene();
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
  const scene = new Scene();
  scene.promise();
  scene.hear({ type: 'DIFF', keepThrough: zxidOf(1, 3) });
  scene.hear({ type: 'RECORDS', run: runOf(zxidOf(1, 4)) });
  scene.newLeader(zxidOf(1, 4));
  assert.deepEqual(scene.stream(1, proposal(zxidOf(2, 1))), [], 'held: the history comes first');
  assert.deepEqual(types(scene.adopted()), ['send', 'APPEND']);
  assert.deepEqual(types(scene.stream(2, proposal(zxidOf(2, 2)))), ['APPEND']);
});

test('specification issue 2: what comes by history and by stream is taken once', () => {
  const scene = new Scene();
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
  const late = new Scene();
  late.promise();
  late.stream(8, PING);
  late.hear({ type: 'DIFF', keepThrough: zxidOf(1, 3) });
  late.hear({ type: 'RECORDS', run: runOf(zxidOf(1, 4)) });
  late.newLeader(zxidOf(1, 4), 6);
  assert.ok(types(late.adopted()).includes('LOST'));

  const later = new Scene();
  later.adopt(6);
  assert.deepEqual(later.chart.state, { following: { synchronization: 'acknowledged' } });
  assert.ok(types(later.stream(8, PING)).includes('LOST'));

  const inTime = new Scene();
  inTime.adopt(6);
  assert.deepEqual(messages(inTime.stream(7, PING)), ['PONG']);
});

test('UPTODATE replays the history, and clients are served after that', () => {
  const scene = new Scene();
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
  const scene = new Scene();
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
  const scene = new Scene();
  scene.adopt();
  scene.stream(1, proposal(zxidOf(2, 1)));
  scene.hear({ type: 'UPTODATE', committedZxid: zxidOf(2, 1) });
  const activated = scene.chart.send({ type: 'REPLAYED', through: zxidOf(1, 4) });
  assert.deepEqual(delivered(activated), [zxidOf(2, 1)]);
});

test('UPTODATE may tell of a commit before its proposal has come', () => {
  const scene = new Scene();
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

// --- broadcast

test('a proposal is acknowledged when it is on the disk', () => {
  const scene = new Scene();
  scene.activate();
  const effects = scene.stream(1, proposal(zxidOf(2, 1)));
  assert.deepEqual(types(effects), ['APPEND']);
  const appended: FollowerEvent = { type: 'APPENDED', zxid: zxidOf(2, 1) };
  assert.deepEqual(sent(scene.chart.send(appended), 'ACK'), { type: 'ACK', zxid: zxidOf(2, 1) });
});

test('a commit delivers what was proposed, once and in order', () => {
  const scene = new Scene();
  scene.activate();
  scene.stream(1, proposal(zxidOf(2, 1), zxidOf(2, 2), zxidOf(2, 3)));
  assert.deepEqual(delivered(scene.stream(2, commit(zxidOf(2, 2)))), [zxidOf(2, 1), zxidOf(2, 2)]);
  assert.deepEqual(scene.stream(3, commit(zxidOf(2, 1))), []);
  assert.deepEqual(delivered(scene.stream(4, commit(zxidOf(2, 3)))), [zxidOf(2, 3)]);
});

test('a commit on the stream of what was never proposed there stops the member', () => {
  const scene = new Scene();
  scene.activate();
  assert.throws(() => scene.stream(1, commit(zxidOf(2, 1))), InvariantViolation);
});

test('a proposal that is not the next one, or of another epoch, stops the member', () => {
  for (const zxid of [zxidOf(2, 2), zxidOf(1, 5), zxidOf(3, 1)]) {
    const scene = new Scene();
    scene.activate();
    assert.throws(() => scene.stream(1, proposal(zxid)), InvariantViolation);
  }
});

test('streams of other leaders and of other epochs are not heard', () => {
  const scene = new Scene();
  scene.activate();
  assert.deepEqual(scene.stream(1, proposal(zxidOf(2, 1)), 3), []);
  assert.deepEqual(scene.stream(1, proposal(zxidOf(2, 1)), LEADER, 1), []);
});

test('requests go out only while the follower is active', () => {
  const scene = new Scene();
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
  const scene = new Scene();
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

test('a silent leader is lost, one that only says HOLD is not', () => {
  const scene = new Scene();
  scene.tick(1000);
  scene.follow();
  scene.tick(1400);
  scene.hear({ type: 'HOLD' });
  assert.equal(types(scene.tick(1900)).includes('LOST'), false);
  scene.hear({ type: 'HOLD' }, LEADER, scene.link - 1);
  assert.ok(types(scene.tick(1901)).includes('LOST'));
});

test('the round of a PING is answered at once', () => {
  const scene = new Scene();
  scene.activate();
  const effects = scene.stream(1, { type: 'PING', round: 9, zxid: zxidOf(1, 4), digest: 5 });
  assert.deepEqual(sent(effects, 'PONG'), { type: 'PONG', round: 9, touched: [] });
  assert.ok(types(effects).includes('compareDigest'));
});

test('ZOOKEEPER-4541, 4712: what an earlier attempt had ordered says nothing to the next', () => {
  const scene = new Scene();
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

function delivered(effects: readonly Effect[]): number[] {
  return effects.flatMap((effect) =>
    effect.type === 'deliver' ? effect.txns.map(({ zxid }) => zxid) : [],
  );
}
