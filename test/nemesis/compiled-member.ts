import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const PROGRAM = 'test/nemesis/member-program';

/** The members' program as JavaScript, as `npm start` runs it. It stays until `remove`. */
export async function compileMember(): Promise<{ file: string; remove: () => void }> {
  // Inside the project, so that its packages are found.
  const directory = mkdtempSync(join(ROOT, 'node_modules', '.faults-'));
  const remove = () => rmSync(directory, { recursive: true, force: true });
  try {
    await build({
      absWorkingDir: ROOT,
      entryPoints: [`${PROGRAM}.ts`, 'actors/*.ts'],
      outdir: directory,
      outbase: '.',
      chunkNames: 'runtime/[name]-[hash]',
      bundle: true,
      splitting: true,
      packages: 'external',
      platform: 'node',
      format: 'esm',
      target: 'node20',
      sourcemap: 'linked',
      logLevel: 'silent',
    });
  } catch (error) {
    remove();
    throw error;
  }
  copyFileSync(join(ROOT, 'package.json'), join(directory, 'package.json'));
  return { file: join(directory, `${PROGRAM}.js`), remove };
}
