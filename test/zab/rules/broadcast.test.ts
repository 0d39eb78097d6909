import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InvariantViolation } from '../../../machines/invariant.ts';
import type { FollowerEvent } from '../../../machines/zab/event.ts';
import { COUNTER_MAX, epochOf, zxidOf } from '../../../machines/zab/zxid.ts';
import { Ensemble } from '../../sim/world/ensemble.ts';
import { create } from '../../sim/world/request.ts';
import { messages, types } from '../harness/chart.ts';
import {
  commit,
  delivered,
  FollowerScene,
  PING,
  proposal,
  sent,
} from '../harness/follower-scene.ts';
import { FakeHistory, zxids } from '../harness/history.ts';
import { committed, ESTABLISH_MS, LeaderScene, SILENCE_MS } from '../harness/leader-scene.ts';

/** What the tests here hold, rule by rule, is listed in ops/docs/zab-rules.md. */

/** Leader 1 of three, with both learners active. */
function established(): LeaderScene {
  const scene = new LeaderScene();
  scene.establish();
  scene.join(3);
  return scene;
}

function running(): { ensemble: Ensemble; leader: number; others: readonly number[] } {
  const ensemble = new Ensemble();
  ensemble.start();
  const leader = ensemble.settle();
  return { ensemble, leader, others: ensemble.followers };
}

test('§11.5 “Leader: PROPOSAL to every forwarding follower and to its own log.”', () => {
  const scene = established();
  const [append, publish] = scene.request(2);
  assert.ok(append?.type === 'tell' && append.event.type === 'APPEND');
  assert.ok(publish?.type === 'publish' && publish.message.type === 'PROPOSAL');
  assert.equal(publish.message.run, append.event.run);

  const { ensemble, leader, others } = running();
  ensemble.ask(ensemble.connect(leader), create('/a'));
  ensemble.run(50);
  for (const member of others) {
    assert.equal(ensemble.log(member).lastZxid, ensemble.log(leader).lastZxid);
  }
});

test('§11.5 “ACK of a follower = logged and fsynced.”', () => {
  const scene = new FollowerScene();
  scene.activate();
  assert.deepEqual(messages(scene.stream(1, proposal(zxidOf(2, 1)))), []);
  assert.deepEqual(messages(scene.stream(2, proposal(zxidOf(2, 2)))), []);
  const appended: FollowerEvent = { type: 'APPENDED', zxid: zxidOf(2, 1) };
  assert.deepEqual(sent(scene.chart.send(appended), 'ACK'), { type: 'ACK', zxid: zxidOf(2, 1) });

  const { ensemble, leader, others } = running();
  const [slow] = others;
  assert.ok(slow !== undefined);
  const client = ensemble.connect(leader);
  ensemble.run(50);
  ensemble.disk(slow).holds = ({ kind }) => kind === 'append';
  const before = ensemble.sent('ACK', slow).length;
  ensemble.ask(client, create('/a'));
  ensemble.run(300);
  assert.equal(ensemble.sent('ACK', slow).length, before);
  ensemble.disk(slow).release();
  ensemble.run(50);
  assert.equal(ensemble.sent('ACK', slow).length, before + 1);
});

test('§11.5 “Own ack = after own fsync.”', () => {
  const scene = established();
  scene.request();
  assert.equal(committed(scene.ack(2, zxidOf(2, 1))), undefined, 'one of three disks has it');
  const flushed = scene.chart.send({ type: 'APPENDED', zxid: zxidOf(2, 1) });
  assert.equal(committed(flushed), zxidOf(2, 1));
});

test('§11.5 “A commit is allowed when (a) acks form a quorum”', () => {
  const scene = new LeaderScene([1, 2, 3, 4, 5]);
  scene.chart.send({ type: 'LEAD' });
  for (const member of [2, 3]) scene.info(member);
  scene.save(2, 1);
  for (const member of [2, 3]) scene.promise(member);
  scene.save(2, 2);
  for (const member of [2, 3]) scene.caughtUp(member);
  for (const member of [2, 3]) scene.acceptsLeader(member);
  scene.chart.send({ type: 'REPLAYED', through: zxidOf(1, 3) });
  scene.join(4);
  scene.request();
  assert.equal(committed(scene.ack(2, zxidOf(2, 1))), undefined);
  assert.equal(committed(scene.ack(2, zxidOf(2, 1))), undefined, 'nobody counts twice');
  assert.equal(committed(scene.ack(3, zxidOf(2, 1))), undefined, 'two of five');
  assert.equal(committed(scene.ack(4, zxidOf(2, 1))), zxidOf(2, 1), 'three, the leader not one');
});

test('§11.5 “(b) zxid-1 is not outstanding.” differs: an ACK stands for all before it, and a COMMIT commits all of that', () => {
  const scene = established();
  for (let request = 0; request < 4; request++) scene.request();
  scene.ack(2, zxidOf(2, 3));
  const effects = scene.ack(3, zxidOf(2, 4));
  assert.equal(committed(effects), zxidOf(2, 3));
  assert.deepEqual(delivered(effects), zxids(2, 1, 3));
});

test('§11.5 “Commits strictly in order.”', () => {
  const scene = established();
  for (let request = 0; request < 3; request++) scene.request();
  const commits: (number | undefined)[] = [];
  for (const [member, counter] of [
    [2, 2],
    [3, 1],
    [2, 1],
    [3, 3],
    [2, 3],
  ] as const) {
    commits.push(committed(scene.ack(member, zxidOf(2, counter))));
  }
  assert.deepEqual(commits, [undefined, zxidOf(2, 1), undefined, zxidOf(2, 2), zxidOf(2, 3)]);
});

test('§11.5 “COMMIT carries only the zxid”', () => {
  const scene = established();
  scene.request();
  scene.ack(2, zxidOf(2, 1));
  const commits = scene
    .ack(3, zxidOf(2, 1))
    .flatMap((effect) => (effect.type === 'publish' ? [effect.message] : []));
  assert.deepEqual(commits, [{ type: 'COMMIT', zxid: zxidOf(2, 1) }]);
});

test("§11.5 “A follower getting a COMMIT whose zxid isn't the head of its pending list terminates the process.” differs: a COMMIT stands for all before it, and only one of what was never proposed stops the member", () => {
  const scene = new FollowerScene();
  scene.activate();
  scene.stream(1, proposal(...zxids(2, 1, 3)));
  assert.deepEqual(delivered(scene.stream(2, commit(zxidOf(2, 2)))), zxids(2, 1, 2));
  assert.deepEqual(delivered(scene.stream(3, commit(zxidOf(2, 1)))), [], 'known for long');
  assert.throws(() => scene.stream(4, commit(zxidOf(2, 4))), InvariantViolation);
});

test('§11.5 “PING every tick/2.” differs: with every beat, whose interval is a setting of its own', () => {
  const scene = established();
  for (let nowMs = 50; nowMs <= 250; nowMs += 50) {
    for (const member of [2, 3]) scene.pong(member);
    const pings = scene
      .tick(nowMs)
      .filter((effect) => effect.type === 'publish' && effect.message.type === 'PING');
    assert.equal(pings.length, 1);
  }
});

test('§11.5 “Leader, once per tick: the set of learners heard from within syncLimit ticks (incl. itself) must contain a quorum, else it steps down: closes all client and learner connections, goes LOOKING.”', () => {
  const scene = established();
  scene.tick(100);
  scene.pong(3);
  assert.equal(
    types(scene.tick(100 + SILENCE_MS)).includes('LOST'),
    false,
    '3 is a quorum with it',
  );
  const down = scene.tick(101 + SILENCE_MS);
  assert.deepEqual(types(down), ['close', 'stopSynchronizing', 'closeStream', 'LOST']);

  const { ensemble, leader, others } = running();
  const client = ensemble.connect(leader);
  for (const member of others) ensemble.process(member).freeze();
  ensemble.until(() => !client.isOpen, 'the client is cut off', 1000);
  assert.equal(ensemble.role(leader), 'looking');
});

test("§11.5 “A learner whose oldest unacked proposal is older than syncLimit·tick is dropped.” differs: it has as long as an epoch has to be established, and the leader's own disk no longer", () => {
  for (const late of ['learner', 'leader'] as const) {
    const scene = established();
    scene.request();
    if (late === 'learner') scene.chart.send({ type: 'APPENDED', zxid: zxidOf(2, 1) });
    else scene.ack(3, zxidOf(2, 1));
    scene.ack(2, zxidOf(2, 1));
    const beat = (nowMs: number) => {
      for (const member of [2, 3]) scene.pong(member);
      return scene.tick(nowMs);
    };
    for (let nowMs = 50; nowMs <= ESTABLISH_MS; nowMs += 50) {
      assert.equal(types(beat(nowMs)).includes('close'), false, `${nowMs} ms`);
    }
    const effects = beat(ESTABLISH_MS + 50);
    const closed = effects.flatMap((effect) => (effect.type === 'close' ? [effect.peer] : []));
    assert.deepEqual(closed, late === 'learner' ? [3] : [2, 3]);
    assert.equal(types(effects).includes('LOST'), late === 'leader');
  }

  const { ensemble, leader, others } = running();
  const client = ensemble.connect(leader);
  for (const member of others) ensemble.disk(member).holds = ({ kind }) => kind === 'append';
  client.send(create('/a'));
  ensemble.until(() => !client.isOpen, 'a leader whose quorum does not write steps down', 8000);
});

test('§11.5 “Follower: socket read timeout syncLimit·tick (initLimit·tick during sync) ⇒ LOOKING; its clients are disconnected (sessions stay).” differs: one silence for both, since the leader gives signs of life during sync, too', () => {
  for (const phase of ['receiving', 'broadcast'] as const) {
    const scene = new FollowerScene();
    if (phase === 'receiving') scene.promise();
    else scene.activate();
    scene.tick(100);
    scene.hear({ type: 'HOLD' });
    scene.stream(1, PING);
    assert.equal(types(scene.tick(100 + SILENCE_MS)).includes('LOST'), false);
    assert.ok(types(scene.tick(101 + SILENCE_MS)).includes('LOST'));
  }

  const { ensemble, leader, others } = running();
  const [cutOff, other] = others;
  assert.ok(cutOff !== undefined && other !== undefined);
  const client = ensemble.connect(cutOff);
  const session = client.session;
  assert.ok(session !== undefined);
  ensemble.network.partition([cutOff], [leader, other]);
  ensemble.until(() => !client.isOpen, 'the client is cut off', 1000);
  assert.equal(ensemble.role(cutOff), 'looking');
  const moved = ensemble.connect(other, session);
  assert.equal(moved.session?.sessionId, session.sessionId);
});

test('§11.5 “Uncommitted proposals at leadership loss: may or may not survive; clients see CONNECTIONLOSS and must cope.”', () => {
  for (const survives of [false, true]) {
    const { ensemble, leader, others } = running();
    const [one, other] = others;
    assert.ok(one !== undefined && other !== undefined);
    const client = ensemble.connect(leader);
    ensemble.run(50);
    const before = ensemble.zxid(leader);
    ensemble.disk(leader).holds = ({ kind }) => kind === 'append';
    // One follower has it on its disk, or nobody.
    ensemble.network.holds = (from, to, subject) =>
      from === leader && (to === other || !survives) && subject.includes('broadcast');
    const proposals = ensemble.sent('PROPOSAL', leader).length;
    const [xid] = client.send(create('/a'));
    ensemble.until(
      () =>
        ensemble.sent('PROPOSAL', leader).length > proposals &&
        (!survives || ensemble.log(one).lastZxid > before),
      'it is proposed',
    );
    ensemble.run(20);
    assert.equal(client.replyTo(xid), undefined);
    ensemble.crash(leader);
    const next = ensemble.settle();
    assert.equal(client.replyTo(xid), undefined, 'and never will be answered');
    assert.equal(ensemble.dataAt(next, '/a'), survives ? '' : undefined);
  }
});

test('§11.5 “Counter overflow: when low 32 bits reach 0xffffffff the leader shuts down voluntarily for a new epoch (4.29e9 txns/epoch).” differs: a little before, so that there is room for what is under way', () => {
  const RESERVE = 2 ** 20;
  for (const [counter, isExhausted] of [
    [COUNTER_MAX - RESERVE - 1, false],
    [COUNTER_MAX - RESERVE, true],
  ] as const) {
    // As if the epoch that begins now had proposed all of that.
    const history = new FakeHistory([zxidOf(2, counter)], 1);
    const scene = new LeaderScene([1, 2, 3], history);
    scene.claim();
    scene.caughtUp(2);
    scene.acceptsLeader(2);
    scene.chart.send({ type: 'REPLAYED', through: history.lastZxid });
    const effects = scene.request();
    assert.equal(types(effects).includes('LOST'), isExhausted);
    assert.equal(scene.chart.state === 'idle', isExhausted);
    for (const effect of effects) {
      if (effect.type !== 'publish' || effect.message.type !== 'PROPOSAL') continue;
      assert.equal(epochOf(effect.message.run.lastZxid), 2);
    }
  }
});
