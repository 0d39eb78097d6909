import assert from 'node:assert/strict';
import { test } from 'node:test';
import { zxidOf } from '../../../machines/zab/zxid.ts';
import { Ensemble } from '../../sim/world/ensemble.ts';
import { create } from '../../sim/world/request.ts';
import { messages, types } from '../harness/chart.ts';
import { FollowerScene, SILENCE_MS, sent } from '../harness/follower-scene.ts';
import { FakeHistory, zxids } from '../harness/history.ts';
import { LeaderScene, sentTo } from '../harness/leader-scene.ts';

/** What the tests here hold, rule by rule, is listed in ops/docs/zab-rules.md. */

/** A learner of three txns of epoch 1 that has promised the given epoch. */
function promisedUpTo(acceptedEpoch: number): FollowerScene {
  return new FollowerScene(new FakeHistory(zxids(1, 1, 3), 1, acceptedEpoch));
}

test('§11.3 “Learner → FOLLOWERINFO(acceptedEpoch).”', () => {
  for (const acceptedEpoch of [1, 4]) {
    const effects = promisedUpTo(acceptedEpoch).follow();
    assert.deepEqual(messages(effects), ['FOLLOWERINFO']);
    assert.deepEqual(sent(effects, 'FOLLOWERINFO'), { type: 'FOLLOWERINFO', acceptedEpoch });
  }
});

test('§11.3 “Leader waits (≤ initLimit·tick) until itself + quorum of participants registered” differs: it gives up after two silences, which is long for two messages', () => {
  const scene = new LeaderScene([1, 2, 3, 4, 5]);
  scene.chart.send({ type: 'LEAD' });
  scene.info(2);
  scene.info(9);
  assert.deepEqual(scene.chart.state, { leading: { discovery: 'gathering' } }, '9 has no vote');
  assert.equal(types(scene.tick(2 * SILENCE_MS)).includes('LOST'), false);
  assert.ok(types(scene.tick(2 * SILENCE_MS + 1)).includes('LOST'));

  const three = new LeaderScene([1, 2, 3, 4, 5]);
  three.chart.send({ type: 'LEAD' });
  three.info(2);
  assert.deepEqual(types(three.info(3)), ['SAVE_EPOCHS'], 'three of five, itself included');
});

test('§11.3 “new epoch = max(accepted epochs) + 1; persists its own acceptedEpoch.”', () => {
  for (const [own, others, epoch] of [
    [1, [4, 6], 7],
    [8, [4, 6], 9],
  ] as const) {
    const scene = new LeaderScene([1, 2, 3, 4, 5], new FakeHistory(zxids(1, 1, 3), 1, own));
    scene.chart.send({ type: 'LEAD' });
    scene.info(2, others[0]);
    const effects = scene.info(3, others[1]);
    assert.deepEqual(messages(effects), [], 'nobody is asked before it is on the own disk');
    const [save] = effects;
    assert.ok(save?.type === 'tell' && save.event.type === 'SAVE_EPOCHS');
    assert.equal(save.event.acceptedEpoch, epoch);
    assert.equal(save.event.currentEpoch, 1, 'a promise is not a claim');
  }
});

test('§11.3 “Leader → LEADERINFO(epoch).”', () => {
  const scene = new LeaderScene([1, 2, 3, 4, 5]);
  scene.chart.send({ type: 'LEAD' });
  scene.info(2);
  scene.info(3);
  const asked = scene.save(2, 1);
  for (const member of [2, 3]) {
    assert.deepEqual(sentTo(asked, member), [{ type: 'LEADERINFO', epoch: 2 }]);
  }
  assert.deepEqual(sentTo(scene.info(4), 4), [{ type: 'LEADERINFO', epoch: 2 }]);
});

test('§11.3 “Learner: epoch > accepted ⇒ persist acceptedEpoch before replying, ACKEPOCH(currentEpoch, lastZxid)”', () => {
  const scene = promisedUpTo(4);
  scene.follow();
  const asked = scene.hear({ type: 'LEADERINFO', epoch: 5 });
  assert.deepEqual(messages(asked), []);
  const save = asked.find(({ type }) => type === 'tell');
  assert.ok(save?.type === 'tell' && save.event.type === 'SAVE_EPOCHS');
  assert.equal(save.event.acceptedEpoch, 5);
  assert.deepEqual(sent(scene.save(5), 'ACKEPOCH'), {
    type: 'ACKEPOCH',
    currentEpoch: 1,
    lastZxid: zxidOf(1, 3),
  });
});

test('§11.3 “equal ⇒ ACKEPOCH with -1 (does not count to quorum; it already promised)”', () => {
  const learner = promisedUpTo(2);
  learner.follow();
  const repeated = learner.hear({ type: 'LEADERINFO', epoch: 2 });
  assert.deepEqual(messages(repeated), ['ACKEPOCH']);
  const said = sent(repeated, 'ACKEPOCH');
  assert.ok(said?.type === 'ACKEPOCH' && said.currentEpoch === -1);

  const leader = new LeaderScene();
  leader.chart.send({ type: 'LEAD' });
  leader.info(2);
  leader.save(2, 1);
  assert.deepEqual(leader.promise(2, said), []);
  assert.deepEqual(leader.chart.state, { leading: { discovery: 'inviting' } });
  leader.info(3);
  assert.deepEqual(types(leader.promise(3)), ['SAVE_EPOCHS'], 'somebody else is the quorum');
});

test('§11.3 “lower ⇒ abort to election.”', () => {
  const scene = promisedUpTo(4);
  scene.follow();
  const effects = scene.hear({ type: 'LEADERINFO', epoch: 3 });
  assert.deepEqual(types(effects), ['close', 'LOST']);
  assert.equal(scene.chart.state, 'idle');
});

const NEWER = [{ currentEpoch: 2, lastZxid: zxidOf(1, 1) }, { lastZxid: zxidOf(1, 4) }];
const NOT_NEWER = [{ currentEpoch: 0, lastZxid: zxidOf(9, 9) }, { lastZxid: zxidOf(1, 3) }];

test("§11.3 “Leader: if a learner's (currentEpoch, lastZxid) is greater than its own ⇒ reject that learner (until the quorum has been formed; after that not compared).”", () => {
  const inviting = (): LeaderScene => {
    const scene = new LeaderScene();
    scene.chart.send({ type: 'LEAD' });
    scene.info(2);
    scene.save(2, 1);
    return scene;
  };
  for (const said of NEWER) {
    assert.deepEqual(types(inviting().promise(2, said)), ['close', 'stopSynchronizing']);
  }
  for (const said of NOT_NEWER) {
    assert.deepEqual(types(inviting().promise(2, said)), ['SAVE_EPOCHS']);
  }
});

test('§11.3 “After quorum of ACKEPOCHs incl. itself: set own currentEpoch.”', () => {
  const scene = new LeaderScene([1, 2, 3, 4, 5]);
  scene.chart.send({ type: 'LEAD' });
  scene.info(2);
  scene.info(3);
  scene.save(2, 1);
  assert.deepEqual(scene.promise(2), []);
  assert.deepEqual(scene.promise(3), [
    {
      type: 'tell',
      to: 'logger',
      event: { type: 'SAVE_EPOCHS', acceptedEpoch: 2, currentEpoch: 2, owner: 'leader' },
    },
  ]);
});

test('§11.3 “After the ACKEPOCH quorum exists, late learners are not compared any more.”', () => {
  for (const said of NEWER) {
    const scene = new LeaderScene();
    scene.chart.send({ type: 'LEAD' });
    scene.info(2);
    scene.info(3);
    scene.save(2, 1);
    scene.promise(2);
    assert.deepEqual(scene.chart.state, { leading: { discovery: 'claiming' } });
    assert.equal(types(scene.promise(3, said)).includes('close'), false);
    assert.ok(
      types(scene.save(2, 2)).includes('synchronize'),
      'it is synchronized as the others are',
    );
  }
});

test("§11.3 “Leader's zxid is set to epoch<<32 (counter 0)” differs: it stays the end of the history, and an epoch that proposes nothing leaves no mark", () => {
  const ensemble = new Ensemble();
  ensemble.start();
  const first = ensemble.settle();
  ensemble.ask(ensemble.connect(first), create('/a'));
  ensemble.run(100);
  const { lastZxid } = ensemble.log(first);
  ensemble.crash(first);
  const next = ensemble.settle();
  assert.equal(ensemble.zxid(next), lastZxid);
  assert.equal(ensemble.log(next).lastZxid, lastZxid);
  assert.equal(ensemble.log(next).epochs.currentEpoch, 2);
});

test('§11.3 “first txn has counter 1.”', () => {
  const scene = new LeaderScene();
  scene.establish();
  for (const counter of [1, 2]) {
    const [append] = scene.request();
    assert.ok(append?.type === 'tell' && append.event.type === 'APPEND');
    assert.equal(append.event.run.firstZxid, zxidOf(2, counter));
  }
});

test('§11.3 “The NEWLEADER pseudo-proposal has zxid epoch<<32.” differs: it is a message that names the epoch, and takes no zxid', () => {
  const leader = new LeaderScene();
  leader.claim();
  const [newLeader] = sentTo(leader.caughtUp(2), 2);
  assert.ok(newLeader?.type === 'NEWLEADER');
  assert.equal(newLeader.epoch, 2);
  assert.equal(newLeader.lastZxid, zxidOf(1, 3));

  const learner = new FollowerScene();
  const adopted = learner.adopt();
  assert.deepEqual(sent(adopted, 'ACKNEWLEADER'), { type: 'ACKNEWLEADER', epoch: 2 });
  assert.equal(types(adopted).includes('APPEND'), false);
});

test('§11.3 “Learner connect attempts: 5 tries, leaderConnectDelayDuringRetryMs 100 ms apart, total ≤ initLimit·tick.” differs: one try on a link of its own, and after a silence the member votes again', () => {
  const scene = new FollowerScene();
  assert.deepEqual(types(scene.follow()), ['open', 'send']);
  for (let nowMs = 50; nowMs <= SILENCE_MS; nowMs += 50) {
    assert.deepEqual(messages(scene.tick(nowMs)), ['PONG']);
  }
  assert.deepEqual(types(scene.tick(SILENCE_MS + 1)), ['close', 'LOST']);
});
