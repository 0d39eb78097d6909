import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { identifyProcess } from '../../runtime/supervisor/process-identity.ts';
import { ensembleDirectory, freePortRow, RunningCommand, tell, until } from './command.ts';

const SERVES = /127\.0\.0\.1:\d+(,127\.0\.0\.1:\d+)*/;

interface Ensemble {
  readonly command: RunningCommand;
  readonly directory: string;
  readonly port: number;
}

function startEnsemble(
  context: TestContext,
  directory: string,
  port: number,
  extra: readonly string[] = [],
): Ensemble {
  const ports = ['--client-port', String(port), '--admin-port', String(port + 20)];
  const args = ['start', '--data', directory, ...ports, ...extra];
  return { command: new RunningCommand(context, args), directory, port };
}

async function servingEnsemble(context: TestContext, ...extra: string[]): Promise<Ensemble> {
  const directory = ensembleDirectory(context);
  const ensemble = startEnsemble(context, directory, await freePortRow(30), extra);
  await ensemble.command.stdoutLine(SERVES);
  return ensemble;
}

function pidOf({ directory }: Ensemble, name: string): number {
  return Number(readFileSync(path.join(directory, name, 'pid'), 'utf8'));
}

function pidsOf(ensemble: Ensemble, ...names: string[]): number[] {
  return names.map((name) => pidOf(ensemble, name));
}

const allGone = (pids: readonly number[]) =>
  until('all processes to be gone', () => pids.every((pid) => identifyProcess(pid) === undefined));

async function stopped({ command }: Ensemble, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
  command.process.kill(signal);
  assert.equal(await command.exitCode(), 0);
}

test('three members and one NATS server: one line, pid files, nothing left after SIGINT', async (context) => {
  const ensemble = await servingEnsemble(context);
  const { command, directory, port } = ensemble;
  assert.equal(
    command.stdout,
    `Vivarium serves on 127.0.0.1:${port},127.0.0.1:${port + 1},127.0.0.1:${port + 2}\n`,
  );
  assert.deepEqual(JSON.parse(await tell(port + 1, 'who')), { id: 2, voters: [1, 2, 3] });
  const health = await fetch(`http://127.0.0.1:${port + 22}/health`);
  assert.match(await health.text(), /"mode": "leader"/);
  const pids = pidsOf(ensemble, '1', '2', '3', 'nats-1');
  assert.equal(new Set(pids).size, 4);
  for (const pid of pids) assert.ok(identifyProcess(pid), `process ${pid} of a pid file runs`);
  await stopped(ensemble, 'SIGINT');
  await allGone(pids);
  for (const name of ['1', '2', '3', 'nats-1']) {
    assert.equal(existsSync(path.join(directory, name, 'pid')), false);
  }
});

test('members and NATS servers that die are started again', async (context) => {
  const ensemble = await servingEnsemble(context);
  const { directory, port } = ensemble;
  const [member = 0, nats = 0] = pidsOf(ensemble, '2', 'nats-1');
  for (const pid of [member, nats]) process.kill(pid, 'SIGKILL');
  const isReplaced = (name: string, old: number) => {
    const file = path.join(directory, name, 'pid');
    return existsSync(file) && Number(readFileSync(file, 'utf8')) !== old;
  };
  await until('new processes', () => isReplaced('2', member) && isReplaced('nats-1', nats));
  await until('the new member', async () =>
    (await tell(port + 1, 'who').catch(() => '')).includes('"id":2'),
  );
  await stopped(ensemble);
  assert.match(ensemble.command.stderr, /member-2 ended by SIGKILL/);
});

test('with --no-restart the dead stay dead, and the end of the last member is the end', async (context) => {
  const ensemble = await servingEnsemble(context, '--members', '2', '--no-restart');
  const [first = 0, second = 0, nats = 0] = pidsOf(ensemble, '1', '2', 'nats-1');
  process.kill(first, 'SIGKILL');
  await ensemble.command.stderrLine(/member-1 ended by SIGKILL.*--no-restart/);
  assert.equal(existsSync(path.join(ensemble.directory, '1', 'pid')), false);
  assert.match(await tell(ensemble.port + 1, 'who'), /"id":2/);
  process.kill(second, 'SIGKILL');
  assert.equal(await ensemble.command.exitCode(), 1);
  assert.match(ensemble.command.stderr, /All members have ended/);
  await allGone([nats]);
});

test('a second start on the directory is refused, a start after it goes on with the same members', async (context) => {
  const ensemble = await servingEnsemble(context, '--members', '2');
  const { directory, port } = ensemble;
  const second = startEnsemble(context, directory, port);
  assert.equal(await second.command.exitCode(), 2);
  assert.match(second.command.stderr, /already belongs to a running ensemble \(process \d+\)/);
  assert.match(await tell(port, 'who'), /"id":1/);
  await stopped(ensemble);
  const other = startEnsemble(context, directory, port, ['--members', '3']);
  assert.equal(await other.command.exitCode(), 2);
  assert.match(other.command.stderr, /holds an ensemble of 2 members, not of 3/);
  const again = startEnsemble(context, directory, port);
  await again.command.stdoutLine(SERVES);
  assert.deepEqual(JSON.parse(await tell(port, 'who')), { id: 1, voters: [1, 2] });
  await stopped(again);
});

test('a supervisor that is killed takes its processes with it, and its directory can be used again', async (context) => {
  const ensemble = await servingEnsemble(context, '--members', '2');
  const pids = pidsOf(ensemble, '1', '2', 'nats-1');
  ensemble.command.process.kill('SIGKILL');
  await ensemble.command.ended;
  await allGone(pids);
  const again = startEnsemble(context, ensemble.directory, ensemble.port);
  await again.command.stdoutLine(SERVES);
  await stopped(again);
});

test('a member that hangs when its supervisor is killed is ended by the next start', async (context) => {
  const ensemble = await servingEnsemble(context, '--members', '1');
  const [member = 0] = pidsOf(ensemble, '1');
  process.kill(member, 'SIGSTOP');
  ensemble.command.process.kill('SIGKILL');
  await ensemble.command.ended;
  const again = startEnsemble(context, ensemble.directory, ensemble.port);
  await again.command.stdoutLine(SERVES);
  assert.equal(identifyProcess(member), undefined);
  await stopped(again);
});

test('a member that hangs is ended at a stop, within bounds', async (context) => {
  const ensemble = await servingEnsemble(context, '--members', '1');
  const [member = 0] = pidsOf(ensemble, '1');
  process.kill(member, 'SIGSTOP');
  await stopped(ensemble);
  assert.equal(identifyProcess(member), undefined);
});

test('pid files that name nobody, or somebody else, are no obstacle', async (context) => {
  const directory = ensembleDirectory(context);
  const stranger = process.pid;
  for (const [name, content] of [
    ['1', String(stranger)],
    ['2', '99999999'],
    ['nats-1', 'nonsense'],
  ] as const) {
    mkdirSync(path.join(directory, name), { recursive: true });
    writeFileSync(path.join(directory, name, 'pid'), content);
  }
  writeFileSync(path.join(directory, 'supervisor.pid'), `${stranger} another start\n`);
  const ensemble = startEnsemble(context, directory, await freePortRow(30), ['--members', '2']);
  await ensemble.command.stdoutLine(SERVES);
  await stopped(ensemble);
});

test('a port in use is a sentence, and nothing is started', async (context) => {
  const directory = ensembleDirectory(context);
  const port = await freePortRow(30);
  const holder = createServer().listen(port + 1, '127.0.0.1');
  await new Promise((resolve) => holder.once('listening', resolve));
  context.after(() => holder.close());
  const { command } = startEnsemble(context, directory, port);
  assert.equal(await command.exitCode(), 2);
  assert.match(
    command.stderr,
    new RegExp(`^vivarium: Port ${port + 1} on 127\\.0\\.0\\.1 is in use.*--client-port`),
  );
  assert.equal(existsSync(path.join(directory, '1')), false);
});

test('admin ports step over the client ports', async (context) => {
  const directory = ensembleDirectory(context);
  const port = await freePortRow(10);
  const args = ['start', '--data', directory, '--client-port', String(port + 1)];
  const command = new RunningCommand(context, [...args, '--admin-port', String(port)]);
  await command.stdoutLine(SERVES);
  for (const admin of [port, port + 4, port + 5]) {
    const response = await fetch(`http://127.0.0.1:${admin}/health`);
    assert.equal(response.status, 200);
    await response.text();
  }
  await stopped({ command, directory, port });
});

test('--observers adds members that do not vote, and a later start on the directory has them, too', async (context) => {
  const flags = ['--members', '1', '--observers', '2'];
  const first = await servingEnsemble(context, ...flags);
  const { directory, port } = first;
  const addresses = [port, port + 1, port + 2].map((each) => `127.0.0.1:${each}`);
  assert.equal(first.command.stdout, `Vivarium serves on ${addresses.join(',')}\n`);
  for (const member of [1, 2, 3]) {
    const who = JSON.parse(await tell(port + member - 1, 'who'));
    assert.deepEqual(who, { id: member, voters: [1] });
    assert.equal(await tell(port + member - 1, 'observers'), '[2,3]');
  }
  await stopped(first);
  const again = startEnsemble(context, directory, port);
  await again.command.stdoutLine(SERVES);
  assert.equal(again.command.stdout, first.command.stdout);
  await stopped(again);
  const without = startEnsemble(context, directory, port, ['--observers', '0']);
  await without.command.stdoutLine(SERVES);
  assert.equal(without.command.stdout, `Vivarium serves on ${addresses[0]}\n`);
  await stopped(without);
});

test('three NATS servers form a cluster that every member is told of', async (context) => {
  const ensemble = await servingEnsemble(context, '--members', '1', '--nats-servers', '3');
  const servers = (await tell(ensemble.port, 'nats')).split(',');
  assert.equal(new Set(servers).size, 3);
  const pids = pidsOf(ensemble, 'nats-1', 'nats-2', 'nats-3');
  const config = readFileSync(path.join(ensemble.directory, 'nats-1', 'nats.conf'), 'utf8');
  assert.match(config, /cluster \{/);
  await stopped(ensemble);
  await allGone(pids);
});

test('--nats attaches to what runs, --config and the environment reach every member', async (context) => {
  const directory = ensembleDirectory(context);
  const port = await freePortRow(4);
  const config = path.join(directory, 'zoo.cfg');
  writeFileSync(
    config,
    `clientPort=${port}\nadmin.serverPort=${port + 2}\nserver.7=a:1:2;3\nsyncLimit=5\n`,
  );
  const data = path.join(directory, 'data');
  const command = new RunningCommand(
    context,
    ['start', '--members', '2', '--config', config, '--nats', 'nats://127.0.0.1:1'],
    { environment: { VIVARIUM_DATA_DIR: data } },
  );
  await command.stdoutLine(SERVES);
  assert.equal(await tell(port + 1, 'nats'), 'nats://127.0.0.1:1');
  assert.equal(existsSync(path.join(data, 'nats-1')), false);
  assert.match(command.stderr, /server\.N lines are not used/);
  assert.match(command.stderr, /syncLimit.* has no effect/);
  await stopped({ command, directory, port });
});
