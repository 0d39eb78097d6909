import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from '../client/client.ts';
import { ConnectionLost } from '../client/error.ts';
import { eventually } from '../ensemble/wait.ts';
import { Ensemble } from '../ensemble.ts';

/** How long the leader has to log what its frozen followers do not; below the silence after which it gives up. */
const FROZEN_MS = 500;
const ROUNDS = 3;

/**
 * The followers are frozen and then killed, so that what the leader sends them is lost; the leader logs it, is killed
 * too, and the others go on without it. When it comes back, its tail must go.
 */
test('a member with an uncommitted tail is truncated', { timeout: 180_000 }, async (context) => {
  const ensemble = await Ensemble.start();
  try {
    let truncated = false;
    for (let round = 1; round <= ROUNDS && !truncated; round += 1) {
      truncated = await leaveTail(ensemble, round);
      context.diagnostic(`round ${round}: ${truncated ? 'TRUNC' : 'no tail'}`);
    }
    assert.ok(truncated, `no TRUNC in ${ROUNDS} rounds`);
  } finally {
    await ensemble.stop();
  }
});

async function leaveTail(ensemble: Ensemble, round: number): Promise<boolean> {
  const leader = await ensemble.leader();
  const followers = await ensemble.followers();
  const path = `/tail-${round}`;
  const client = await Client.connect([leader]);
  await client.create(path);
  await ensemble.settled();

  const acknowledged = Array.from({ length: 200 }, (_, index) => `n${index}`);
  await Promise.all(acknowledged.map((name) => client.create(`${path}/${name}`)));
  for (const follower of followers) follower.process.signal('SIGSTOP');
  const tail = Array.from({ length: 100 }, (_, index) => `tail${index}`);
  const answers = tail.map((name) =>
    client.create(`${path}/${name}`).then(
      () => assert.fail(`${name} was acknowledged without a quorum`),
      (error) => assert.ok(error instanceof ConnectionLost, String(error)),
    ),
  );
  await sleep(FROZEN_MS);
  await Promise.all(followers.map((follower) => follower.process.kill()));
  await leader.process.kill();
  await Promise.all(answers);
  client.abandon();

  for (const follower of followers) follower.process.start();
  await ensemble.serving(followers);
  const survivor = await Client.connect(followers);
  await survivor.create(`${path}/after`);
  const ways = ensemble.catchUps(leader).length;
  leader.process.start();
  await ensemble.serving();
  const way = await eventually('the old leader to catch up', 30_000, () =>
    ensemble.catchUps(leader).slice(ways).at(-1),
  );

  const expected = [...acknowledged, 'after'].sort();
  const seen: string[] = [];
  for (const member of ensemble.members) {
    const reader = await Client.connect([member]);
    await reader.sync(path);
    const names = await reader.children(path);
    const lost = expected.filter((name) => !names.includes(name));
    assert.deepEqual(lost, [], `member ${member.id} lost acknowledged writes`);
    seen.push(names.sort().join());
    await reader.close();
  }
  assert.equal(new Set(seen).size, 1, 'the members hold different trees');
  await survivor.close();
  // Apache ZooKeeper's new leader remembers nothing of the old epoch after a restart, and sends everything.
  return way === 'TRUNC' || (ensemble.kind === 'zookeeper' && way === 'SNAP');
}
