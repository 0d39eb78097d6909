import assert from 'node:assert/strict';
import { test } from 'node:test';
import { zxidOf } from '../../machines/zab/zxid.ts';
import { messages, types } from './harness/chart.ts';
import { committed, LeaderScene, sentTo } from './harness/leader-scene.ts';

// --- discovery

test('a leader waits for a quorum, and has its own promise on the disk before it asks for others', () => {
  const scene = new LeaderScene([1, 2, 3, 4, 5]);
  assert.deepEqual(scene.chart.send({ type: 'LEAD' }), []);
  assert.deepEqual(scene.info(2, 4), []);
  assert.deepEqual(scene.info(3, 6), [
    {
      type: 'tell',
      to: 'logger',
      event: { type: 'SAVE_EPOCHS', acceptedEpoch: 7, currentEpoch: 1, owner: 'leader' },
    },
  ]);
  assert.deepEqual(scene.save(5, 1), [], 'the report of another order');
  const invitations = scene.save(7, 1);
  assert.deepEqual(sentTo(invitations, 2), [{ type: 'LEADERINFO', epoch: 7 }]);
  assert.deepEqual(sentTo(invitations, 3), [{ type: 'LEADERINFO', epoch: 7 }]);
  assert.deepEqual(messages(scene.info(4)), ['LEADERINFO'], 'who comes later is asked at once');
});

test('learners that came before this member knew that it leads are welcome', () => {
  const scene = new LeaderScene();
  assert.deepEqual(scene.info(2), [], 'nothing to say yet');
  assert.deepEqual(types(scene.chart.send({ type: 'LEAD' })), ['SAVE_EPOCHS']);
});

test('an epoch that has ended is offered to nobody', () => {
  const scene = new LeaderScene();
  scene.establish();
  scene.chart.send({ type: 'ABANDON', reason: 'a test' });
  assert.deepEqual(scene.info(3), []);
  assert.deepEqual(types(scene.chart.send({ type: 'LEAD' })), ['SAVE_EPOCHS']);
  assert.deepEqual(sentTo(scene.save(3, 2), 3), [{ type: 'LEADERINFO', epoch: 3 }]);
});

test('a promise made before does not count', () => {
  const scene = new LeaderScene();
  scene.chart.send({ type: 'LEAD' });
  scene.info(2);
  scene.save(2, 1);
  assert.deepEqual(scene.promise(2, { currentEpoch: -1 }), []);
  assert.deepEqual(scene.chart.state, { leading: { discovery: 'inviting' } });
  scene.info(3);
  assert.deepEqual(types(scene.promise(3)), ['SAVE_EPOCHS']);
});

test('a learner with a newer history is turned away', () => {
  for (const said of [{ currentEpoch: 2 }, { lastZxid: zxidOf(1, 4) }]) {
    const scene = new LeaderScene();
    scene.chart.send({ type: 'LEAD' });
    scene.info(2);
    scene.save(2, 1);
    assert.deepEqual(types(scene.promise(2, said)), ['close', 'stopSynchronizing']);
    assert.deepEqual(scene.chart.state, { leading: { discovery: 'inviting' } });
  }
});

test('once the quorum has promised, a longer history is only a leftover', () => {
  const scene = new LeaderScene();
  scene.claim();
  scene.info(3);
  const effects = scene.promise(3, { lastZxid: zxidOf(1, 4) });
  assert.deepEqual(messages(effects), ['TRUNC']);
});

test('a learner that has promised a later epoch ends this one', () => {
  const scene = new LeaderScene();
  scene.establish();
  const effects = scene.info(3, 3);
  assert.ok(types(effects).includes('LOST'));
  assert.equal(scene.chart.state, 'idle');
});

test('the epoch is claimed on the disk before the history is sent', () => {
  const scene = new LeaderScene();
  scene.chart.send({ type: 'LEAD' });
  scene.info(2);
  scene.save(2, 1);
  const claim = scene.promise(2);
  assert.deepEqual(types(claim), ['SAVE_EPOCHS']);
  assert.deepEqual(types(scene.save(2, 2)), ['openStream', 'send', 'synchronize']);
});

// --- synchronization

test('ZOOKEEPER-3104: NEWLEADER comes when the history has been sent, and not before', () => {
  const scene = new LeaderScene();
  const started = scene.claim();
  assert.deepEqual(messages(started), ['DIFF']);
  const credit = scene.chart.send({ type: 'CREDIT', from: 2, link: 200, bytes: 7 });
  assert.deepEqual(credit, [{ type: 'credit', peer: 2, link: 200, bytes: 7 }]);
  assert.equal(messages(scene.tick(50)).includes('NEWLEADER'), false);
  assert.deepEqual(messages(scene.caughtUp(2)), ['NEWLEADER']);
});

test('NEWLEADER names the end of the history and the message of the stream after it', () => {
  const scene = new LeaderScene();
  scene.claim();
  scene.tick(50);
  assert.deepEqual(sentTo(scene.caughtUp(2), 2), [
    {
      type: 'NEWLEADER',
      epoch: 2,
      lastZxid: zxidOf(1, 3),
      committedZxid: 0,
      sequence: 1,
    },
  ]);
});

test('nothing is committed, and nobody is up to date, before the history is applied', () => {
  const scene = new LeaderScene();
  scene.claim();
  scene.caughtUp(2);
  assert.deepEqual(scene.acceptsLeader(2), [
    { type: 'replay', by: 'leader', through: zxidOf(1, 3) },
  ]);
  assert.deepEqual(scene.chart.send({ type: 'REPLAYED', through: zxidOf(1, 2) }), []);
  const effects = scene.chart.send({ type: 'REPLAYED', through: zxidOf(1, 3) });
  assert.deepEqual(sentTo(effects, 2), [{ type: 'UPTODATE', committedZxid: zxidOf(1, 3) }]);
  assert.ok(types(effects).includes('ESTABLISHED'));
});

test('an acknowledgement of another epoch does not count', () => {
  const scene = new LeaderScene();
  scene.claim();
  scene.caughtUp(2);
  assert.deepEqual(scene.acceptsLeader(2, 1), []);
  assert.deepEqual(scene.chart.state, { leading: { synchronization: 'gathering' } });
});

test('a joiner gets what is only in memory, and UPTODATE when all it was sent is committed', () => {
  const scene = new LeaderScene();
  scene.establish();
  scene.request(2);
  scene.info(3);
  scene.promise(3);
  const effects = scene.caughtUp(3, zxidOf(1, 3));
  const [records, newLeader] = sentTo(effects, 3);
  assert.ok(records?.type === 'RECORDS' && newLeader?.type === 'NEWLEADER');
  assert.equal(records.run.lastZxid, zxidOf(2, 2));
  assert.equal(newLeader.lastZxid, zxidOf(2, 2));
  assert.equal(newLeader.sequence, 1, 'one PROPOSAL has been published');
  // Its acknowledgement makes a quorum with the leader's own flush, and only then is it up to date.
  assert.deepEqual(sentTo(scene.acceptsLeader(3), 3), []);
  const flushed = scene.chart.send({ type: 'APPENDED', zxid: zxidOf(2, 2) });
  assert.equal(committed(flushed), zxidOf(2, 2));
  assert.deepEqual(sentTo(flushed, 3), [{ type: 'UPTODATE', committedZxid: zxidOf(2, 2) }]);
});

test('a learner that comes back on a new link begins afresh; reports about the old one say nothing', () => {
  const scene = new LeaderScene();
  scene.establish();
  scene.info(3);
  scene.promise(3);
  scene.info(3, 2, 301);
  assert.deepEqual(scene.caughtUp(3), []);
  assert.deepEqual(scene.promise(3), []);
  assert.deepEqual(scene.ack(3, zxidOf(2, 1)), []);
});
