import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';

/** Writes `pid` alone on a line, so that `kill $(cat FILE)` works. A reader never sees half of it. */
export function writePidFile(file: string, pid: number): void {
  const fresh = `${file}.${process.pid}`;
  writeFileSync(fresh, `${pid}\n`);
  renameSync(fresh, file);
}

/** The number in the file; `undefined` when there is no file or no number. */
export function readPidFile(file: string): number | undefined {
  try {
    const text = readFileSync(file, 'utf8').trim();
    return /^\d+$/.test(text) ? Number(text) : undefined;
  } catch {
    return undefined;
  }
}

/** Removes the file if it still names `pid`: another process may have replaced it. */
export function removePidFile(file: string, pid: number): void {
  if (readPidFile(file) === pid) rmSync(file, { force: true });
}
