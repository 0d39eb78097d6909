import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Client } from '../client/client.ts';
import { MODE, OP } from '../client/record.ts';
import { createBody, createTtlBody } from '../client/request.ts';
import { eventually } from '../ensemble/wait.ts';
import { Ensemble } from '../ensemble.ts';
import { refuses } from './protocol/scene.ts';

const CHECK_MS = 200;
const WITHIN_MS = 20_000;

/** Containers and TTL nodes on real members, across a change of the leader and a start of all of them (reference §9.8). */
let ensemble: Ensemble;
let client: Client;

before(async () => {
  const settings = {
    'znode.container.checkIntervalMs': CHECK_MS,
    'checkpoint.intervalMs': CHECK_MS,
  };
  ensemble = await Ensemble.start({ settings });
  client = await Client.connect(ensemble.members);
});
after(async () => {
  await client?.close().catch(() => undefined);
  await ensemble?.stop();
});

async function container(path: string): Promise<void> {
  await client.request(OP.createContainer, createBody(path, null, { mode: MODE.container }), path);
}

async function ttl(path: string, ttlMs: number): Promise<void> {
  await client.request(OP.createTtl, createTtlBody(path, null, ttlMs), path);
}

async function goes(path: string): Promise<void> {
  const isGone = async () => (await client.exists(path)) === undefined;
  await eventually(`${path} goes`, WITHIN_MS, isGone);
}

async function isThere(path: string): Promise<boolean> {
  return (await client.exists(path)) !== undefined;
}

test('what has had its time goes, and nothing else', async () => {
  for (const path of ['/unused', '/used', '/full']) await container(path);
  for (const path of ['/used/child', '/full/child']) await client.create(path);
  await ttl('/short', 300);
  await ttl('/long', 3_600_000);
  await client.delete('/used/child');
  await goes('/used');
  await goes('/short');
  for (const path of ['/unused', '/full', '/long']) assert.ok(await isThere(path), path);
});

test('a new leader goes on with it', async () => {
  await container('/moved');
  await client.create('/moved/child');
  const leader = await ensemble.leader();
  await leader.process.kill();
  leader.process.start();
  await ensemble.settled();
  await client.delete('/moved/child');
  await goes('/moved');
});

test('after a start of all members they are found in the trees that are on the disks', async () => {
  await container('/kept');
  await client.create('/kept/child');
  await ttl('/t', 5000);
  await client.set('/t', 'so that a checkpoint has both');
  await new Promise((resolve) => setTimeout(resolve, 5 * CHECK_MS));
  for (const member of ensemble.members) await member.process.kill();
  for (const member of ensemble.members) member.process.start();
  await ensemble.settled();
  assert.ok((await isThere('/kept')) && (await isThere('/unused')) && (await isThere('/long')));
  await client.delete('/kept/child');
  await goes('/kept');
  await goes('/t');
  assert.ok((await isThere('/unused')) && (await isThere('/long')));
});

test('a node whose child comes and goes is not missed by those who use it: they meet NONODE or NOTEMPTY', async () => {
  await container('/busy');
  for (let at = 0; at < 20; at++) {
    await client.create('/busy/child').catch(async (error: unknown) => {
      assert.match(String(error), /NONODE/);
      await container('/busy');
      await client.create('/busy/child');
    });
    await refuses('NOTEMPTY', client.delete('/busy'));
    await client.delete('/busy/child');
  }
  await goes('/busy');
});
