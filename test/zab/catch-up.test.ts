import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Ensemble, type EnsembleOptions } from '../sim/world/ensemble.ts';
import type { Traffic } from '../sim/world/network.ts';
import { create } from '../sim/world/request.ts';

/** A running ensemble, its leader, and a member that does not run any more. */
function withoutOne(options: EnsembleOptions = {}): Scene {
  const ensemble = new Ensemble(options);
  ensemble.start();
  const leader = ensemble.settle();
  const late = ensemble.followers.at(-1);
  assert.ok(late !== undefined);
  write(ensemble, leader, 'before', 3);
  ensemble.run(100);
  ensemble.crash(late);
  return { ensemble, leader, late };
}

interface Scene {
  readonly ensemble: Ensemble;
  readonly leader: number;
  readonly late: number;
}

function write(ensemble: Ensemble, member: number, name: string, count: number, data = ''): void {
  const client = ensemble.connect(member);
  for (let at = 0; at < count; at++) {
    assert.equal(ensemble.ask(client, create(`/${name}${at}`, data)).code, 0);
  }
}

function assertSame(ensemble: Ensemble): void {
  ensemble.settle();
  ensemble.run(500);
  const digests = ensemble.voters.map((member) => ensemble.digest(member));
  assert.equal(new Set(digests).size, 1);
}

function plan(ensemble: Ensemble, to: number): Traffic['message']['type'] | undefined {
  const plans = ensemble.traffic.filter(
    ({ to: peer, message }) => peer === to && ['DIFF', 'TRUNC', 'SNAP'].includes(message.type),
  );
  return plans.at(-1)?.message.type;
}

const SHORT_LOG = {
  settings: { checkpoint: { intervalMs: 100, changes: 3, retainTxns: 0 } },
} satisfies EnsembleOptions;

test('DIFF: a member that lacks the end of the history gets it', () => {
  const { ensemble, leader, late } = withoutOne();
  write(ensemble, leader, 'meanwhile', 5);
  ensemble.restart(late);
  assertSame(ensemble);
  assert.equal(plan(ensemble, late), 'DIFF');
  assert.equal(ensemble.dataAt(late, '/meanwhile4'), '');
});

test('SNAP: a member that was away for longer than the log reaches gets a snapshot, and what came after it', () => {
  const { ensemble, leader, late } = withoutOne(SHORT_LOG);
  write(ensemble, leader, 'meanwhile', 30);
  ensemble.run(500);
  write(ensemble, leader, 'last', 2);
  ensemble.restart(late);
  assertSame(ensemble);
  assert.equal(plan(ensemble, late), 'SNAP');
  assert.equal(ensemble.dataAt(late, '/meanwhile29'), '');
  write(ensemble, late, 'own', 2);
  ensemble.crash(late);
  ensemble.restart(late);
  assertSame(ensemble);
  assert.equal(ensemble.dataAt(late, '/own1'), '');
});

test('TRUNC: what a leader had logged, and nobody else, is gone when it comes back', () => {
  const ensemble = new Ensemble();
  ensemble.start();
  const old = ensemble.settle();
  write(ensemble, old, 'before', 2);
  const client = ensemble.connect(old);
  const others = ensemble.voters.filter((voter) => voter !== old);
  ensemble.network.partition([old], others);
  client.send(create('/never'));
  ensemble.run(20);
  assert.ok(ensemble.log(old).lastZxid > ensemble.zxid(old));
  ensemble.crash(old);
  const leader = ensemble.settle();
  write(ensemble, leader, 'after', 2);
  ensemble.network.heal();
  ensemble.restart(old);
  assertSame(ensemble);
  assert.equal(plan(ensemble, old), 'TRUNC');
  assert.equal(ensemble.dataAt(old, '/never'), undefined);
  assert.equal(ensemble.dataAt(old, '/after1'), '');
});

test('ZOOKEEPER-3642: a snapshot that breaks off leaves what was there, and the next attempt succeeds', () => {
  const { ensemble, leader, late } = withoutOne(SHORT_LOG);
  write(ensemble, leader, 'meanwhile', 30, 'x'.repeat(20_000));
  ensemble.run(500);
  const { lastZxid } = ensemble.log(late);
  let pieces = 0;
  ensemble.network.loses = ({ to, message }) =>
    to === late && message.type === 'PIECE' && ++pieces === 2;
  ensemble.restart(late);
  ensemble.until(() => pieces >= 2, 'the snapshot is under way');
  ensemble.until(() => ensemble.state(late, 'follower') === 'idle', 'the member has given up');
  assert.equal(ensemble.log(late).lastZxid, lastZxid);
  assert.equal(ensemble.zxid(late), lastZxid);
  assertSame(ensemble);
  assert.equal(ensemble.dataAt(late, '/meanwhile29')?.length, 20_000);
});

for (const survivors of [0, 1]) {
  test(`a crash while the history is written leaves all of it or nothing (${survivors})`, () => {
    for (const options of [{}, SHORT_LOG]) {
      const { ensemble, leader, late } = withoutOne(options);
      write(ensemble, leader, 'meanwhile', 30);
      ensemble.run(500);
      const before = ensemble.log(late).lastZxid;
      const after = ensemble.log(leader).lastZxid;
      ensemble.disk(late).holds = ({ kind }) => kind === 'adopt' || kind === 'install';
      ensemble.restart(late);
      ensemble.until(() => ensemble.disk(late).held.length > 0, 'the history is being written');
      ensemble.crash(late, { log: survivors });
      const { lastZxid, epochs } = ensemble.log(late);
      assert.equal(lastZxid, survivors === 0 ? before : after);
      assert.ok(epochs.acceptedEpoch >= epochs.currentEpoch);
      ensemble.restart(late);
      assertSame(ensemble);
    }
  });
}

test('a joiner misses nothing of what is written while it joins', () => {
  for (let delayMs = 0; delayMs < 120; delayMs += 7) {
    const { ensemble, leader, late } = withoutOne({ networkMs: (random) => random.next() * 8 });
    const client = ensemble.connect(leader);
    ensemble.restart(late);
    ensemble.run(delayMs);
    const xids = Array.from({ length: 40 }, (_, at) => {
      ensemble.run(2);
      return client.send(create(`/joining${at}`))[0];
    });
    ensemble.until(() => client.replyTo(xids.at(-1)) !== undefined, 'all is written');
    assertSame(ensemble);
    assert.equal(ensemble.dataAt(late, '/joining39'), '');
  }
});

test('a disk slower than those of the others does not lose what its leader has proposed', () => {
  const ensemble = new Ensemble();
  ensemble.start();
  const leader = ensemble.settle();
  const [one] = ensemble.followers;
  assert.ok(one !== undefined);
  const client = ensemble.connect(leader);
  ensemble.disk(leader).holds = ({ kind }) => kind === 'append';
  for (let at = 0; at < 5; at++) ensemble.ask(client, create(`/a${at}`));
  assert.ok(ensemble.log(one).lastZxid > ensemble.log(leader).lastZxid);
  ensemble.crash(one);
  ensemble.run(20);
  ensemble.restart(one);
  ensemble.until(() => ensemble.role(one) === 'follower', 'the follower is back', 2000);
  assert.equal(plan(ensemble, one), 'DIFF');
  ensemble.disk(leader).release();
  assertSame(ensemble);
});

test('a leader whose disk hangs commits by the disks of the others, and survives a change of leader', () => {
  const ensemble = new Ensemble();
  ensemble.start();
  const old = ensemble.settle();
  const client = ensemble.connect(old);
  ensemble.disk(old).holds = () => true;
  for (let at = 0; at < 5; at++) ensemble.ask(client, create(`/a${at}`));
  ensemble.crash(old);
  const leader = ensemble.settle();
  assert.equal(ensemble.dataAt(leader, '/a4'), '');
  ensemble.restart(old);
  assertSame(ensemble);
  assert.equal(ensemble.dataAt(old, '/a4'), '');
});

test('a purge that was under way before a learner came costs it an attempt, and not the leader its life', () => {
  const { ensemble, leader, late } = withoutOne({
    settings: { checkpoint: { intervalMs: 3000, changes: 1e9, retainTxns: 0 } },
  });
  ensemble.disk(leader).holds = ({ kind }) => kind === 'purge';
  // More than is sent without the learner's credit.
  write(ensemble, leader, 'meanwhile', 50, 'x'.repeat(150_000));
  ensemble.until(() => ensemble.disk(leader).held.length > 0, 'a purge is under way');
  ensemble.restart(late);
  const diffs = ensemble.sent('DIFF', leader).length;
  ensemble.until(() => ensemble.sent('DIFF', leader).length > diffs, 'the history is being sent');
  ensemble.disk(leader).release();
  assertSame(ensemble);
  assert.equal(ensemble.leader, leader);
  assert.equal(plan(ensemble, late), 'SNAP');
});

test('members that all lose their power come back with whatever was acknowledged', () => {
  for (const survivors of [0, 1]) {
    const ensemble = new Ensemble();
    ensemble.start();
    const client = ensemble.connect(ensemble.settle());
    for (let at = 0; at < 5; at++) ensemble.ask(client, create(`/a${at}`));
    client.send(create('/b'));
    ensemble.run(2);
    for (const member of ensemble.voters) ensemble.crash(member, { log: survivors });
    ensemble.start();
    assertSame(ensemble);
    for (const member of ensemble.voters) assert.equal(ensemble.dataAt(member, '/a4'), '');
  }
});
