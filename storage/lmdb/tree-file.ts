import { statSync } from 'node:fs';
import { isSoundKey } from '../node-key.ts';
import { checkDataFile } from './data-file.ts';
import { REAPABLES } from './reapable-index.ts';
import { NODES } from './tree-tables.ts';

/**
 * A tree up to this size, bytes, is walked when its member starts, which takes about 2 ms for each MB: a look-up that misses a
 * node by a flipped bit would say that there is none. A larger one is opened at once, whatever its size, and what is
 * damaged in it is found when it is read, a listing that lacks a name among it.
 */
const WALKED_BYTES_MAX = 128 * 1024 * 1024;

/**
 * Looks at the tree that a member is about to start with. One that it has just received and written needs no look.
 *
 * @throws CorruptRecord
 */
export function checkTreeFile(file: string): void {
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > WALKED_BYTES_MAX) return;
  const isOfNodes = (table: string) => table === NODES || table === REAPABLES;
  checkDataFile(file, { isSound: (table, key) => !isOfNodes(table) || isSoundKey(key) });
}
