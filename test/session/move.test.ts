import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Ensemble } from '../sim/world/ensemble.ts';
import { create, setData } from '../sim/world/request.ts';

test('a session is at home at every member as soon as its client knows it', () => {
  const ensemble = new Ensemble({ networkMs: (random) => 1 + random.below(5) });
  ensemble.start();
  ensemble.settle();
  for (const here of ensemble.voters) {
    for (const there of ensemble.voters) {
      if (there === here) continue;
      const { session } = ensemble.connect(here);
      const moved = ensemble.connect(there, session);
      assert.equal(moved.session?.sessionId, session?.sessionId);
    }
  }
});

test('what a session asked of a member before it moved is not done when it comes back there', () => {
  const ensemble = new Ensemble();
  ensemble.start();
  const leader = ensemble.settle();
  const [follower] = ensemble.followers;
  assert.ok(follower !== undefined);
  const timeoutMs = 20_000;
  const before = ensemble.connect(follower, { timeoutMs });
  const { session } = before;
  assert.ok(session !== undefined);
  ensemble.ask(before, create('/a', 'at first'));
  // Its request lies in the socket of a member that stands still.
  ensemble.process(follower).freeze();
  before.send(setData('/a', 'stale'));
  const { lastZxidSeen } = before;
  const elsewhere = ensemble.connect(leader, { ...session, timeoutMs, lastZxidSeen });
  assert.equal(ensemble.ask(elsewhere, setData('/a', 'new')).code, 0);
  elsewhere.disconnect();
  const back = ensemble.knock(follower, { ...session, timeoutMs, lastZxidSeen });
  ensemble.run(100);
  ensemble.process(follower).thaw();
  ensemble.run(1000);
  assert.equal(ensemble.dataAt(leader, '/a'), 'new');
  assert.ok(back.isOpen);
});

test('a deposed leader tells no session of its successor that it is over', () => {
  const ensemble = new Ensemble();
  ensemble.start();
  const deposed = ensemble.settle();
  const others = ensemble.voters.filter((voter) => voter !== deposed);
  // Its voice goes first: the others elect one of them before it finds out.
  for (const other of others) ensemble.network.cut(deposed, other);
  ensemble.run(450);
  for (const other of others) ensemble.network.cut(other, deposed);
  const roles = () => others.map((other) => ensemble.role(other));
  const follows = () =>
    roles().includes('leader') ? others[roles().indexOf('follower')] : undefined;
  ensemble.until(() => follows() !== undefined, 'the others have a leader', 2000);
  assert.equal(ensemble.role(deposed), 'leader');
  const client = ensemble.connect(follows() ?? 0);
  const { session } = client;
  assert.ok(session !== undefined);
  client.disconnect();
  const moved = ensemble.knock(deposed, { ...session, lastZxidSeen: 0 });
  ensemble.until(() => !moved.isOpen, 'it steps down, and cuts off who waits', 5000);
  assert.equal(moved.session, undefined, 'nothing was said of the session');
});
