import { closeSync, fsyncSync, openSync } from 'node:fs';
import { open } from 'node:fs/promises';

/** Forces files, and the entries of directories, to the disk. */
export async function flushFiles(...paths: string[]): Promise<void> {
  for (const path of paths) {
    const handle = await open(path, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  }
}

/** As `flushFiles`, but the caller waits: for opening only. */
export function flushFilesSync(...paths: string[]): void {
  for (const path of paths) {
    const descriptor = openSync(path, 'r');
    try {
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  }
}
