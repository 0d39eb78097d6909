import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  findExecutable,
  type Machine,
  provideNatsServer,
} from '../../runtime/supervisor/nats-binary.ts';

interface FakeMachine extends Machine {
  readonly ran: string[];
}

/** A machine that has `programs`, and gets nats-server when apt-get install succeeds. */
function machineWith(
  programs: string[],
  options: { root: boolean; installs: boolean },
): FakeMachine {
  const ran: string[] = [];
  return {
    ran,
    find: (name) => (programs.includes(name) ? `/bin/${name}` : undefined),
    isRoot: () => options.root,
    run: (command, args) => {
      ran.push([command, ...args].join(' '));
      if (args.includes('install') && options.installs) programs.push('nats-server');
      return 'Reading package lists...\nE: Unable to locate package nats-server\n';
    },
  };
}

const quiet = () => {};

test('a server on the PATH is used as it is', () => {
  const machine = machineWith(['nats-server', 'apt-get'], { root: true, installs: true });
  assert.equal(provideNatsServer(quiet, machine), '/bin/nats-server');
  assert.deepEqual(machine.ran, []);
});

test('root on Debian gets the package, without questions', () => {
  const machine = machineWith(['apt-get'], { root: true, installs: true });
  const notes: string[] = [];
  assert.equal(
    provideNatsServer((note) => notes.push(note), machine),
    '/bin/nats-server',
  );
  assert.match(machine.ran[0] ?? '', /apt-get update/);
  assert.match(machine.ran[1] ?? '', /apt-get install .*-y .*nats-server/);
  assert.equal(notes.length, 1);
});

test('otherwise one sentence says what to do', () => {
  const refusals: [Machine, RegExp][] = [
    [machineWith([], { root: true, installs: false }), /no nats-server on the PATH\.$/],
    [machineWith(['apt-get'], { root: false, installs: true }), /only root may install/],
    [machineWith(['apt-get'], { root: true, installs: false }), /E: Unable to locate package/],
  ];
  for (const [machine, message] of refusals) {
    assert.throws(() => provideNatsServer(quiet, machine), {
      name: 'UserError',
      code: 'NATS_MISSING',
      exitCode: 2,
      message,
      remedy: /--nats URL/,
    });
  }
});

test('executables are found on the PATH', () => {
  assert.ok(findExecutable('sh')?.endsWith('/sh'));
  assert.equal(findExecutable('no-such-program'), undefined);
  assert.equal(findExecutable('README.md', process.cwd()), undefined);
});
