import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** Where the tools of an administrator are; users have them on their PATH seldom. */
export const ADMINISTRATION = ['/usr/sbin', '/sbin'];

/** Mounts and process ids of its own: with the first process everything in there ends, and what was mounted is gone. */
const NAMESPACES = ['--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];

export interface Isolation {
  /** The words before a command that run it apart from everything else. */
  readonly words: readonly string[];
  /** Whether it has a network of its own, too: nothing of it is seen outside, and its ports are free. */
  readonly hasNetwork: boolean;
}

/** What this user may have for a run; `undefined` where that is nothing. */
export function isolation(): Isolation | undefined {
  const asRoot = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user'];
  // Without `ip` nobody could switch on even the loopback of a new network.
  const hasNetwork = hasProgram('ip');
  const words = ['unshare', ...asRoot, ...(hasNetwork ? ['--net'] : []), ...NAMESPACES];
  const [file = '', ...args] = [...words, 'true'];
  const isAllowed = spawnSync(file, args, { stdio: 'ignore' }).status === 0;
  return isAllowed ? { words, hasNetwork } : undefined;
}

export function hasProgram(name: string): boolean {
  const folders = [...(process.env.PATH ?? '').split(':'), ...ADMINISTRATION];
  return folders.some((folder) => existsSync(`${folder}/${name}`));
}
