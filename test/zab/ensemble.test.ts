import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Ensemble } from '../sim/world/ensemble.ts';
import { create, dataOf, getData } from '../sim/world/request.ts';

test('three members elect a leader, and a write through a follower reaches all of them', () => {
  const ensemble = new Ensemble();
  ensemble.start();
  const leader = ensemble.settle();
  const [follower] = ensemble.followers;
  assert.ok(follower !== undefined);
  const client = ensemble.connect(follower);
  assert.equal(ensemble.ask(client, create('/a', 'value')).code, 0);
  assert.equal(dataOf(ensemble.ask(client, getData('/a')).body), 'value');
  ensemble.run(100);
  for (const member of ensemble.voters) {
    assert.equal(ensemble.dataAt(member, '/a'), 'value', `member ${member}`);
    assert.equal(ensemble.digest(member), ensemble.digest(leader));
  }
});
