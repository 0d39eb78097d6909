import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from '../client/client.ts';
import { eventually } from '../ensemble/wait.ts';
import { Ensemble, type Member } from '../ensemble.ts';
import { checkHistory } from './history.ts';
import { SteadyLoad } from './steady-load.ts';

/** The log reaches back over what the DIFF below needs, and not to the beginning. */
const SHORT_LOG = { 'log.retainTxns': 12_000, 'checkpoint.intervalMs': 500 };

/** Longer than the silence after which a leader gives a follower up. */
const FROZEN_MS = 4000;

/** Writes through one client, `window` at a time. */
async function write(client: Client, path: string, count: number, window = 200): Promise<void> {
  for (let done = 0; done < count; done += window) {
    await Promise.all(Array.from({ length: window }, (_, i) => client.set(path, `${done + i}`)));
  }
}

/** How the member caught up since the call. */
async function catchUpOf(
  ensemble: Ensemble,
  member: Member,
  restart: () => void | Promise<void>,
): Promise<string> {
  const known = ensemble.catchUps(member).length;
  await restart();
  const ways = await eventually(`member ${member.id} to catch up`, 60_000, () => {
    const all = ensemble.catchUps(member);
    return all.length > known ? all.slice(known) : undefined;
  });
  await ensemble.serving();
  return ways.at(-1) ?? '';
}

describe('a member that was away', () => {
  let ensemble: Ensemble;
  let load: SteadyLoad;

  before(async () => {
    ensemble = await Ensemble.start({ settings: SHORT_LOG });
    load = await SteadyLoad.start(ensemble.members, { pauseMs: 20 });
  });
  after(async () => {
    load?.abandon();
    await ensemble?.stop();
  });

  test('comes back by DIFF after 10,000 writes', { timeout: 120_000 }, async (context) => {
    const [follower] = await ensemble.followers();
    assert.ok(follower);
    await follower.process.kill();
    const others = ensemble.members.filter((member) => member !== follower);
    const client = await Client.connect(others);
    await client.create('/away');
    await write(client, '/away', 10_000);
    await client.close();
    const started = performance.now();
    const way = await catchUpOf(ensemble, follower, () => follower.process.start());
    context.diagnostic(`${way} after ${(performance.now() - started).toFixed(0)} ms`);
    // Apache ZooKeeper weighs the log against its last snapshot, which is small here.
    assert.ok(way === 'DIFF' || (ensemble.kind === 'zookeeper' && way === 'SNAP'), way);
  });

  test('comes back after it was frozen for longer than anyone waits', {
    timeout: 120_000,
  }, async () => {
    const [, follower] = await ensemble.followers();
    assert.ok(follower);
    follower.process.signal('SIGSTOP');
    const others = ensemble.members.filter((member) => member !== follower);
    const client = await Client.connect(others);
    await write(client, '/away', 1000);
    await sleep(FROZEN_MS);
    await client.close();
    follower.process.signal('SIGCONT');
    await ensemble.serving();
    assert.equal((await ensemble.followers()).includes(follower), true);
  });

  test('comes back by SNAP when its data directory is gone', { timeout: 90_000 }, async () => {
    const [follower] = await ensemble.followers();
    assert.ok(follower);
    const client = await Client.connect(ensemble.members);
    let way = '';
    // The leader forgets the beginning of its log when it gets to it.
    for (let attempt = 1; attempt <= 3 && way !== 'SNAP'; attempt += 1) {
      await write(client, '/away', 15_000);
      await follower.process.kill();
      follower.wipe();
      way = await catchUpOf(ensemble, follower, () => follower.process.start());
    }
    assert.equal(way, 'SNAP');
    await client.close();
  });

  test('holds all that was acknowledged, as every member does', {
    timeout: 60_000,
  }, async (context) => {
    await load.stop();
    await ensemble.settled();
    context.diagnostic(JSON.stringify(await checkHistory(load, ensemble.members)));
    await load.close();
  });
});
