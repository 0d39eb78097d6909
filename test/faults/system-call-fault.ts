import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '../ensemble/wait.ts';

/** What a full disk answers to, and what a broken one does. */
export const WRITES = 'write,pwrite64,writev,pwritev,pwritev2,ftruncate,fallocate';
export const FLUSHES = 'fdatasync,fsync,msync';

/**
 * From now on these system calls of a live process fail with `error` on every file below `directory`. Ends with the process,
 * or with the returned function.
 */
export async function failSystemCalls(
  pid: number,
  directory: string,
  calls: string,
  error: 'ENOSPC' | 'EIO',
): Promise<() => void> {
  const files = readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .flatMap((entry) => ['-P', join(entry.parentPath, entry.name)]);
  const options = ['-f', '-q', '-o', '/dev/null', '-e', 'signal=none', ...files];
  options.push('-e', `trace=${calls}`, '-e', `inject=${calls}:error=${error}`, '-p', String(pid));
  const strace = spawn('strace', options, { stdio: ['ignore', 'ignore', 'ignore'] });
  await eventually('strace to attach', 10_000, () => isTracedOrGone(pid));
  return () => strace.kill('SIGINT');
}

/** The first failed call may end the process before anyone sees it traced. */
function isTracedOrGone(pid: number): boolean {
  try {
    return /^TracerPid:\s*[1-9]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return true;
  }
}
