import { readFileSync } from 'node:fs';

/** Files that a process of this one's kind may have open; node has raised its own bound to the hard one. */
export function openFilesAllowed(): number {
  const line = readFileSync('/proc/self/limits', 'utf8').match(/^Max open files\s+(\S+)/m)?.[1];
  return line === 'unlimited' ? Number.POSITIVE_INFINITY : Number(line ?? Number.NaN);
}
