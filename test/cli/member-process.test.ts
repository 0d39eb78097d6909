import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { ensembleDirectory, freePortRow, RunningCommand, tell } from './command.ts';

async function startMember(context: TestContext, ...extra: string[]) {
  const directory = ensembleDirectory(context);
  const port = await freePortRow(2);
  const args = ['member', '--id', '1', '--members', '1', '--data', path.join(directory, '1')];
  const ports = ['--client-port', String(port), '--admin-port', String(port + 1)];
  const command = new RunningCommand(context, [...args, ...ports, ...extra]);
  return { command, port, directory };
}

test('a member runs until SIGTERM, logs JSON where nobody watches, and ends with 0', async (context) => {
  const { command, port } = await startMember(context);
  await command.stderrLine(/the member runs/);
  for (const line of command.stderr.trim().split('\n')) {
    const entry: unknown = JSON.parse(line);
    assert.ok(typeof entry === 'object' && entry !== null && 'member' in entry);
    assert.equal(entry.member, 1);
  }
  const health = await fetch(`http://127.0.0.1:${port + 1}/health`);
  assert.equal(health.status, 200);
  await health.text();
  command.process.kill('SIGTERM');
  assert.equal(await command.exitCode(), 0);
  assert.equal(command.stdout, '');
});

test('pretty lines are for people', async (context) => {
  const { command } = await startMember(context, '--log-format', 'pretty');
  await command.stderrLine(/^\[\d\d:\d\d:\d\d\.\d{3}\] INFO: the member runs/m);
  assert.doesNotMatch(command.stderr, /^\{/m);
});

test('a member whose stdin ends stops when it was told to, and only then', async (context) => {
  const { command } = await startMember(context, '--stop-with-parent');
  await command.stderrLine(/the member runs/);
  command.process.stdin?.end();
  assert.equal(await command.exitCode(), 0);

  const other = await startMember(context);
  await other.command.stderrLine(/the member runs/);
  other.command.process.stdin?.end();
  assert.match(await tell(other.port, 'hello'), /"id":1/);
});

test('a stop that hangs is cut short', async (context) => {
  const { command, port } = await startMember(context);
  await command.stderrLine(/the member runs/);
  await tell(port, 'sulk');
  command.process.kill('SIGTERM');
  assert.equal(await command.exitCode(), null, 'by a signal');
  assert.match(command.stderr, /took longer than/);
});

test('a member that stops itself while a checkpoint is being written ends all the same', async (context) => {
  const { command, port } = await startMember(context);
  await command.stderrLine(/the member runs/);
  await tell(port, 'checkpoint');
  await tell(port, 'full').catch(() => '');
  assert.equal(await command.exitCode(), null, 'by a signal');
  assert.match(command.stderr, /stopped itself: DiskFull/);
});

test('a member that stops itself says why and what to do, exit code 1', async (context) => {
  const { command, port } = await startMember(context);
  await command.stderrLine(/the member runs/);
  await tell(port, 'full').catch(() => '');
  assert.equal(await command.exitCode(), 1);
  assert.match(
    command.stderr,
    /^vivarium: Member 1 \(.*\) stopped itself: DiskFull: no space left on device\. Free some space.*\[MEMBER_STOPPED\]$/m,
  );
});

test('an exception nobody caught stops the member with its trace', async (context) => {
  const { command, port } = await startMember(context);
  await command.stderrLine(/the member runs/);
  await tell(port, 'boom').catch(() => '');
  assert.equal(await command.exitCode(), 1);
  assert.match(command.stderr, /fake-vivarium\.ts:\d+/);
  assert.match(command.stderr, /stopped itself: Error: a defect\./);
});

test('an admin port in use is a sentence and exit code 2', async (context) => {
  const port = await freePortRow(2);
  const holder = createServer().listen(port + 1, '127.0.0.1');
  await new Promise((resolve) => holder.once('listening', resolve));
  context.after(() => holder.close());
  const data = ensembleDirectory(context);
  const args = ['member', '--id', '1', '--members', '1', '--data', data];
  const ports = ['--client-port', String(port), '--admin-port', String(port + 1)];
  const command = new RunningCommand(context, [...args, ...ports]);
  assert.equal(await command.exitCode(), 2);
  assert.match(command.stderr, /Port \d+ on 127\.0\.0\.1 is in use.*--admin-port/);
});
