import { randomBytes } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { systemCodeOf, systemReason, userError } from '../errors.ts';

/** What the directory of a local ensemble says of it from its first start on. */
export interface EnsembleRecord {
  /**
   * Those that vote. A majority of another number of members may not hold every acknowledged write, so that the number
   * must not change by a flag.
   */
  readonly members: number;
  /** Members without a vote, beside those: a flag may add some and take some away. */
  readonly observers: number;
  /** Its own name on the bus: two ensembles that share a bus and a name would elect each other's members. */
  readonly ensemble: string;
}

const FILE = 'ensemble.json';

/** Reads the record; `undefined` before the first start. Throws a UserError when it cannot be read. */
export function readEnsembleRecord(directory: string): EnsembleRecord | undefined {
  const file = path.join(directory, FILE);
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return undefined;
    throw userError.directoryUnusable(directory, `${file}: ${systemReason(error)}`);
  }
  if (typeof content === 'object' && content !== null) {
    const members: unknown = Reflect.get(content, 'members');
    const ensemble: unknown = Reflect.get(content, 'ensemble');
    if (typeof members === 'number' && members >= 1 && typeof ensemble === 'string') {
      const observers: unknown = Reflect.get(content, 'observers');
      return { members, observers: typeof observers === 'number' ? observers : 0, ensemble };
    }
  }
  throw userError.directoryUnusable(directory, `${file} is not the record of an ensemble`);
}

/** A name that no other ensemble has. */
export function freshEnsembleName(): string {
  return `local-${randomBytes(5).toString('hex')}`;
}

/** Writes the record down; a reader never sees half of it. */
export function writeEnsembleRecord(directory: string, record: EnsembleRecord): void {
  const file = path.join(directory, FILE);
  const fresh = `${file}.${process.pid}`;
  writeFileSync(fresh, `${JSON.stringify(record)}\n`);
  renameSync(fresh, file);
}
