import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { adminApp } from '../../runtime/admin/app.ts';
import { isTrustedHost } from '../../runtime/admin/host-header.ts';
import { startAdminServer } from '../../runtime/admin/server.ts';
import { loadMemberConfig } from '../../runtime/config/member-config.ts';
import type { MemberStatusForAdmin, RunningMember } from '../../runtime/member-contract.ts';

const { config } = loadMemberConfig({
  flags: { id: '2', members: '1,2,3', dataDir: 'data', clientAddresses: '3=10.0.0.3:2181' },
  environment: {},
});

const leading: MemberStatusForAdmin = {
  serving: true,
  mode: 'leader',
  leader: 2,
  epoch: 4,
  zxid: 4 * 2 ** 32 + 17,
  uptimeMs: 1000,
};

function memberWith(status: MemberStatusForAdmin): RunningMember {
  return {
    status: () => status,
    actors: () => [
      {
        name: 'leader',
        state: { broadcast: 'steady' },
        status: 'active',
        view: { acks: new Map([[1, 5]]), synced: new Set([1, 3]), bytes: Buffer.alloc(3), big: 7n },
        definition: { id: 'leader', states: { broadcast: {} } },
      },
    ],
    stop: async () => {},
    failed: new Promise(() => {}),
  };
}

async function ask(
  path: string,
  member: RunningMember | undefined = memberWith(leading),
  host = 'localhost:8080',
) {
  const app = adminApp(config, '127.0.0.1', () => member);
  const response = await app.request(path, { headers: { host } });
  const text = await response.text();
  const body: unknown = JSON.parse(text);
  return { status: response.status, body, text };
}

test('GET /actors shows every actor with state, view and definition', async () => {
  const { status, body } = await ask('/actors');
  assert.equal(status, 200);
  assert.deepEqual(body, {
    member: 2,
    ensemble: 'vivarium',
    actors: [
      {
        name: 'leader',
        state: { broadcast: 'steady' },
        status: 'active',
        view: { acks: { 1: 5 }, synced: [1, 3], bytes: '<3 bytes>', big: '7' },
        definition: { id: 'leader', states: { broadcast: {} } },
      },
    ],
  });
});

test('one actor by name, and a plain answer for a wrong name', async () => {
  assert.match((await ask('/actors/leader')).text, /"name": "leader"/);
  const wrong = await ask('/actors/lader');
  assert.equal(wrong.status, 404);
  assert.match(wrong.text, /no actor \\"lader\\"/);
});

test('GET /health is 200 while serving and 503 while not', async () => {
  const serving = await ask('/health');
  assert.equal(serving.status, 200);
  assert.match(serving.text, /"mode": "leader"[^}]*"zxid": "0x400000011"/);
  const looking = await ask('/health', memberWith({ ...leading, serving: false, mode: 'looking' }));
  assert.equal(looking.status, 503);
  assert.match(looking.text, /"serving": false/);
});

test('a member that still starts says so', async () => {
  const app = adminApp(config, '127.0.0.1', () => undefined);
  for (const path of ['/health', '/actors', '/actors/leader']) {
    const response = await app.request(path, { headers: { host: '127.0.0.1' } });
    assert.equal(response.status, 503, path);
    assert.match(await response.text(), /starting/);
  }
});

test('commands answer as ZooKeeper does', async () => {
  assert.deepEqual((await ask('/commands/ruok')).body, { command: 'ruok', error: null });
  assert.deepEqual((await ask('/commands/leader')).body, {
    command: 'leader',
    is_leader: true,
    leader_id: 2,
    leader_ip: '127.0.0.1',
    error: null,
  });
  const unknown = await ask('/commands/dance');
  assert.equal(unknown.status, 200);
  assert.match(unknown.text, /Unknown command: dance/);
});

test('a request under another host name is refused (DNS rebinding)', async () => {
  for (const host of [
    'evil.example',
    'localhost.evil.example',
    '127.0.0.1.evil.example:8080',
    '',
  ]) {
    assert.equal((await ask('/actors', memberWith(leading), host)).status, 403, host);
  }
  for (const host of ['localhost', 'LOCALHOST:8080', '127.0.0.1:8080', '[::1]:8080', '127.1.2.3']) {
    assert.ok(isTrustedHost(host, '127.0.0.1'), host);
  }
  assert.ok(isTrustedHost('10.0.0.7:8080', '10.0.0.7'));
  assert.ok(!isTrustedHost(undefined, '127.0.0.1'));
});

test('nothing but GET, nothing elsewhere', async () => {
  const app = adminApp(config, '127.0.0.1', () => memberWith(leading));
  const headers = { host: 'localhost' };
  assert.equal((await app.request('/actors', { method: 'POST', headers })).status, 404);
  assert.equal((await app.request('/nowhere', { headers })).status, 404);
});

test('the server listens, answers and frees its port', async () => {
  const server = await startAdminServer({ host: '127.0.0.1', port: 0 }, config, () => undefined);
  const url = `http://127.0.0.1:${server.address.port}/commands/ruok`;
  const response = await fetch(url);
  assert.equal(response.status, 200);
  await response.text();
  await server.close();
  await assert.rejects(fetch(url));
});

test('a port in use and an address that is not here are sentences', async (context) => {
  const holder = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => holder.once('listening', resolve));
  context.after(() => holder.close());
  const address = holder.address();
  assert.ok(address !== null && typeof address === 'object');
  await assert.rejects(
    startAdminServer({ host: '127.0.0.1', port: address.port }, config, () => undefined),
    { name: 'UserError', code: 'PORT_IN_USE', exitCode: 2 },
  );
  await assert.rejects(
    startAdminServer({ host: '192.0.2.1', port: 1 }, config, () => undefined),
    { name: 'UserError', code: 'ADDRESS_UNUSABLE' },
  );
});
