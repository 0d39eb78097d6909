import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import path from 'node:path';
import { userError } from '../errors.ts';

/** The first executable of that name on the PATH, then in the directories where Debian puts servers. */
export function findExecutable(
  name: string,
  searchPath = process.env.PATH ?? '',
): string | undefined {
  const directories = [...searchPath.split(path.delimiter), '/usr/sbin', '/usr/local/sbin'];
  for (const directory of directories) {
    if (directory === '') continue;
    const candidate = path.join(directory, name);
    try {
      accessSync(candidate, constants.X_OK);
      return candidate;
    } catch {
      // Not here: look further.
    }
  }
  return undefined;
}

/** What the search for nats-server asks of the machine it runs on. */
export interface Machine {
  find(name: string): string | undefined;
  isRoot(): boolean;
  /** Runs a program to its end and gives what it wrote. */
  run(command: string, args: readonly string[]): string;
}

const STEP_TIMEOUT_MS = 180_000;

const thisMachine: Machine = {
  find: findExecutable,
  isRoot: () => process.getuid?.() === 0,
  run: (command, args) => {
    const step = spawnSync(command, [...args], {
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: STEP_TIMEOUT_MS,
    });
    return `${step.stdout}${step.stderr}`;
  },
};

/**
 * Finds nats-server; where there is none, installs Debian's package if this process may (root, with
 * apt-get). Throws a UserError when there is none in the end.
 */
export function provideNatsServer(
  note: (sentence: string) => void,
  machine: Machine = thisMachine,
): string {
  const found = machine.find('nats-server');
  if (found !== undefined) return found;
  const aptGet = machine.find('apt-get');
  if (aptGet === undefined) throw userError.natsMissing('');
  if (!machine.isRoot()) throw userError.natsMissing(', and only root may install the package');
  note('There is no nats-server on the PATH: installing the Debian package (apt-get).');
  machine.run(aptGet, ['update', '-q']);
  const output = machine.run(aptGet, [
    'install',
    '-q',
    '-y',
    '--no-install-recommends',
    'nats-server',
  ]);
  // The package also starts a server for the whole machine, on all addresses: only the binary is wanted.
  if (existsSync('/run/systemd/system')) {
    machine.run('systemctl', ['disable', '--now', 'nats-server']);
  }
  const installed = machine.find('nats-server');
  if (installed !== undefined) return installed;
  const lastLine = output.trim().split('\n').at(-1) ?? '';
  throw userError.natsMissing(`, and apt-get could not install it (${lastLine})`);
}
