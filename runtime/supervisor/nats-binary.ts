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

/**
 * Finds nats-server; where there is none, installs Debian's package if this process may (root, with
 * apt-get). Throws a UserError when there is none in the end.
 */
export function provideNatsServer(note: (sentence: string) => void): string {
  const found = findExecutable('nats-server');
  if (found !== undefined) return found;
  const aptGet = findExecutable('apt-get');
  if (aptGet === undefined) throw userError.natsMissing('');
  if (process.getuid?.() !== 0) {
    throw userError.natsMissing(', and only root may install the package');
  }
  note('There is no nats-server on the PATH: installing the Debian package (apt-get).');
  const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const steps = [
    ['update', '-q'],
    ['install', '-q', '-y', '--no-install-recommends', 'nats-server'],
  ];
  let output = '';
  for (const args of steps) {
    const step = spawnSync(aptGet, args, {
      env: environment,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 180_000,
    });
    output = `${step.stderr}${step.stdout}`;
  }
  stopPackagedService();
  const installed = findExecutable('nats-server');
  if (installed !== undefined) return installed;
  const lastLine = output.trim().split('\n').at(-1) ?? '';
  throw userError.natsMissing(`, and apt-get could not install it (${lastLine})`);
}

/** The package also starts a server for the whole machine, on all addresses: only the binary is wanted. */
function stopPackagedService(): void {
  if (!existsSync('/run/systemd/system')) return;
  spawnSync('systemctl', ['disable', '--now', 'nats-server'], { stdio: 'ignore', timeout: 30_000 });
}
