import { readFileSync } from 'node:fs';

const MB_IN_KB = 1024;

/** Resident memory of a process in whole MB, as Linux counts it; `undefined` where it does not run. */
export function residentMb(pid: number | undefined): number | undefined {
  if (pid === undefined) return undefined;
  try {
    const line = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return line === null ? undefined : Math.round(Number(line[1]) / MB_IN_KB);
  } catch {
    return undefined;
  }
}
