import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/**
 * A network, mounts and process ids of its own for a whole run: what happens in there reaches nobody outside, ports and
 * addresses are free, and with its first process everything in it ends, mounts and interfaces included.
 */
const NAMESPACES = ['--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];

/** The words before a command that run it in namespaces of its own; `undefined` where this user may not. */
export function isolation(): readonly string[] | undefined {
  const asRoot = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user'];
  const words = ['unshare', ...asRoot, ...NAMESPACES];
  const [file = '', ...args] = [...words, 'true'];
  return spawnSync(file, args, { stdio: 'ignore' }).status === 0 ? words : undefined;
}

/** Whether the tools for interfaces and queues are there. */
export function hasProgram(name: string): boolean {
  const folders = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/sbin'];
  return folders.some((folder) => existsSync(`${folder}/${name}`));
}
