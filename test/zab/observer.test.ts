import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Effect } from '../../machines/effect.ts';
import { electorMachine } from '../../machines/zab/elector.ts';
import type { ElectorEvent, MemberEvent } from '../../machines/zab/event.ts';
import { memberMachine } from '../../machines/zab/member.ts';
import { type Notification, PeerState } from '../../machines/zab/vote.ts';
import { zxidOf } from '../../machines/zab/zxid.ts';
import { Chart, messages, types } from './harness/chart.ts';
import { commit, delivered, FollowerScene, proposal, sent } from './harness/follower-scene.ts';
import { FakeHistory, zxids } from './harness/history.ts';
import { committed, LeaderScene, SILENCE_MS, sentTo } from './harness/leader-scene.ts';

/** Members without a vote (reference §9.6), as each of the charts sees them. */

const { looking, following, leading, observing } = PeerState;

// --- the elector

/** The elector of member 4, which has no vote among 1, 2 and 3; or of another member. */
function elector(self = 4): Chart<ElectorEvent> {
  const chart = new Chart<ElectorEvent>(electorMachine, {
    self,
    voters: [1, 2, 3],
    finalizeWaitMs: 100,
    announceMinMs: 200,
    announceMaxMs: 1000,
  });
  return chart;
}

function look(chart: Chart<ElectorEvent>): Effect[] {
  return chart.send({ type: 'LOOK', zxid: zxidOf(9, 9), currentEpoch: 9 });
}

function says(from: number, state: PeerState, changes: Partial<Notification> = {}): ElectorEvent {
  const notification = { leader: 3, zxid: zxidOf(1, 5), peerEpoch: 1, state, round: 7, ...changes };
  return { type: 'NOTIFICATION', from, notification };
}

function votes(effects: readonly Effect[]): { to: number | 'all'; notification: Notification }[] {
  return effects.flatMap((effect) => (effect.type === 'vote' ? [effect] : []));
}

function elected(effects: readonly Effect[]): number | undefined {
  for (const effect of effects) {
    if (effect.type === 'tell' && effect.event.type === 'ELECTED') return effect.event.leader;
  }
  return undefined;
}

const abandons = (effects: readonly Effect[]) =>
  effects.some((effect) => effect.type === 'tell' && effect.event.type === 'ABANDON');

test('an observer asks everybody whom they follow, again and again, and says that it only asks', () => {
  const chart = elector();
  const [question] = votes(look(chart));
  assert.equal(question?.to, 'all');
  assert.equal(question.notification.state, observing);
  assert.equal(votes(chart.pass(200))[0]?.notification.state, observing);
});

test('an observer elects nobody, not even itself with the best history: it waits until others have', () => {
  const chart = elector();
  look(chart);
  chart.send(says(1, looking), says(2, looking), says(3, looking));
  assert.equal(elected(chart.pass(10_000)), undefined);
  assert.deepEqual(chart.state, { looking: 'polling' });
});

test('an observer joins the leader that a quorum of voters follows, by its own word', () => {
  const chart = elector();
  look(chart);
  assert.equal(elected(chart.send(says(2, following))), undefined);
  assert.equal(elected(chart.send(says(5, following))), undefined, 'no voter');
  const effects = chart.send(says(3, leading));
  assert.equal(elected(effects), 3);
  assert.deepEqual(votes(effects), [], 'it has nothing to tell');
});

test('a settled observer answers nobody', () => {
  const chart = elector();
  look(chart);
  chart.send(says(2, following), says(3, leading));
  assert.equal(chart.state, 'settled');
  assert.deepEqual(chart.send(says(1, looking), says(5, observing)), []);
});

test('an observer has no rounds of its own: it knows a leader that looks again, however often it has looked itself', () => {
  const chart = elector();
  for (let times = 0; times < 20; times++) {
    chart.send({ type: 'UNSETTLED' });
    look(chart);
    chart.send(says(2, following), says(3, leading));
  }
  assert.equal(chart.state, 'settled');
  assert.ok(abandons(chart.send(says(3, looking, { round: 8 }))));
});

test('a vote for a member that has lost its own is taken back, in a round that all hear', () => {
  const chart = elector(1);
  look(chart);
  const better = { leader: 3, zxid: zxidOf(9, 10), peerEpoch: 9, round: 12 };
  assert.equal(votes(chart.send(says(3, looking, better)))[0]?.notification.leader, 3);
  const [vote] = votes(chart.send(says(3, observing, { ...better, round: 0 })));
  assert.equal(vote?.to, 'all');
  assert.equal(vote.notification.leader, 1);
  assert.equal(vote.notification.round, 13);
  assert.deepEqual(chart.send(says(3, observing, { ...better, round: 0 })), [], 'once');
});

test('a settled voter tells an observer whom it follows', () => {
  const chart = elector(1);
  look(chart);
  chart.send(says(2, following), says(3, leading));
  const [answer] = votes(chart.send(says(4, observing, { leader: 4 })));
  assert.equal(answer?.to, 4);
  assert.equal(answer.notification.leader, 3);
  assert.equal(answer.notification.state, following);
});

test('what an observer says is no vote, and takes back what it said when it had one', () => {
  const chart = elector(1);
  look(chart);
  const vote = { leader: 1, zxid: zxidOf(9, 9), peerEpoch: 9, round: 1 };
  assert.deepEqual(chart.send(says(2, observing, vote)), []);
  assert.equal(elected(chart.pass(1000)), undefined, 'one vote of three');
  chart.send(says(2, looking, vote));
  assert.deepEqual(chart.state, { looking: 'finalizing' });
  chart.send(says(2, observing, vote));
  assert.deepEqual(chart.state, { looking: 'polling' });
  assert.equal(elected(chart.pass(1000)), undefined);
});

test('what was settled with a member that has no vote any more is not settled', () => {
  const chart = elector();
  look(chart);
  chart.send(says(2, following), says(2, observing));
  assert.equal(elected(chart.send(says(3, leading))), undefined);
  assert.equal(elected(chart.send(says(1, following))), 3);
});

test('a leader that comes back without a vote is followed no more', () => {
  const chart = elector(1);
  look(chart);
  chart.send(says(2, following), says(3, leading));
  assert.equal(abandons(chart.send(says(4, observing))), false, 'not the leader');
  const effects = chart.send(says(3, observing));
  assert.ok(abandons(effects));
  assert.equal(votes(effects)[0]?.to, 3, 'and it is told what it asks');
});

// --- the member

test('an observer serves as one', () => {
  const history = new FakeHistory(zxids(1, 1, 3), 1);
  const chart = new Chart<MemberEvent>(memberMachine, { self: 4, votes: false, history });
  chart.send({ type: 'START' }, { type: 'DRAINED' }, { type: 'ELECTED', leader: 2 });
  const serve = chart.send({ type: 'ESTABLISHED', epoch: 2 }).at(-1);
  assert.ok(serve?.type === 'serve' && serve.role === 'observer');
  const lost = chart.send({ type: 'LOST', reason: 'a test' });
  assert.deepEqual(types(lost), ['cease', 'UNSETTLED', 'DRAIN'], 'its clients are cut off');
});

// --- the learner

function observer(history = new FakeHistory(zxids(1, 1, 3), 1)): FollowerScene {
  return new FollowerScene(history, false);
}

test('an observer learns as a follower does, from its own first word on', () => {
  const scene = observer();
  assert.deepEqual(sent(scene.follow(), 'OBSERVERINFO'), {
    type: 'OBSERVERINFO',
    acceptedEpoch: 1,
  });
  const active = observer();
  assert.ok(types(active.activate()).includes('ESTABLISHED'));
  active.stream(1, proposal(zxidOf(2, 1)));
  assert.deepEqual(delivered(active.stream(2, commit(zxidOf(2, 1)))), [zxidOf(2, 1)]);
});

test('what an observer has promised to a leader without a quorum does not keep it from another one', () => {
  const scene = observer(new FakeHistory(zxids(1, 1, 3), 1, 7));
  scene.follow();
  const promise = sent(scene.hear({ type: 'LEADERINFO', epoch: 2 }), 'ACKEPOCH');
  assert.ok(promise?.type === 'ACKEPOCH' && promise.currentEpoch === -1);
  const behind = observer(new FakeHistory(zxids(3, 1, 3), 3, 7));
  behind.follow();
  assert.ok(types(behind.hear({ type: 'LEADERINFO', epoch: 2 })).includes('LOST'));
});

// --- the leader

test('observers are invited, and nobody waits for them: epoch, history and commit take a quorum of voters', () => {
  const scene = new LeaderScene();
  scene.chart.send({ type: 'LEAD' });
  assert.deepEqual(scene.observerInfo(4), []);
  assert.deepEqual(scene.observerInfo(5), []);
  assert.deepEqual(types(scene.info(2)), ['SAVE_EPOCHS']);
  assert.deepEqual(sentTo(scene.save(2, 1), 4), [{ type: 'LEADERINFO', epoch: 2 }]);
  assert.deepEqual([...scene.promise(4), ...scene.promise(5)], []);
  assert.deepEqual(types(scene.promise(2)), ['SAVE_EPOCHS']);
  scene.save(2, 2);
  for (const member of [4, 5]) {
    scene.caughtUp(member);
    assert.deepEqual(scene.acceptsLeader(member), []);
  }
  scene.caughtUp(2);
  assert.deepEqual(types(scene.acceptsLeader(2)), ['replay']);
});

test('the acknowledgement of an observer commits nothing, and its PONG confirms nothing', () => {
  const scene = new LeaderScene();
  scene.establish();
  scene.observe(4);
  scene.observe(5);
  scene.request();
  scene.chart.send({ type: 'APPENDED', zxid: zxidOf(2, 1) });
  assert.deepEqual([...scene.ack(4, zxidOf(2, 1)), ...scene.ack(5, zxidOf(2, 1))], []);
  assert.equal(committed(scene.ack(2, zxidOf(2, 1))), zxidOf(2, 1));
  scene.chart.send({ type: 'SYNC', requestId: 1, from: 4, link: 400 });
  assert.deepEqual([...scene.pong(4, 1), ...scene.pong(5, 1)], []);
  assert.deepEqual(messages(scene.pong(2, 1)), ['SYNCED']);
});

test('a voter that was told to observe counts no more, though its leader takes it for a voter', () => {
  const scene = new LeaderScene();
  scene.establish();
  scene.observe(3);
  scene.request();
  scene.chart.send({ type: 'APPENDED', zxid: zxidOf(2, 1) });
  assert.deepEqual(scene.ack(3, zxidOf(2, 1)), []);
  assert.equal(committed(scene.ack(2, zxidOf(2, 1))), zxidOf(2, 1));
});

test('a follower that is no voter here is synchronized, and counts no more than an observer', () => {
  const scene = new LeaderScene();
  scene.establish();
  assert.deepEqual(types(scene.info(4, 99)), ['send'], 'nobody steps down for its promise');
  assert.deepEqual(messages(scene.join(4)), ['UPTODATE']);
  scene.request();
  scene.chart.send({ type: 'APPENDED', zxid: zxidOf(2, 1) });
  assert.deepEqual(scene.ack(4, zxidOf(2, 1)), []);
});

test('what an observer has promised raises no epoch, and ends none', () => {
  const scene = new LeaderScene();
  scene.chart.send({ type: 'LEAD' });
  scene.observerInfo(4, 99);
  const [save] = scene.info(2);
  assert.ok(save?.type === 'tell' && save.event.type === 'SAVE_EPOCHS');
  assert.equal(save.event.acceptedEpoch, 2);
  scene.save(2, 1);
  assert.deepEqual(messages(scene.observerInfo(5, 99)), ['LEADERINFO']);
  assert.deepEqual(scene.chart.state, { leading: { discovery: 'inviting' } });
});

test('an observer with a longer history is not turned away: what it alone has was never committed', () => {
  const scene = new LeaderScene();
  scene.chart.send({ type: 'LEAD' });
  scene.observerInfo(4);
  scene.info(2);
  scene.save(2, 1);
  assert.deepEqual(scene.promise(4, { lastZxid: zxidOf(1, 9) }), []);
  scene.promise(2);
  const effects = sentTo(scene.save(2, 2), 4);
  assert.deepEqual(effects, [{ type: 'TRUNC', keepThrough: zxidOf(1, 3) }]);
});

test('losing an observer costs the leader nothing, and losing its voters is not made up by observers', () => {
  const scene = new LeaderScene();
  scene.establish();
  scene.observe(4);
  scene.observe(5);
  scene.chart.send({ type: 'LINK_DOWN', peer: 5, link: 500, reason: 'a test' });
  assert.deepEqual(scene.chart.state, { leading: 'broadcast' });
  scene.tick(SILENCE_MS);
  scene.pong(2);
  const dropped = scene.tick(SILENCE_MS + 1);
  assert.ok(dropped.some((effect) => effect.type === 'close' && effect.peer === 4));
  assert.deepEqual(scene.chart.state, { leading: 'broadcast' }, 'the observer was silent');
  scene.observe(4);
  scene.chart.send({ type: 'LINK_DOWN', peer: 2, link: 200, reason: 'a test' });
  assert.equal(scene.chart.state, 'idle');
});
