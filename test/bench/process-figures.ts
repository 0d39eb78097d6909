import { readFileSync } from 'node:fs';
import { residentMb } from '../ensemble/resident-memory.ts';
import type { Ensemble } from '../ensemble.ts';

/** Resident memory of each member, MB, by id. */
export function membersResidentMb(ensemble: Ensemble): number[] {
  return ensemble.members.map(({ process }) => residentMb(process.pid) ?? Number.NaN);
}

/** Of all these processes together. What they share, as the pages of a file that several map, counts for each. */
export function residentMbOf(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + (residentMb(pid) ?? Number.NaN), 0);
}

/** Processor time that the members and their bus have used, seconds. */
export function cpuSeconds(ensemble: Ensemble): number {
  const processes = [...ensemble.bus, ...ensemble.members.map((member) => member.process)];
  return cpuSecondsOf(processes.flatMap(({ pid }) => (pid === undefined ? [] : [pid])));
}

/** Processor time that these processes have used, seconds. */
export function cpuSecondsOf(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + cpuOf(pid), 0);
}

function cpuOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The fields behind the command name, which may hold blanks: user and system time are the 12th and 13th, in ticks.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}
