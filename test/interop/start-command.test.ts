import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Client } from '../client/client.ts';
import type { Address } from '../client/connection.ts';
import { srvr } from '../ensemble/four-letter-word.ts';
import { freePorts } from '../ensemble/free-port.ts';
import { ManagedProcess } from '../ensemble/managed-process.ts';
import { eventually } from '../ensemble/wait.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** What the README promises, on a quiet machine; a busy one gets three times as long. */
const SERVING_MS = 15_000;

describe('npm start', () => {
  let directory: string;
  let clientPort: number;
  let start: ManagedProcess;
  let members: Address[];

  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'start-'));
    clientPort = await freePorts(3);
    const flags = ['--client-port', String(clientPort), '--admin-port', String(await freePorts(3))];
    const args = [
      '--prefix',
      ROOT,
      '--silent',
      'start',
      '--',
      ...flags,
      '--data',
      join(directory, 'data'),
    ];
    start = new ManagedProcess('npm start', { file: 'npm', args }, join(directory, 'output'));
    members = [0, 1, 2].map((index) => ({ host: '127.0.0.1', port: clientPort + index }));
  });
  after(async () => {
    await start.terminate();
    rmSync(directory, { recursive: true, force: true });
  });

  const connectString = () => members.map(({ host, port }) => `${host}:${port}`).join(',');
  const pid = (name: string) => Number(readFileSync(join(directory, 'data', name, 'pid'), 'utf8'));
  const serving = () =>
    eventually('the connection string', SERVING_MS * 3, () =>
      start.log().includes(connectString()),
    );
  const modes = async () => (await Promise.all(members.map(srvr))).map((one) => one?.mode ?? '');

  test('serves, and says so in one line', { timeout: 60_000 }, async (context) => {
    const started = performance.now();
    start.start();
    await serving();
    context.diagnostic(`serving after ${(performance.now() - started).toFixed(0)} ms`);
    assert.deepEqual((await modes()).sort(), ['follower', 'follower', 'leader']);
    await eventually('the same zxid on every member', 5000, async () => {
      const zxids = (await Promise.all(members.map(srvr))).map((one) => one?.zxid);
      return zxids[0] !== undefined && new Set(zxids).size === 1;
    });
  });

  test('starts a member that dies again', { timeout: 60_000 }, async () => {
    const client = await Client.connect(members);
    await client.create('/kept', 'x');
    const before = pid('2');
    process.kill(before, 'SIGKILL');
    await eventually(
      'another process',
      30_000,
      () => existsSync(join(directory, 'data/2/pid')) && pid('2') !== before,
    );
    await eventually('all to serve', 30_000, async () => !(await modes()).includes(''));
    const reader = await Client.connect(members.slice(1, 2));
    await reader.sync('/kept');
    assert.equal((await reader.get('/kept')).data, 'x');
    await reader.close();
    await client.close();
  });

  test('stops everything on SIGTERM, with exit code 0', { timeout: 60_000 }, async () => {
    const pids = [...['1', '2', '3'].map(pid), pid('nats-1')];
    assert.equal(await start.terminate(30_000), 0);
    assert.deepEqual(pids.filter(isAlive), []);
  });

  test('goes on with the same data when it is started again', { timeout: 60_000 }, async () => {
    rmSync(start.logFile);
    start.start();
    await serving();
    const client = await Client.connect(members);
    assert.equal((await client.get('/kept')).data, 'x');
    await client.close();
    assert.equal(await start.terminate(30_000), 0);
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
