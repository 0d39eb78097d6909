import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { BUNDLE } from '../../runtime/cli/compiled-program.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** Below the packages, so that those that stay outside are found. */
const CACHE = path.join(ROOT, 'node_modules', '.cache', 'vivarium-sim');

/** Of Node.js, for who runs it: lives make much that is soon forgotten. */
export const YOUNG_HEAP = '--max-semi-space-size=64';

export interface CompiledSimulator {
  /** The file to run. */
  readonly program: string;
  remove(): void;
}

/**
 * The simulator as JavaScript, in a directory of its own: it is run many million steps, and what runs TypeScript gives
 * every function its name each time that it is made.
 *
 * @param name of the directory, for whoever finds it
 * @param entry the file that becomes the program
 * @param sources by absolute path: taken instead of what is in the checkout
 */
export async function compileSimulator(
  name: string,
  entry: string,
  sources: ReadonlyMap<string, string> = new Map(),
): Promise<CompiledSimulator> {
  mkdirSync(CACHE, { recursive: true });
  const directory = mkdtempSync(path.join(CACHE, `${name}-`));
  const remove = () => rmSync(directory, { recursive: true, force: true });
  try {
    await bundle(directory, entry, sources);
  } catch (error) {
    remove();
    throw error;
  }
  return { program: path.join(directory, 'runtime', 'program.js'), remove };
}

async function bundle(
  directory: string,
  entry: string,
  sources: ReadonlyMap<string, string>,
): Promise<void> {
  const actors = readdirSync(path.join(ROOT, 'actors')).map((file) => path.parse(file).name);
  await build({
    absWorkingDir: ROOT,
    // The roster looks for its actors beside the folder that it is in itself.
    entryPoints: {
      'runtime/program': entry,
      ...Object.fromEntries(actors.map((actor) => [`actors/${actor}`, `actors/${actor}.ts`])),
    },
    outdir: directory,
    ...BUNDLE,
    sourcemap: 'linked',
    plugins: [
      {
        name: 'other sources',
        setup: (esbuild) => {
          esbuild.onLoad({ filter: /\.ts$/ }, ({ path: file }) => {
            const contents = sources.get(file);
            return contents === undefined ? undefined : { contents, loader: 'ts' };
          });
        },
      },
    ],
  });
  copyFileSync(path.join(ROOT, 'package.json'), path.join(directory, 'package.json'));
}
