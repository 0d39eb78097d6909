import { existsSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { userError } from '../errors.ts';
import { readPidFile } from './pid-file.ts';
import { identifyProcess } from './process-identity.ts';

/** Marks a member that a supervisor started, on its command line: it stops when its stdin ends. */
export const STOP_WITH_PARENT = '--stop-with-parent';

const OWN_END_MS = 3000;
const KILLED_END_MS = 2000;

/**
 * Deals with pid files of an earlier run whose supervisor was killed: its processes stop by
 * themselves, and are killed when they have not within a few seconds. Pid files that name nobody, or
 * somebody else's process, are removed. Resolves with whether there were any. Call it only while
 * holding the claim of `directory`.
 */
export async function clearLeftovers(directory: string): Promise<boolean> {
  const names = readdirSync(directory).filter((name) => /^(\d+|nats-\d+)$/.test(name));
  const found = await Promise.all(names.map((name) => clearOne(path.join(directory, name), name)));
  return found.includes(true);
}

async function clearOne(directory: string, name: string): Promise<boolean> {
  const file = path.join(directory, 'pid');
  if (!existsSync(file)) return false;
  const pid = readPidFile(file);
  const found = pid === undefined ? undefined : identifyProcess(pid);
  if (pid !== undefined && found?.commandLine.includes(directory) === true) {
    const what = name.startsWith('nats-') ? `The NATS server ${name}` : `Member ${name}`;
    const supervised = name.startsWith('nats-') || found.commandLine.includes(STOP_WITH_PARENT);
    const isSame = () => identifyProcess(pid)?.startMark === found.startMark;
    if (!supervised) throw userError.processRemains(what, pid, directory);
    if (name.startsWith('nats-')) endProcess(pid, 'SIGTERM');
    if (!(await goneWithin(isSame, OWN_END_MS))) endProcess(pid, 'SIGKILL');
    if (!(await goneWithin(isSame, KILLED_END_MS))) {
      throw userError.processRemains(what, pid, directory);
    }
  }
  rmSync(file, { force: true });
  return true;
}

function endProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has gone by itself in between, or is not ours to end: the caller looks again.
  }
}

async function goneWithin(isThere: () => boolean, timeoutMs: number): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  while (isThere()) {
    if (performance.now() > deadline) return false;
    await delay(20);
  }
  return true;
}
