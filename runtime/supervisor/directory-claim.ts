import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { systemCodeOf, systemReason, userError } from '../errors.ts';
import { identifyProcess } from './process-identity.ts';

/** The right of one supervisor to work in a directory. */
export interface DirectoryClaim {
  release(): void;
}

/**
 * Claims `directory` for this process, making it when there is none. A claim whose process is gone
 * counts for nothing. Throws a UserError when a living process holds it or it cannot be written.
 */
export function claimDirectory(directory: string): DirectoryClaim {
  const file = path.join(directory, 'supervisor.pid');
  const fresh = `${file}.${process.pid}`;
  const content = `${process.pid} ${identifyProcess(process.pid)?.startMark ?? ''}\n`;
  try {
    mkdirSync(directory, { recursive: true });
    writeFileSync(fresh, content);
  } catch (error) {
    throw userError.directoryUnusable(directory, systemReason(error));
  }
  try {
    takeOver(file, fresh, directory);
  } finally {
    rmSync(fresh, { force: true });
  }
  return {
    release: () => {
      if (readText(file) === content) rmSync(file, { force: true });
    },
  };
}

function takeOver(file: string, fresh: string, directory: string): void {
  for (;;) {
    try {
      // A link is the one step that makes the file, whole, or fails because there is one.
      linkSync(fresh, file);
      return;
    } catch (error) {
      if (systemCodeOf(error) !== 'EEXIST') {
        throw userError.directoryUnusable(directory, systemReason(error));
      }
    }
    const seen = readText(file);
    const holder = holderOf(seen);
    if (holder !== undefined) throw userError.directoryInUse(directory, holder);
    setAside(file, seen);
  }
}

/** The living process that wrote `text`, if it is still the same one. */
function holderOf(text: string | undefined): number | undefined {
  const [digits = '', mark = ''] = (text ?? '').trim().split(/ (.*)/);
  const holder = identifyProcess(Number(digits));
  return holder !== undefined && holder.startMark === mark ? holder.pid : undefined;
}

/** Removes a stale claim, unless another starter has replaced it since it was read: then that one is put back. */
function setAside(file: string, seen: string | undefined): void {
  const aside = `${file}.stale.${process.pid}`;
  try {
    renameSync(file, aside);
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return;
    throw error;
  }
  if (readText(aside) !== seen) {
    try {
      linkSync(aside, file);
    } catch (error) {
      if (systemCodeOf(error) !== 'EEXIST') throw error;
    }
  }
  rmSync(aside, { force: true });
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
