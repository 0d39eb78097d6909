import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Effect } from '../../machines/effect.ts';
import type { LeaderEvent } from '../../machines/zab/event.ts';
import { zxidOf } from '../../machines/zab/zxid.ts';
import { messages, types } from './harness/chart.ts';
import { zxids } from './harness/history.ts';
import {
  committed,
  ESTABLISH_MS,
  LeaderScene,
  SILENCE_MS,
  sentTo,
} from './harness/leader-scene.ts';

const PASSWORD = Buffer.alloc(16);

// --- broadcast

test('a request is logged and proposed at once, under consecutive zxids of the epoch', () => {
  const scene = new LeaderScene();
  scene.establish();
  const [append, publish] = scene.request(2);
  assert.ok(append?.type === 'tell' && append.event.type === 'APPEND');
  assert.equal(append.event.run.firstZxid, zxidOf(2, 1));
  assert.equal(append.event.run.lastZxid, zxidOf(2, 2));
  assert.ok(publish?.type === 'publish' && publish.message.type === 'PROPOSAL');
  assert.equal(publish.message.run, append.event.run);
});

test('a quorum commits: of one follower and the leader after its own flush, or of two followers', () => {
  const own = new LeaderScene();
  own.establish();
  own.request();
  assert.equal(committed(own.ack(2, zxidOf(2, 1))), undefined, 'the own flush is not there');
  assert.equal(committed(own.chart.send({ type: 'APPENDED', zxid: zxidOf(2, 1) })), zxidOf(2, 1));

  const others = new LeaderScene();
  others.establish();
  others.join(3);
  others.request();
  assert.equal(committed(others.ack(2, zxidOf(2, 1))), undefined);
  assert.equal(committed(others.ack(3, zxidOf(2, 1))), zxidOf(2, 1));
});

test('commits are in order, and an acknowledgement stands for all before it', () => {
  const scene = new LeaderScene();
  scene.establish();
  scene.join(3);
  scene.request(3);
  scene.request(2);
  scene.ack(2, zxidOf(2, 5));
  const effects = scene.ack(3, zxidOf(2, 3));
  assert.equal(committed(effects), zxidOf(2, 3));
  const deliver = effects.find(({ type }) => type === 'deliver');
  assert.ok(deliver?.type === 'deliver');
  assert.deepEqual(
    deliver.txns.map(({ zxid }) => zxid),
    zxids(2, 1, 3),
  );
  assert.equal(committed(scene.ack(3, zxidOf(2, 2))), undefined, 'late and out of order');
});

test('who was not synchronized does not count, whatever it has acknowledged', () => {
  const scene = new LeaderScene([1, 2, 3, 4, 5]);
  scene.chart.send({ type: 'LEAD' });
  scene.info(2);
  scene.info(3);
  scene.save(2, 1);
  scene.promise(2);
  scene.promise(3);
  scene.save(2, 2);
  for (const member of [2, 3]) scene.caughtUp(member);
  for (const member of [2, 3]) scene.acceptsLeader(member);
  scene.chart.send({ type: 'REPLAYED', through: zxidOf(1, 3) });
  scene.request();
  scene.info(4);
  scene.promise(4, { lastZxid: zxidOf(2, 1) });
  scene.chart.send({ type: 'APPENDED', zxid: zxidOf(2, 1) });
  assert.equal(committed(scene.ack(9, zxidOf(2, 1))), undefined, 'a stranger');
  assert.equal(committed(scene.ack(2, zxidOf(2, 1))), undefined, 'two of five');
  assert.equal(committed(scene.ack(3, zxidOf(2, 1))), zxidOf(2, 1));
});

// --- syncs

test('a sync is answered after a round of PINGs that a quorum has heard, and its commits', () => {
  const scene = new LeaderScene();
  scene.establish();
  scene.request();
  const asked = scene.chart.send({ type: 'SYNC', from: 2, link: 200, requestId: 9 });
  const ping = asked.find((effect) => effect.type === 'publish');
  assert.ok(ping?.type === 'publish' && ping.message.type === 'PING');
  assert.deepEqual(scene.pong(2, ping.message.round - 1), []);
  assert.deepEqual(scene.pong(2, ping.message.round), [], 'a proposal before it is not committed');
  scene.ack(2, zxidOf(2, 1));
  const effects = scene.chart.send({ type: 'APPENDED', zxid: zxidOf(2, 1) });
  assert.deepEqual(sentTo(effects, 2), [{ type: 'SYNCED', requestId: 9, zxid: zxidOf(2, 1) }]);
});

test('a heartbeat begins no round: nobody waits for its answer', () => {
  const scene = new LeaderScene();
  scene.establish();
  const rounds = (effects: readonly Effect[]) =>
    effects.flatMap((effect) =>
      effect.type === 'publish' && effect.message.type === 'PING' ? [effect.message.round] : [],
    );
  assert.deepEqual(rounds(scene.tick(50)), [0]);
  const asked = scene.chart.send({ type: 'SYNC', from: 2, link: 200, requestId: 9 });
  assert.deepEqual(rounds(asked), [1]);
  assert.deepEqual(rounds(scene.tick(100)), [1]);
});

test("a sync of the leader's own clients waits for the round just the same", () => {
  const scene = new LeaderScene();
  scene.establish();
  scene.chart.send({ type: 'SYNC', from: 1, link: 0, requestId: 9 });
  assert.deepEqual(scene.pong(2, 0), []);
  assert.deepEqual(scene.pong(2, 1), [{ type: 'answerSync', requestId: 9, zxid: zxidOf(1, 3) }]);
});

// --- sessions

test('a session expires once, never early, and not while its own server is silent', () => {
  const scene = new LeaderScene();
  scene.state.alive.set(7, 1000);
  scene.state.owners.set(7, 2);
  scene.establish();
  for (let nowMs = 50; nowMs <= 900; nowMs += 50) {
    scene.pong(2);
    assert.equal(messages(scene.tick(nowMs)).includes('PROPOSAL'), false);
  }
  // Its server says nothing for a moment, just when it would be due.
  assert.equal(messages(scene.tick(1200)).includes('PROPOSAL'), false);
  scene.pong(2);
  assert.equal(messages(scene.tick(1250)).includes('PROPOSAL'), false);
  const expired = [];
  for (let nowMs = 1300; nowMs <= 4000; nowMs += 50) {
    scene.pong(2);
    if (messages(scene.tick(nowMs)).includes('PROPOSAL')) expired.push(nowMs);
  }
  assert.deepEqual(expired, [2300]);
});

test('the sessions of a member that is dropped get their time afresh, those of others do not', () => {
  const scene = new LeaderScene();
  for (const [sessionId, owner] of [
    [7, 3],
    [8, 2],
  ] as const) {
    scene.state.alive.set(sessionId, 1000);
    scene.state.owners.set(sessionId, owner);
  }
  scene.establish();
  scene.join(3);
  const ends: number[] = [];
  for (let nowMs = 50; nowMs <= 3000; nowMs += 50) {
    scene.pong(2);
    if (nowMs < 800) scene.pong(3);
    if (nowMs === 800) {
      scene.chart.send({ type: 'LINK_DOWN', peer: 3, link: 300, reason: 'a test' });
    }
    if (messages(scene.tick(nowMs)).includes('PROPOSAL')) ends.push(nowMs);
  }
  // By the clock of the last beat before the link went down.
  assert.deepEqual(ends, [1100, 1800]);
});

test('sessions that a follower heard from live on', () => {
  const scene = new LeaderScene();
  scene.state.alive.set(7, 1000);
  scene.establish();
  for (let nowMs = 50; nowMs <= 4000; nowMs += 50) {
    scene.pong(2, 0, nowMs % 800 === 0 ? [7] : []);
    assert.equal(messages(scene.tick(nowMs)).includes('PROPOSAL'), false);
  }
});

test('a session is revalidated where it comes to', () => {
  const scene = new LeaderScene();
  scene.state.alive.set(7, 1000);
  scene.establish();
  const ask = (sessionId: number) =>
    scene.chart.send({
      type: 'REVALIDATE',
      from: 2,
      link: 200,
      requestId: sessionId,
      sessionId,
      timeoutMs: 1000,
      password: PASSWORD,
    });
  assert.deepEqual(sentTo(ask(7), 2), [{ type: 'REVALIDATED', requestId: 7, valid: true }]);
  assert.equal(scene.state.owners.get(7), 2);
});

test('that a session is no more is said after a round of PINGs: a deposed leader does not know the newest', () => {
  const scene = new LeaderScene();
  scene.establish();
  const { effects, round } = pinged(
    scene.chart.send({
      type: 'REVALIDATE',
      from: 2,
      link: 200,
      requestId: 8,
      sessionId: 8,
      timeoutMs: 1000,
      password: PASSWORD,
    }),
  );
  assert.deepEqual(sentTo(effects, 2), []);
  const answer = { type: 'REVALIDATED', requestId: 8, valid: false };
  assert.deepEqual(sentTo(scene.pong(2, round), 2), [answer]);
});

function pinged(effects: Effect[]): { readonly effects: Effect[]; readonly round: number } {
  for (const effect of effects) {
    if (effect.type === 'publish' && effect.message.type === 'PING') {
      return { effects, round: effect.message.round };
    }
  }
  throw new Error('nobody is pinged');
}

// --- loss

test('a leader that cannot find a quorum in time gives up', () => {
  const scene = new LeaderScene();
  scene.tick(1000);
  scene.chart.send({ type: 'LEAD' });
  assert.equal(types(scene.tick(1000 + 2 * SILENCE_MS)).includes('LOST'), false);
  assert.ok(types(scene.tick(1001 + 2 * SILENCE_MS)).includes('LOST'));
});

test('history may take its time, but not for ever', () => {
  const scene = new LeaderScene();
  scene.claim();
  for (let nowMs = 100; nowMs <= ESTABLISH_MS; nowMs += 100) {
    scene.pong(2);
    assert.equal(types(scene.tick(nowMs)).includes('LOST'), false);
  }
  assert.ok(types(scene.tick(ESTABLISH_MS + 1)).includes('LOST'));
});

test('a leader whose learners fall silent before its epoch is established does not wait for others', () => {
  const scene = new LeaderScene();
  scene.claim();
  assert.deepEqual(
    types(scene.tick(SILENCE_MS + 1)).filter((type) => type === 'close'),
    ['close'],
  );
  assert.ok(types(scene.tick(SILENCE_MS + 51)).includes('LOST'));
});

test('a leader whose learner is turned away does not wait for others', () => {
  const scene = new LeaderScene();
  scene.chart.send({ type: 'LEAD' });
  scene.info(2);
  scene.save(2, 1);
  scene.promise(2, { lastZxid: zxidOf(1, 4) });
  assert.ok(types(scene.tick(50)).includes('LOST'));
});

test('a leader that hears no quorum steps down, and ends everything it began', () => {
  const scene = new LeaderScene();
  scene.establish();
  scene.join(3);
  scene.tick(100);
  scene.pong(2);
  assert.equal(types(scene.tick(600)).includes('LOST'), false);
  const effects = scene.tick(601);
  assert.deepEqual(types(effects), ['close', 'stopSynchronizing', 'closeStream', 'LOST']);
  assert.equal(scene.chart.state, 'idle');
});

test('losing the link of a learner that the quorum needs ends the epoch at once', () => {
  const scene = new LeaderScene();
  scene.establish();
  scene.join(3);
  const down = (peer: number, link: number): LeaderEvent => ({
    type: 'LINK_DOWN',
    peer,
    link,
    reason: 'a test',
  });
  assert.equal(types(scene.chart.send(down(3, 299))).includes('LOST'), false, 'an earlier link');
  assert.equal(types(scene.chart.send(down(3, 300))).includes('LOST'), false);
  assert.ok(types(scene.chart.send(down(2, 200))).includes('LOST'));
});

test('a learner sees every now and then within a silence that its link is whole', () => {
  const scene = new LeaderScene();
  scene.establish();
  scene.join(3);
  const beats = Array.from({ length: 20 }, (_, at) => {
    for (const member of [2, 3]) scene.pong(member);
    return scene.tick(SILENCE_MS + at * 50);
  });
  for (const member of [2, 3]) {
    const held = beats.map((beat) => sentTo(beat, member).length);
    assert.equal(held.join(''), '10001000100010001000');
  }
});
