import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Client } from '../client/client.ts';
import { mntr } from '../ensemble/four-letter-word.ts';
import { eventually } from '../ensemble/wait.ts';
import { Ensemble, type Member, serviceUnderTest } from '../ensemble.ts';

/** Members without a vote as processes (reference §9.6). */

const LONG_MS = 30_000;

async function stopsServing(members: readonly Member[]): Promise<void> {
  await eventually('these serve nobody', LONG_MS, async () => {
    const modes = await Promise.all(members.map((member) => member.srvr()));
    return modes.every((mode) => mode === undefined) ? true : undefined;
  });
}

function isObserver(member: Member): Promise<true> {
  return eventually(`member ${member.id} observes`, LONG_MS, async () =>
    (await member.srvr())?.mode === 'observer' ? true : undefined,
  );
}

test('an observer serves clients, comes back when it was killed, and makes no quorum', {
  timeout: 240_000,
}, async () => {
  const ensemble = await Ensemble.start({
    observers: 1,
    ...(serviceUnderTest() === 'vivarium' ? { settings: { 'checkpoint.intervalMs': 100 } } : {}),
  });
  try {
    const observer = ensemble.member(4);
    const voters = ensemble.members.filter(({ votes }) => votes);
    assert.equal((await observer.srvr())?.mode, 'observer');
    const leader = await ensemble.leader();
    assert.ok(leader.votes);
    const figures = await eventually('the leader counts it', LONG_MS, async () => {
      const all = await mntr(leader);
      return all.get('synced_observers') === '1' ? all : undefined;
    });
    assert.equal(figures.get('synced_followers'), '2');
    assert.equal(figures.get('quorum_size'), '3');
    assert.equal((await mntr(observer)).get('peer_state'), 'observing - broadcast');

    const here = await Client.connect([observer]);
    const there = await Client.connect([leader]);
    await here.create('/by-observer', 'a');
    await there.sync('/');
    assert.equal((await there.get('/by-observer')).data, 'a');
    await here.exists('/by-voter', true);
    await there.create('/by-voter', 'b');
    await here.sync('/');
    assert.equal((await here.get('/by-voter')).data, 'b');

    await observer.process.kill();
    here.abandon();
    await there.set('/by-observer', 'while it was gone');
    observer.process.start();
    await isObserver(observer);
    await ensemble.settled();
    const again = await Client.connect([observer]);
    assert.equal((await again.get('/by-observer')).data, 'while it was gone');
    again.abandon();

    await observer.process.kill();
    observer.wipe();
    observer.process.start();
    await isObserver(observer);
    await ensemble.settled();
    if (ensemble.kind === 'vivarium') assert.equal(ensemble.catchUps(observer).at(-1), 'SNAP');

    const [first, ...others] = voters.filter((voter) => voter !== leader);
    assert.ok(first !== undefined);
    there.abandon();
    for (const member of [first, ...others]) await member.process.kill();
    await stopsServing([leader, observer]);
    first.process.start();
    await ensemble.serving([leader, first, observer]);
    await isObserver(observer);
    const healed = await Client.connect([observer]);
    await healed.create('/healed');
    await healed.close();
  } finally {
    await ensemble.stop();
  }
});

test('a voter that is started anew as an observer counts no more, before the others are told and after', {
  timeout: 240_000,
  skip: serviceUnderTest() === 'vivarium' ? false : 'settings of Vivarium',
}, async () => {
  const ensemble = await Ensemble.start();
  try {
    const [one, two, three] = [1, 2, 3].map((id) => ensemble.member(id));
    assert.ok(one !== undefined && two !== undefined && three !== undefined);
    const before = await Client.connect([one]);
    await before.create('/before');
    await before.close();
    for (const { id } of ensemble.members) becomesTwo(ensemble, id);

    // The others take it for a voter still, and it has acknowledged all that they have.
    await three.process.kill();
    three.process.start();
    await isObserver(three);
    await ensemble.serving();
    const client = await Client.connect([three]);
    await client.create('/meanwhile');
    client.abandon();
    await two.process.kill();
    await stopsServing([one, three]);

    two.process.start();
    await ensemble.serving([one, two]);
    await one.process.kill();
    one.process.start();
    await ensemble.serving();
    await isObserver(three);
    await three.process.kill();
    const after = await Client.connect([one, two]);
    assert.deepEqual((await after.children('/')).sort(), ['before', 'meanwhile', 'zookeeper']);
    await after.create('/after');
    await after.close();
  } finally {
    await ensemble.stop();
  }
});

/** From its next start on the member knows of two voters, and of member 3 without a vote. */
function becomesTwo(ensemble: Ensemble, id: number): void {
  const file = join(ensemble.directory, `member-${id}.cfg`);
  const text = readFileSync(file, 'utf8').replace(/^members=.*$/m, 'members=1,2\nobservers=3');
  writeFileSync(file, text);
}
