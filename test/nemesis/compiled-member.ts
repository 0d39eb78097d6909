import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const PROGRAM = 'runtime/cli/vivarium';

/** The members' program as JavaScript, as `npm start` runs it, in a directory that its user removes. */
export async function compileMember(): Promise<{ file: string; directory: string }> {
  // Inside the project, so that its packages are found.
  const directory = mkdtempSync(join(ROOT, 'node_modules', '.faults-'));
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
    rmSync(directory, { recursive: true, force: true });
    throw error;
  }
  copyFileSync(join(ROOT, 'package.json'), join(directory, 'package.json'));
  return { file: join(directory, `${PROGRAM}.js`), directory };
}
