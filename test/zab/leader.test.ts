import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Effect } from '../../machines/effect.ts';
import type { LeaderEvent, LearnerMessage } from '../../machines/zab/event.ts';
import { leaderMachine } from '../../machines/zab/leader.ts';
import type { LinkMessage } from '../../machines/zab/message.ts';
import { zxidOf } from '../../machines/zab/zxid.ts';
import { Chart, messages, types } from './harness/chart.ts';
import { FakeHistory, zxids } from './harness/history.ts';
import { FakeState } from './harness/state.ts';

const SILENCE_MS = 500;
const ESTABLISH_MS = 5000;
const PASSWORD = Buffer.alloc(16);

type Said<T extends LearnerMessage['type']> = Omit<
  Extract<LearnerMessage, { type: T }>,
  'type' | 'from' | 'link'
>;

/** Member 1 as a leader, alone, and what its learners say. Each learner's link has its number times 100. */
class Scene {
  readonly history: FakeHistory;
  readonly state = new FakeState();
  readonly chart: Chart<LeaderEvent>;

  constructor(voters: readonly number[] = [1, 2, 3], history = new FakeHistory(zxids(1, 1, 3), 1)) {
    this.history = history;
    this.chart = new Chart(leaderMachine, {
      self: 1,
      voters,
      history,
      state: this.state,
      silenceMs: SILENCE_MS,
      establishMs: ESTABLISH_MS,
      expiryIntervalMs: 100,
    });
  }

  info(from: number, acceptedEpoch = 1, link = from * 100): Effect[] {
    return this.chart.send({ type: 'FOLLOWERINFO', from, link, acceptedEpoch });
  }

  promise(from: number, said: Partial<Said<'ACKEPOCH'>> = {}): Effect[] {
    const { currentEpoch = 1, lastZxid = zxidOf(1, 3) } = said;
    return this.chart.send({ type: 'ACKEPOCH', from, link: from * 100, currentEpoch, lastZxid });
  }

  save(acceptedEpoch: number, currentEpoch: number): Effect[] {
    this.history.epochs = { acceptedEpoch, currentEpoch };
    return this.chart.send({ type: 'EPOCHS_SAVED', acceptedEpoch, currentEpoch });
  }

  caughtUp(peer: number, through = this.history.lastZxid): Effect[] {
    return this.chart.send({ type: 'CAUGHT_UP', peer, link: peer * 100, through });
  }

  acceptsLeader(from: number, epoch = 2): Effect[] {
    return this.chart.send({ type: 'ACKNEWLEADER', from, link: from * 100, epoch });
  }

  /** Epoch 2 has the promises of 1 and 2, and 2 is being synchronized. */
  claim(): Effect[] {
    this.chart.send({ type: 'LEAD' });
    this.info(2);
    this.save(2, 1);
    this.promise(2);
    return this.save(2, 2);
  }

  establish(): Effect[] {
    this.claim();
    this.caughtUp(2);
    this.acceptsLeader(2);
    return this.chart.send({ type: 'REPLAYED', through: this.history.lastZxid });
  }

  join(member: number): Effect[] {
    this.info(member);
    this.promise(member);
    this.caughtUp(member);
    return this.acceptsLeader(member);
  }

  request(count = 1, from = 1): Effect[] {
    const requests = Array.from({ length: count }, (_, at) => ({
      requestId: at,
      sessionId: 7,
      cxid: at,
      opcode: 1,
      identities: [],
      body: Buffer.alloc(0),
    }));
    return this.chart.send({ type: 'REQUEST', from, link: from * 100, requests, wallMs: 0 });
  }

  ack(from: number, zxid: number): Effect[] {
    return this.chart.send({ type: 'ACK', from, link: from * 100, zxid });
  }

  pong(from: number, round = 0, touched: readonly number[] = []): Effect[] {
    return this.chart.send({ type: 'PONG', from, link: from * 100, round, touched });
  }

  tick(nowMs: number): Effect[] {
    return this.chart.send({ type: 'TICK', nowMs, wallMs: nowMs, touched: [] });
  }
}

function sentTo(effects: readonly Effect[], peer: number): LinkMessage[] {
  return effects.flatMap((effect) =>
    effect.type === 'send' && effect.peer === peer ? [effect.message] : [],
  );
}

function committed(effects: readonly Effect[]): number | undefined {
  for (const effect of effects) {
    if (effect.type === 'publish' && effect.message.type === 'COMMIT') return effect.message.zxid;
  }
  return undefined;
}

// --- discovery

test('a leader waits for a quorum, and has its own promise on the disk before it asks for others', () => {
  const scene = new Scene([1, 2, 3, 4, 5]);
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
  const scene = new Scene();
  assert.deepEqual(scene.info(2), [], 'nothing to say yet');
  assert.deepEqual(types(scene.chart.send({ type: 'LEAD' })), ['SAVE_EPOCHS']);
});

test('an epoch that has ended is offered to nobody', () => {
  const scene = new Scene();
  scene.establish();
  scene.chart.send({ type: 'ABANDON', reason: 'a test' });
  assert.deepEqual(scene.info(3), []);
  assert.deepEqual(types(scene.chart.send({ type: 'LEAD' })), ['SAVE_EPOCHS']);
  assert.deepEqual(sentTo(scene.save(3, 2), 3), [{ type: 'LEADERINFO', epoch: 3 }]);
});

test('a promise made before does not count', () => {
  const scene = new Scene();
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
    const scene = new Scene();
    scene.chart.send({ type: 'LEAD' });
    scene.info(2);
    scene.save(2, 1);
    assert.deepEqual(types(scene.promise(2, said)), ['close', 'stopSynchronizing']);
    assert.deepEqual(scene.chart.state, { leading: { discovery: 'inviting' } });
  }
});

test('once the quorum has promised, a longer history is only a leftover', () => {
  const scene = new Scene();
  scene.claim();
  scene.info(3);
  const effects = scene.promise(3, { lastZxid: zxidOf(1, 4) });
  assert.deepEqual(messages(effects), ['TRUNC']);
});

test('a learner that has promised a later epoch ends this one', () => {
  const scene = new Scene();
  scene.establish();
  const effects = scene.info(3, 3);
  assert.ok(types(effects).includes('LOST'));
  assert.equal(scene.chart.state, 'idle');
});

test('the epoch is claimed on the disk before the history is sent', () => {
  const scene = new Scene();
  scene.chart.send({ type: 'LEAD' });
  scene.info(2);
  scene.save(2, 1);
  const claim = scene.promise(2);
  assert.deepEqual(types(claim), ['SAVE_EPOCHS']);
  assert.deepEqual(types(scene.save(2, 2)), ['openStream', 'send', 'synchronize']);
});

// --- synchronization

test('NEWLEADER names the end of the history and the message of the stream after it', () => {
  const scene = new Scene();
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
  const scene = new Scene();
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
  const scene = new Scene();
  scene.claim();
  scene.caughtUp(2);
  assert.deepEqual(scene.acceptsLeader(2, 1), []);
  assert.deepEqual(scene.chart.state, { leading: { synchronization: 'gathering' } });
});

test('a joiner gets what is only in memory, and UPTODATE when all it was sent is committed', () => {
  const scene = new Scene();
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
  const scene = new Scene();
  scene.establish();
  scene.info(3);
  scene.promise(3);
  scene.info(3, 2, 301);
  assert.deepEqual(scene.caughtUp(3), []);
  assert.deepEqual(scene.promise(3), []);
  assert.deepEqual(scene.ack(3, zxidOf(2, 1)), []);
});

// --- broadcast

test('a request is logged and proposed at once, under consecutive zxids of the epoch', () => {
  const scene = new Scene();
  scene.establish();
  const [append, publish] = scene.request(2);
  assert.ok(append?.type === 'tell' && append.event.type === 'APPEND');
  assert.equal(append.event.run.firstZxid, zxidOf(2, 1));
  assert.equal(append.event.run.lastZxid, zxidOf(2, 2));
  assert.ok(publish?.type === 'publish' && publish.message.type === 'PROPOSAL');
  assert.equal(publish.message.run, append.event.run);
});

test('a quorum commits: of one follower and the leader after its own flush, or of two followers', () => {
  const own = new Scene();
  own.establish();
  own.request();
  assert.equal(committed(own.ack(2, zxidOf(2, 1))), undefined, 'the own flush is not there');
  assert.equal(committed(own.chart.send({ type: 'APPENDED', zxid: zxidOf(2, 1) })), zxidOf(2, 1));

  const others = new Scene();
  others.establish();
  others.join(3);
  others.request();
  assert.equal(committed(others.ack(2, zxidOf(2, 1))), undefined);
  assert.equal(committed(others.ack(3, zxidOf(2, 1))), zxidOf(2, 1));
});

test('commits are in order, and an acknowledgement stands for all before it', () => {
  const scene = new Scene();
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
  const scene = new Scene([1, 2, 3, 4, 5]);
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
  const scene = new Scene();
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

test("a sync of the leader's own clients waits for the round just the same", () => {
  const scene = new Scene();
  scene.establish();
  scene.chart.send({ type: 'SYNC', from: 1, link: 0, requestId: 9 });
  assert.deepEqual(scene.pong(2, 0), []);
  assert.deepEqual(scene.pong(2, 1), [{ type: 'answerSync', requestId: 9, zxid: zxidOf(1, 3) }]);
});

// --- sessions

test('a session expires once, never early, and not while its own server is silent', () => {
  const scene = new Scene();
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

test('sessions that a follower heard from live on', () => {
  const scene = new Scene();
  scene.state.alive.set(7, 1000);
  scene.establish();
  for (let nowMs = 50; nowMs <= 4000; nowMs += 50) {
    scene.pong(2, 0, nowMs % 800 === 0 ? [7] : []);
    assert.equal(messages(scene.tick(nowMs)).includes('PROPOSAL'), false);
  }
});

test('a session is revalidated where it comes to', () => {
  const scene = new Scene();
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
  assert.deepEqual(sentTo(ask(8), 2), [{ type: 'REVALIDATED', requestId: 8, valid: false }]);
});

// --- loss

test('a leader that cannot find a quorum in time gives up', () => {
  const scene = new Scene();
  scene.tick(1000);
  scene.chart.send({ type: 'LEAD' });
  assert.equal(types(scene.tick(1000 + 2 * SILENCE_MS)).includes('LOST'), false);
  assert.ok(types(scene.tick(1001 + 2 * SILENCE_MS)).includes('LOST'));
});

test('history may take its time, but not for ever', () => {
  const scene = new Scene();
  scene.claim();
  for (let nowMs = 100; nowMs <= ESTABLISH_MS; nowMs += 100) {
    scene.pong(2);
    assert.equal(types(scene.tick(nowMs)).includes('LOST'), false);
  }
  assert.ok(types(scene.tick(ESTABLISH_MS + 1)).includes('LOST'));
});

test('a leader whose learners fall silent before its epoch is established does not wait for others', () => {
  const scene = new Scene();
  scene.claim();
  assert.deepEqual(
    types(scene.tick(SILENCE_MS + 1)).filter((type) => type === 'close'),
    ['close'],
  );
  assert.ok(types(scene.tick(SILENCE_MS + 51)).includes('LOST'));
});

test('a leader whose learner is turned away does not wait for others', () => {
  const scene = new Scene();
  scene.chart.send({ type: 'LEAD' });
  scene.info(2);
  scene.save(2, 1);
  scene.promise(2, { lastZxid: zxidOf(1, 4) });
  assert.ok(types(scene.tick(50)).includes('LOST'));
});

test('a leader that hears no quorum steps down, and ends everything it began', () => {
  const scene = new Scene();
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
  const scene = new Scene();
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

test('every beat shows every learner that its link is whole', () => {
  const scene = new Scene();
  scene.establish();
  scene.join(3);
  const beat = scene.tick(50);
  for (const member of [2, 3]) assert.deepEqual(sentTo(beat, member), [{ type: 'HOLD' }]);
});
