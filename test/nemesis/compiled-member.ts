import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compile } from '../../runtime/cli/compiled-program.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** The members' program as `npm start` runs it, in a directory that its user removes. */
export async function compileMember(): Promise<{ file: string; directory: string }> {
  // Inside the project, so that its packages are found.
  const directory = mkdtempSync(join(ROOT, 'node_modules', '.faults-'));
  try {
    return { file: await compile(ROOT, directory), directory };
  } catch (error) {
    rmSync(directory, { recursive: true, force: true });
    throw error;
  }
}
