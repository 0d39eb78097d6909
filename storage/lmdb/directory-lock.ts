import { join } from 'node:path';
import { DirectoryInUse } from '../error.ts';
import { Environment } from './environment.ts';

/**
 * Keeps a second store out of a data directory. LMDB's reader table does the work: whoever has read from an
 * environment is listed in it while it lives, by a lock of the kernel, so that a killed process leaves nothing
 * behind and a process id used again deceives nobody.
 */
export class DirectoryLock {
  readonly #environment: Environment;

  /** @throws DirectoryInUse */
  constructor(directory: string) {
    this.#environment = new Environment(join(directory, 'lock'));
    this.#environment.read(Uint8Array.of(1));
    const holders = this.#environment.readers();
    if (holders.length <= 1) return;
    const others = holders.filter((pid) => pid !== process.pid);
    void this.close();
    throw new DirectoryInUse(
      others.length === 0
        ? `${directory} is already open in this process`
        : `${directory} is in use by process ${others.join(', ')}`,
    );
  }

  close(): Promise<void> {
    return this.#environment.close();
  }
}
