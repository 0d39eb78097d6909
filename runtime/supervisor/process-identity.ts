import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

/** A process that runs now. The start mark tells it from a later process with the same number. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Differs between two processes that had the same pid one after the other; '' where it cannot be known. */
  readonly startMark: string;
  readonly commandLine: string;
}

/** Looks a process up; `undefined` when it is gone, or dead and only waiting to be reaped. */
export function identifyProcess(pid: number): ProcessIdentity | undefined {
  if (!Number.isSafeInteger(pid) || pid <= 0) return undefined;
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it runs, and belongs to somebody else.
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) return undefined;
  }
  return existsSync('/proc/self/stat') ? identifyByProc(pid) : identifyByPs(pid);
}

function identifyByProc(pid: number): ProcessIdentity | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the command in parentheses and may hold blanks: count from behind it.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const isDead = fields[0] === 'Z' || fields[0] === 'X';
    // While other threads of a killed process still end, its ports and files are not free yet.
    if (isDead && Number(fields[17]) <= 1) return undefined;
    const commandLine = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replace(/\0/g, ' ').trim();
    return { pid, startMark: fields[19] ?? '', commandLine };
  } catch {
    return undefined;
  }
}

function identifyByPs(pid: number): ProcessIdentity | undefined {
  try {
    const output = execFileSync('ps', ['-o', 'stat=,lstart=,args=', '-p', String(pid)], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
    const match = /^(\S+)\s+(\S+\s+\S+\s+\d+\s+[\d:]+\s+\d+)\s+(.*)$/.exec(output);
    if (match === null || match[1]?.startsWith('Z') === true) return undefined;
    return { pid, startMark: match[2] ?? '', commandLine: match[3] ?? '' };
  } catch {
    return undefined;
  }
}
