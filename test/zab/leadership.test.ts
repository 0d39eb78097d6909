import assert from 'node:assert/strict';
import { test } from 'node:test';
import { epochOf } from '../../machines/zab/zxid.ts';
import { Ensemble } from '../sim/world/ensemble.ts';
import { create, exists, sync } from '../sim/world/request.ts';

function running(size = 3): { ensemble: Ensemble; leader: number; others: number[] } {
  const ensemble = new Ensemble({ size });
  ensemble.start();
  const leader = ensemble.settle();
  return { ensemble, leader, others: ensemble.voters.filter((voter) => voter !== leader) };
}

test('members that start one after the other join the leader that is there', () => {
  const ensemble = new Ensemble({ size: 5 });
  ensemble.start(1, 2, 3);
  const leader = ensemble.settle();
  ensemble.run(1000);
  for (const late of [4, 5]) {
    ensemble.start(late);
    assert.equal(ensemble.settle(1000), leader);
  }
});

test('a leader that dies is replaced at once where the bus knows, and clients write again', () => {
  const { ensemble, leader, others } = running();
  ensemble.run(500);
  const diedMs = ensemble.loop.nowMs;
  ensemble.crash(leader);
  const next = ensemble.settle();
  assert.notEqual(next, leader);
  const [one] = others;
  assert.ok(one !== undefined);
  ensemble.ask(ensemble.connect(one), create('/a'));
  assert.ok(ensemble.loop.nowMs - diedMs < 400, `${ensemble.loop.nowMs - diedMs} ms`);
});

test('a leader without a quorum steps down in time, and cuts its clients off', () => {
  const { ensemble, leader, others } = running();
  const client = ensemble.connect(leader);
  ensemble.network.partition([leader], others);
  ensemble.until(() => !client.isOpen, 'the client is cut off', 700);
  assert.equal(ensemble.role(leader), 'looking');
});

test('a write on the smaller side is never acknowledged, one on the larger side is kept', () => {
  const { ensemble, leader, others } = running(5);
  const [one, ...rest] = others;
  assert.ok(one !== undefined);
  const [other] = rest;
  assert.ok(other !== undefined);
  const client = ensemble.connect(leader);
  ensemble.network.partition([leader, one], rest);
  const [xid] = client.send(create('/small'));
  ensemble.until(() => ensemble.role(other) !== 'looking' && !client.isOpen, 'a new leader');
  assert.equal(client.replyTo(xid), undefined);
  ensemble.ask(ensemble.connect(other), create('/large'));
  ensemble.network.heal();
  ensemble.settle();
  ensemble.run(200);
  for (const member of ensemble.voters) {
    assert.equal(ensemble.dataAt(member, '/large'), '');
    assert.equal(ensemble.dataAt(member, '/small'), undefined);
  }
});

test('a leader that does not know that it was replaced answers reads, but no sync', () => {
  const { ensemble, leader, others } = running();
  const client = ensemble.connect(leader);
  ensemble.network.partition([leader], others);
  ensemble.run(50);
  const [read] = client.send(exists('/'));
  const [synced] = client.send(sync());
  ensemble.until(() => !client.isOpen, 'it steps down', 1000);
  assert.equal(client.replyTo(read)?.code, 0);
  assert.equal(client.replyTo(synced), undefined);
});

test('a sync shows every write that was acknowledged before it, through any member', () => {
  const { ensemble, leader, others } = running();
  const [one, other] = others;
  assert.ok(one !== undefined && other !== undefined);
  const writer = ensemble.connect(other);
  const reader = ensemble.connect(one);
  // What the leader publishes reaches this follower late.
  ensemble.network.holds = (from, to, subject) =>
    from === leader && to === one && subject.includes('broadcast');
  ensemble.ask(writer, create('/a'));
  const [xid] = reader.send(sync());
  ensemble.run(100);
  assert.equal(reader.replyTo(xid), undefined);
  ensemble.network.holds = () => false;
  ensemble.network.release();
  ensemble.until(() => reader.replyTo(xid) !== undefined, 'the sync', 200);
  assert.equal(ensemble.ask(reader, exists('/a')).code, 0);
});

test('a frozen follower does not disturb the others, and comes back by itself', () => {
  const { ensemble, leader, others } = running();
  const [one] = others;
  assert.ok(one !== undefined);
  const client = ensemble.connect(leader);
  ensemble.process(one).freeze();
  for (let at = 0; at < 20; at++) {
    assert.equal(ensemble.ask(client, create(`/a${at}`)).code, 0);
    ensemble.run(100);
  }
  ensemble.process(one).thaw();
  ensemble.until(() => ensemble.zxid(one) === ensemble.zxid(leader), 'it has caught up', 2000);
  assert.equal(ensemble.leader, leader);
  assert.ok(client.isOpen);
});

test('a leader that was frozen steps down for the one that took its place', () => {
  const { ensemble, leader, others } = running();
  ensemble.process(leader).freeze();
  const [one] = others;
  assert.ok(one !== undefined);
  ensemble.until(() => others.some((member) => ensemble.role(member) === 'leader'), 'a new leader');
  ensemble.ask(ensemble.connect(one), create('/a'));
  ensemble.process(leader).thaw();
  assert.notEqual(ensemble.settle(), leader);
  ensemble.run(100);
  assert.equal(ensemble.dataAt(leader, '/a'), '');
});

test('a member that loses the bus, and knows it, stops serving at once and comes back', () => {
  const { ensemble, leader, others } = running();
  for (const member of [leader, ...others]) {
    const client = ensemble.connect(member);
    ensemble.network.disconnect(member);
    ensemble.run(1);
    assert.equal(client.isOpen, false);
    ensemble.network.reconnect(member);
    ensemble.settle(3000);
  }
});

test('every epoch is above all that came before it, on every member', () => {
  const ensemble = new Ensemble();
  ensemble.start();
  let last = 0;
  for (let time = 0; time < 6; time++) {
    const leader = ensemble.settle();
    ensemble.ask(ensemble.connect(leader), create(`/a${time}`));
    ensemble.run(100);
    const epoch = epochOf(ensemble.zxid(leader));
    assert.ok(epoch > last);
    for (const member of ensemble.voters) {
      assert.deepEqual(ensemble.log(member).epochs, { acceptedEpoch: epoch, currentEpoch: epoch });
    }
    last = epoch;
    ensemble.crash(leader);
    ensemble.settle();
    ensemble.restart(leader);
  }
});

test('a member alone leads, writes and comes back with what it wrote', () => {
  const ensemble = new Ensemble({ size: 1 });
  ensemble.start();
  ensemble.settle();
  const client = ensemble.connect(1);
  ensemble.ask(client, create('/a', 'kept'));
  ensemble.ask(client, sync());
  ensemble.crash(1);
  ensemble.restart(1);
  ensemble.settle();
  assert.equal(ensemble.dataAt(1, '/a'), 'kept');
});
