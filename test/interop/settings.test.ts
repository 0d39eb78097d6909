import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { Client } from '../client/client.ts';
import { Connection } from '../client/connection.ts';
import type { Acl } from '../client/record.ts';
import { mntr } from '../ensemble/four-letter-word.ts';
import { eventually } from '../ensemble/wait.ts';
import { Ensemble, type Member } from '../ensemble.ts';

/** What a setting does that no other test asks for, on a member of its own. */
async function memberWith(
  context: TestContext,
  settings: Readonly<Record<string, string | number>>,
): Promise<Member> {
  const ensemble = await Ensemble.start({ members: 1, settings });
  context.after(() => ensemble.stop());
  const [member] = ensemble.members;
  assert.ok(member !== undefined);
  return member;
}

async function timeoutOf(member: Member, asked: number): Promise<number> {
  const connection = await Connection.open(member, { timeoutMs: asked });
  const { timeoutMs } = connection;
  await connection.close();
  return timeoutMs;
}

test('minSessionTimeout and maxSessionTimeout bound what is granted, whatever the ticks say', async (context) => {
  const member = await memberWith(context, { minSessionTimeout: 3000, maxSessionTimeout: 5000 });
  assert.equal(await timeoutOf(member, 1), 3000);
  assert.equal(await timeoutOf(member, 4000), 4000);
  assert.equal(await timeoutOf(member, 60_000), 5000);
});

test('with skipACL nobody is asked for a permission, nobody becomes super, and an ACL has to be one all the same', async (context) => {
  const member = await memberWith(context, { skipACL: 'yes' });
  const client = await Client.connect([member]);
  assert.deepEqual(await client.whoAmI(), [{ scheme: 'ip', user: '127.0.0.1' }]);
  const closed: readonly Acl[] = [{ perms: 0, scheme: 'world', id: 'anyone' }];
  await client.create('/closed', 'secret');
  await client.setAcl('/closed', closed);
  assert.equal((await client.get('/closed')).data, 'secret');
  await client.set('/closed', 'another');
  await client.create('/closed/child');
  const own: readonly Acl[] = [{ perms: 31, scheme: 'auth', id: '' }];
  await assert.rejects(client.setAcl('/closed', own), /INVALIDACL/);
  await client.auth('digest', 'user:secret');
  await client.setAcl('/closed', own);
  await client.close();
});

async function checkpoints(member: Member): Promise<number> {
  return Number((await mntr(member)).get('snapshot_count'));
}

test('a checkpoint begins after checkpoint.changes, however long the interval', async (context) => {
  const day = 24 * 3600 * 1000;
  const settings = { 'checkpoint.intervalMs': day, 'checkpoint.changes': 10 };
  const member = await memberWith(context, settings);
  const client = await Client.connect([member]);
  const before = await checkpoints(member);
  for (let index = 0; index < 30; index++) await client.create(`/node-${index}`);
  await eventually('a checkpoint', 20_000, async () => (await checkpoints(member)) > before);
  await client.close();
});

test('a checkpoint of a tree of many nodes begins after a fifth of checkpoint.changes', async (context) => {
  const day = 24 * 3600 * 1000;
  const settings = { 'checkpoint.intervalMs': day, 'checkpoint.changes': 20 };
  const member = await memberWith(context, settings);
  const client = await Client.connect([member]);
  for (let index = 0; index < 220; index++) await client.create(`/node-${index}`);
  // The first of them may have been owed to changes of before.
  for (let round = 0; round < 3; round++) {
    const before = await checkpoints(member);
    for (let index = 0; index < 4; index++) await client.set(`/node-${index}`, `of ${round}`);
    await eventually('a checkpoint', 20_000, async () => (await checkpoints(member)) > before);
  }
  await client.close();
});

test('a checkpoint begins after checkpoint.intervalMs, however few the changes', async (context) => {
  const settings = { 'checkpoint.intervalMs': 200, 'checkpoint.changes': 1_000_000 };
  const member = await memberWith(context, settings);
  const client = await Client.connect([member]);
  const before = await checkpoints(member);
  await client.create('/one');
  await eventually('a checkpoint', 20_000, async () => (await checkpoints(member)) > before);
  await client.close();
});
