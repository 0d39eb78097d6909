import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { systemCodeOf, systemReason, userError } from '../errors.ts';

const FILE = 'members';

/**
 * How many members the ensemble in `directory` has, written down at its first start. A majority of
 * another number of members may not hold every acknowledged write, so that it must not change by a flag.
 */
export function recordedMembers(directory: string): number | undefined {
  const file = path.join(directory, FILE);
  let text: string;
  try {
    text = readFileSync(file, 'utf8').trim();
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return undefined;
    throw userError.directoryUnusable(directory, systemReason(error));
  }
  if (!/^[1-9]\d{0,2}$/.test(text)) {
    throw userError.directoryUnusable(directory, `${file} does not hold a number of members`);
  }
  return Number(text);
}

/** Writes the number down. */
export function recordMembers(directory: string, members: number): void {
  writeFileSync(path.join(directory, FILE), `${members}\n`);
}
