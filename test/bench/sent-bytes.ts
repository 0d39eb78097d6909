import { execFileSync } from 'node:child_process';

/** Bytes sent on each TCP connection of a process, by its two ends. */
export type SentBytes = ReadonlyMap<string, number>;

/** What `ss` prints of one connection on one line: two queues, both ends, the users, then what TCP knows of it. */
const LINE = /^\S+\s+\d+\s+\d+\s+(\S+:\d+)\s+(\S+:\d+)\s+(users:\(\(.*?\)\))?.*?\bbytes_sent:(\d+)/;

/** Of established connections, by process. `undefined` without `ss` (iproute2). */
export function sentBytesNow(): string | undefined {
  try {
    return execFileSync('ss', ['-tinpHO'], { encoding: 'utf8', maxBuffer: 1 << 26 });
  } catch {
    return undefined;
  }
}

/**
 * @param text what `ss` has printed
 * @param exceptPort the port on which a process serves its clients: what it answers them is left out
 */
export function sentBytesOf(text: string, pids: readonly number[], exceptPort?: number): SentBytes {
  const sent = new Map<string, number>();
  for (const line of text.split('\n')) {
    const [, local, peer, users, bytes] = line.match(LINE) ?? [];
    if (local === undefined || users === undefined) continue;
    const isOurs = pids.some((pid) => users.includes(`pid=${pid},`));
    if (!isOurs || local.endsWith(`:${exceptPort}`)) continue;
    sent.set(`${local} ${peer}`, Number(bytes));
  }
  return sent;
}

/** What was sent between two looks; of a connection that has ended meanwhile nothing is known. */
export function sentBetween(before: SentBytes, after: SentBytes): number {
  let sum = 0;
  for (const [ends, bytes] of after) sum += bytes - (before.get(ends) ?? 0);
  return sum;
}
