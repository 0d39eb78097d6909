import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InvariantViolation } from '../../../machines/invariant.ts';
import type { FollowerEvent } from '../../../machines/zab/event.ts';
import type { LinkMessage } from '../../../machines/zab/message.ts';
import { planSynchronization } from '../../../machines/zab/synchronization.ts';
import { zxidOf } from '../../../machines/zab/zxid.ts';
import { SnapshotReader } from '../../../storage/snapshot-stream.ts';
import { Ensemble } from '../../sim/world/ensemble.ts';
import { create } from '../../sim/world/request.ts';
import { messages, types } from '../harness/chart.ts';
import { commit, delivered, FollowerScene, proposal, sent } from '../harness/follower-scene.ts';
import { FakeHistory, runOf, zxids } from '../harness/history.ts';
import { ESTABLISH_MS, LeaderScene, sentTo } from '../harness/leader-scene.ts';
import { lateMember, SHORT_LOG, typesOf } from './late-member.ts';

/** What the tests here hold, rule by rule, is listed in ops/docs/zab-rules.md. */

// --- the leader's decision

/** A log that begins at 1:5: what is before it was purged when a checkpoint had it. */
function purgedLog(): FakeHistory {
  const history = new FakeHistory([...zxids(1, 5, 9), ...zxids(3, 1, 4)], 3);
  history.checkpointZxid = zxidOf(3, 2);
  return history;
}

test('§11.4 “P == lastProcessed: DIFF, nothing follows”', () => {
  assert.deepEqual(planSynchronization(zxidOf(3, 4), purgedLog()), {
    mode: 'DIFF',
    keepThrough: zxidOf(3, 4),
  });
  const { heard } = lateMember(0);
  assert.deepEqual(typesOf(heard), ['LEADERINFO', 'DIFF', 'NEWLEADER', 'UPTODATE']);
});

test('§11.4 “P > max and low32(P) ≠ 0: TRUNC(max)” differs: not for what the leader has proposed and not flushed yet, which the learner keeps', () => {
  const max = zxidOf(3, 4);
  const truncated = { mode: 'TRUNC', keepThrough: max };
  assert.deepEqual(planSynchronization(zxidOf(3, 5), purgedLog()), truncated);
  for (const [learner, plan] of [
    [zxidOf(3, 6), { mode: 'DIFF', keepThrough: zxidOf(3, 6) }],
    [zxidOf(3, 7), truncated],
  ] as const) {
    assert.deepEqual(planSynchronization(learner, purgedLog(), zxidOf(3, 6)), plan);
  }
});

test('§11.4 “min ≤ P ≤ max: if P is present: DIFF + proposals after P”', () => {
  for (const learner of [zxidOf(1, 5), zxidOf(1, 9), zxidOf(3, 1)]) {
    assert.deepEqual(planSynchronization(learner, purgedLog()), {
      mode: 'DIFF',
      keepThrough: learner,
    });
  }
  const { ensemble, late, lastZxid, heard } = lateMember(3);
  const records = heard.find(({ type }) => type === 'RECORDS');
  assert.ok(records?.type === 'RECORDS');
  assert.equal(records.run.firstZxid, lastZxid + 1);
  assert.equal(ensemble.dataAt(late, '/late2'), '');
});

test('§11.4 “if P is not in the log (uncommitted leftover): TRUNC to the largest logged zxid < P (same epoch only) + proposals”', () => {
  const plan = planSynchronization(zxidOf(1, 12), purgedLog());
  assert.deepEqual(plan, { mode: 'TRUNC', keepThrough: zxidOf(1, 9) });
  const scene = new LeaderScene([1, 2, 3], purgedLog());
  scene.chart.send({ type: 'LEAD' });
  scene.info(2);
  scene.save(4, 3);
  scene.promise(2, { lastZxid: zxidOf(1, 12) });
  const claimed = scene.save(4, 4);
  assert.deepEqual(messages(claimed), ['TRUNC']);
  const synchronize = claimed.find(({ type }) => type === 'synchronize');
  assert.ok(synchronize?.type === 'synchronize');
  assert.equal(synchronize.after, zxidOf(1, 9));
});

test('§11.4 “P < min and disk log usable (total size ≤ 0.33 × snapshot size: snapshotSizeFactor): same from disk log, then memory log; gap ⇒ SNAP” differs: there is one log, on the disk, and what is sent of it is limited in bytes', () => {
  const history = purgedLog();
  const bytes = history.bytesAfter(zxidOf(1, 5));
  const planWithin = (limit: number) =>
    planSynchronization(zxidOf(1, 5), history, history.lastZxid, limit).mode;
  assert.equal(planWithin(bytes), 'DIFF');
  assert.equal(planWithin(bytes - 1), 'SNAP');
  assert.equal(planSynchronization(zxidOf(1, 4), history).mode, 'SNAP', 'the log has a gap there');
  // Without a checkpoint the log has all that ever happened: nothing is missing before its begin.
  assert.equal(planSynchronization(0, new FakeHistory(zxids(1, 1, 3))).mode, 'DIFF');
});

test('§11.4 “otherwise: SNAP (full state stream, end signature string "BenWasHere")” differs: the last piece counts and sums up all before it', () => {
  const { ensemble, late, heard } = lateMember(30, SHORT_LOG);
  assert.equal(ensemble.dataAt(late, '/late29'), '');
  assert.deepEqual(typesOf(heard).slice(0, 3), ['LEADERINFO', 'SNAP', 'PIECE']);
  const pieces: Uint8Array[] = [];
  let zxid = 0;
  for (const message of heard) {
    if (message.type === 'SNAP') zxid = message.zxid;
    if (message.type === 'PIECE') pieces.push(message.bytes);
  }
  const reader = new SnapshotReader(zxid);
  for (const piece of pieces.slice(0, -1)) reader.read(piece);
  assert.throws(() => reader.completeMark);
  for (const piece of pieces.slice(-1)) reader.read(piece);
  assert.equal(reader.completeMark.zxid, zxid);
});

test('§11.4 “No TRUNC across an epoch boundary: use SNAP.”', () => {
  for (const learner of [zxidOf(2, 1), zxidOf(4, 1)]) {
    assert.deepEqual(planSynchronization(learner, purgedLog()), { mode: 'SNAP' });
    assert.deepEqual(planSynchronization(learner, purgedLog(), zxidOf(5, 7)), { mode: 'SNAP' });
  }
});

test('§11.4 “Each synced txn is sent as PROPOSAL followed by COMMIT, to followers and observers alike (INFORM is used only for live traffic to observers).” differs: txns are sent as RECORDS, and NEWLEADER and UPTODATE say what of it is committed', () => {
  const { ensemble, leaderZxid, heard } = lateMember(3);
  assert.deepEqual(
    [...new Set(typesOf(heard))],
    ['LEADERINFO', 'DIFF', 'RECORDS', 'NEWLEADER', 'UPTODATE'],
  );
  assert.equal(ensemble.sent('PROPOSAL').length, 4, 'a session and three nodes, once each');
  const said = heard.flatMap((message) =>
    message.type === 'NEWLEADER' || message.type === 'UPTODATE' ? [message.committedZxid] : [],
  );
  assert.deepEqual(said, [leaderZxid, leaderZxid]);
});

test('§11.4 “The DIFF packet carries max; SNAP carries lastProcessed.” differs: DIFF says what the learner keeps, NEWLEADER where the history ends, and SNAP is of the last checkpoint', () => {
  const scene = new LeaderScene([1, 2, 3], purgedLog());
  scene.chart.send({ type: 'LEAD' });
  scene.info(2);
  scene.save(4, 3);
  scene.promise(2, { currentEpoch: 3, lastZxid: zxidOf(3, 1) });
  const claimed = scene.save(4, 4);
  assert.deepEqual(sentTo(claimed, 2), [{ type: 'DIFF', keepThrough: zxidOf(3, 1) }]);
  const [newLeader] = sentTo(scene.caughtUp(2), 2);
  assert.ok(newLeader?.type === 'NEWLEADER');
  assert.equal(newLeader.lastZxid, zxidOf(3, 4));

  const { ensemble, late, leaderZxid, heard } = lateMember(30, SHORT_LOG, 2);
  const snap = heard.find(({ type }) => type === 'SNAP');
  assert.ok(snap?.type === 'SNAP');
  assert.ok(snap.zxid > 0 && snap.zxid < leaderZxid, 'the last two came after the checkpoint');
  assert.equal(ensemble.zxid(late), leaderZxid, 'records follow the snapshot');
});

test("§11.4 “P with counter 0 (learner joined an epoch that committed nothing) never leads to TRUNC: it gets DIFF when P falls in the log's range.” differs: an epoch that commits nothing changes no log, and P stays what it was", () => {
  const { ensemble, leader, leaderZxid } = lateMember(2);
  ensemble.crash(leader);
  const next = ensemble.settle();
  const before = ensemble.traffic.length;
  ensemble.restart(leader);
  ensemble.settle();
  for (const member of ensemble.voters) {
    assert.ok(ensemble.log(member).epochs.currentEpoch >= 2);
    assert.equal(ensemble.log(member).lastZxid, leaderZxid);
  }
  const plans = ensemble.traffic
    .slice(before)
    .flatMap(({ to, message }) =>
      to === leader && ['DIFF', 'TRUNC', 'SNAP'].includes(message.type) ? [message] : [],
    );
  assert.deepEqual(plans, [{ type: 'DIFF', keepThrough: leaderZxid }]);
  assert.equal(ensemble.leader, next);
  assert.equal(planSynchronization(zxidOf(3, 0), purgedLog()).mode, 'SNAP', 'and never TRUNC');
});

// --- from the history to the stream

test('§11.4 “Under the same lock, the leader then registers the learner for forwarding: queues all committed-but-not-yet-applied proposals (+COMMIT) and, for participants only, all outstanding proposals newer than what was queued.” differs: in one step they are sent, and NEWLEADER names the message of the stream behind which the learner listens', () => {
  const scene = new LeaderScene();
  scene.establish();
  scene.request(2);
  scene.request(1);
  scene.info(3);
  scene.promise(3);
  const queued = sentTo(scene.caughtUp(3), 3);
  assert.deepEqual(
    queued.map(({ type }) => type),
    ['RECORDS', 'RECORDS', 'NEWLEADER'],
  );
  const newLeader = queued.at(-1);
  assert.ok(newLeader?.type === 'NEWLEADER');
  assert.equal(newLeader.lastZxid, zxidOf(2, 3));
  assert.equal(newLeader.sequence, 2, 'two proposals are on the stream, and it has both');
});

test('§11.4 “No gap and no reorder between the sync stream and the live stream”', () => {
  for (let delayMs = 0; delayMs < 60; delayMs += 12) {
    const ensemble = new Ensemble({ networkMs: (random) => random.next() * 6, seed: delayMs });
    ensemble.start();
    const leader = ensemble.settle();
    const late = ensemble.followers.at(-1);
    assert.ok(late !== undefined);
    const client = ensemble.connect(leader);
    ensemble.crash(late);
    ensemble.restart(late);
    ensemble.run(delayMs);
    const xids = Array.from({ length: 30 }, (_, at) => {
      ensemble.run(2);
      return client.send(create(`/joining${at}`))[0];
    });
    ensemble.until(() => client.replyTo(xids.at(-1)) !== undefined, 'all is written');
    ensemble.settle();
    ensemble.run(300);
    assert.equal(ensemble.zxid(late), ensemble.zxid(leader));
    assert.equal(ensemble.digest(late), ensemble.digest(leader));
  }
});

test('§11.4 “After SNAP/TRUNC the learner applies the following committed txns straight to memory and writes a snapshot when NEWLEADER arrives; after DIFF it only queues them until NEWLEADER.” differs: whatever comes is staged, and neither applied nor part of the log before NEWLEADER', () => {
  for (const begin of BEGINNINGS) {
    const scene = new FollowerScene();
    scene.promise();
    const effects = [
      ...scene.hear(begin),
      ...scene.hear({ type: 'RECORDS', run: runOf(zxidOf(1, 4)) }),
    ];
    const allowed = ['receiveSnapshot', 'send'];
    assert.deepEqual(
      types(effects).filter((type) => !allowed.includes(type)),
      [],
    );
    assert.deepEqual(messages(effects), ['CREDIT']);
  }
});

/** Each of them is followed by 1:4. */
const BEGINNINGS: readonly Extract<LinkMessage, { type: 'DIFF' | 'TRUNC' | 'SNAP' }>[] = [
  { type: 'DIFF', keepThrough: zxidOf(1, 3) },
  { type: 'TRUNC', keepThrough: zxidOf(1, 3) },
  { type: 'SNAP', zxid: zxidOf(1, 3) },
];

test('§11.4 “Learner on NEWLEADER, in this order: snapshot if it got SNAP/TRUNC (fsynced for SNAP; the TRUNC case is written without fsync - do fsync it); append queued committed txns to log, fsync, apply them; keep uncommitted ones pending; then persist currentEpoch; then ACK(NEWLEADER).” differs: all of it becomes durable in one commit, then comes the ACK, and nothing is applied before UPTODATE', () => {
  for (const begin of BEGINNINGS) {
    const scene = new FollowerScene();
    scene.promise();
    scene.hear(begin);
    scene.hear({ type: 'RECORDS', run: runOf(zxidOf(1, 4)) });
    const [adopt, ...others] = scene.newLeader(zxidOf(1, 4));
    assert.deepEqual(others, []);
    assert.ok(adopt?.type === 'tell' && adopt.event.type === 'ADOPT');
    const { snapshot, keepThrough, runs, currentEpoch } = adopt.event;
    assert.equal(snapshot, begin.type === 'SNAP');
    assert.equal(keepThrough, zxidOf(1, 3));
    assert.deepEqual(
      runs.map(({ lastZxid }) => lastZxid),
      [zxidOf(1, 4)],
    );
    assert.equal(currentEpoch, 2);
    assert.deepEqual(types(scene.adopted()), ['send']);
    const replay = scene.hear({ type: 'UPTODATE', committedZxid: zxidOf(1, 4) });
    assert.deepEqual(types(replay), ['replay'], 'now it is applied');
  }
});

test('§11.4 “Leader waits for quorum of NEWLEADER acks (≤ initLimit), starts serving, sends UPTODATE.”', () => {
  const scene = new LeaderScene([1, 2, 3, 4, 5]);
  scene.chart.send({ type: 'LEAD' });
  for (const member of [2, 3]) scene.info(member);
  scene.save(2, 1);
  for (const member of [2, 3]) scene.promise(member);
  scene.save(2, 2);
  for (const member of [2, 3]) scene.caughtUp(member);
  assert.deepEqual(scene.acceptsLeader(2), [], 'two of five');
  assert.deepEqual(types(scene.acceptsLeader(3)), ['replay']);
  const established = scene.chart.send({ type: 'REPLAYED', through: scene.history.lastZxid });
  assert.deepEqual(types(established), ['send', 'send', 'ESTABLISHED']);
  assert.deepEqual(messages(established), ['UPTODATE', 'UPTODATE']);

  const alone = new LeaderScene([1, 2, 3, 4, 5]);
  alone.chart.send({ type: 'LEAD' });
  for (const member of [2, 3]) alone.info(member);
  alone.save(2, 1);
  for (const member of [2, 3]) alone.promise(member);
  alone.save(2, 2);
  let lostMs: number | undefined;
  for (let nowMs = 0; lostMs === undefined && nowMs < 2 * ESTABLISH_MS; nowMs += 100) {
    for (const member of [2, 3]) alone.pong(member);
    if (types(alone.tick(nowMs)).includes('LOST')) lostMs = nowMs;
  }
  assert.equal(lostMs, ESTABLISH_MS + 100);
});

test('§11.4 “Learner acks, starts serving clients, logs the pending proposals (acks them normally).” differs: UPTODATE is not acknowledged, and proposals are logged as soon as NEWLEADER is', () => {
  const scene = new FollowerScene();
  scene.promise();
  scene.stream(1, proposal(zxidOf(2, 1)));
  scene.hear({ type: 'DIFF', keepThrough: zxidOf(1, 3) });
  scene.hear({ type: 'RECORDS', run: runOf(zxidOf(1, 4)) });
  scene.newLeader(zxidOf(1, 4));
  assert.deepEqual(types(scene.adopted()), ['send', 'APPEND'], 'ACKNEWLEADER goes first');
  const appended: FollowerEvent = { type: 'APPENDED', zxid: zxidOf(2, 1) };
  assert.deepEqual(sent(scene.chart.send(appended), 'ACK'), { type: 'ACK', zxid: zxidOf(2, 1) });
  const upToDate = scene.hear({ type: 'UPTODATE', committedZxid: zxidOf(1, 4) });
  assert.deepEqual(messages(upToDate), []);
  const serving = scene.chart.send({ type: 'REPLAYED', through: zxidOf(1, 4) });
  assert.deepEqual(types(serving), ['ESTABLISHED']);
  assert.deepEqual(delivered(scene.stream(2, commit(zxidOf(2, 1)))), [zxidOf(2, 1)]);
});

test('§11.4 “Learner refuses a proposal stream with holes (zxid must be +1, or counter 1/new epoch).”', () => {
  for (const [zxid, isNext] of [
    [zxidOf(1, 4), true],
    [zxidOf(2, 1), true],
    [zxidOf(1, 5), false],
    [zxidOf(1, 3), false],
    [zxidOf(2, 2), false],
  ] as const) {
    const scene = new FollowerScene();
    scene.promise();
    scene.hear({ type: 'DIFF', keepThrough: zxidOf(1, 3) });
    const records: LinkMessage = { type: 'RECORDS', run: runOf(zxid) };
    if (isNext) assert.deepEqual(messages(scene.hear(records)), ['CREDIT']);
    else assert.throws(() => scene.hear(records), InvariantViolation);
  }
  for (const [zxid, isNext] of [
    [zxidOf(2, 1), true],
    [zxidOf(2, 2), false],
    [zxidOf(1, 5), false],
    [zxidOf(3, 1), false],
  ] as const) {
    const scene = new FollowerScene();
    scene.activate();
    if (isNext) assert.deepEqual(types(scene.stream(1, proposal(zxid))), ['APPEND']);
    else assert.throws(() => scene.stream(1, proposal(zxid)), InvariantViolation);
  }
});

test('§11.4 “For a leader: before leading it loads its db; everything in its own log is treated as committed once its epoch gets its quorum.” differs: only what is known to be committed is loaded before, the rest is applied when the quorum has spoken', () => {
  const ensemble = new Ensemble();
  ensemble.start();
  const old = ensemble.settle();
  const [ahead, behind] = ensemble.followers;
  assert.ok(ahead !== undefined && behind !== undefined);
  const client = ensemble.connect(old);
  // One disk has it in the end, which is no quorum.
  ensemble.disk(old).holds = ({ kind }) => kind === 'append';
  ensemble.network.holds = (from, to, subject) =>
    from === old && to === behind && subject.includes('broadcast');
  const before = ensemble.zxid(old);
  client.send(create('/uncommitted'));
  ensemble.until(() => ensemble.log(ahead).lastZxid > before, 'one follower has logged it');
  ensemble.run(20);
  ensemble.crash(old);
  ensemble.crash(ahead);
  ensemble.restart(ahead);
  assert.equal(ensemble.dataAt(ahead, '/uncommitted'), undefined);
  assert.ok(ensemble.log(ahead).lastZxid > ensemble.zxid(ahead));
  assert.equal(ensemble.settle(), ahead, 'the longer history leads');
  for (const member of [ahead, behind]) assert.equal(ensemble.dataAt(member, '/uncommitted'), '');

  const scene = new LeaderScene();
  scene.claim();
  scene.caughtUp(2);
  assert.deepEqual(scene.acceptsLeader(2), [
    { type: 'replay', by: 'leader', through: zxidOf(1, 3) },
  ]);
});
