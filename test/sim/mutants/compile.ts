import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { BUNDLE } from '../../../runtime/cli/compiled-program.ts';
import { type Mutant, MutantDoesNotApply } from './mutant.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
/** Below the packages, so that those that stay outside are found. */
const CACHE = path.join(ROOT, 'node_modules', '.cache', 'vivarium-mutants');

export interface CompiledMutant {
  /** The file to run. */
  readonly program: string;
  remove(): void;
}

/**
 * The simulator with the mutant in it, in a directory of its own. The checkout stays as it is.
 *
 * @throws MutantDoesNotApply
 */
export async function compileMutant(mutant: Mutant): Promise<CompiledMutant> {
  const sources = mutatedSources(mutant);
  mkdirSync(CACHE, { recursive: true });
  const directory = mkdtempSync(path.join(CACHE, `${mutant.name}-`));
  const remove = () => rmSync(directory, { recursive: true, force: true });
  try {
    await bundle(directory, sources);
  } catch (error) {
    remove();
    throw error;
  }
  return { program: path.join(directory, 'runtime', 'program.js'), remove };
}

/** By absolute path. */
function mutatedSources(mutant: Mutant): ReadonlyMap<string, string> {
  const sources = new Map<string, string>();
  for (const change of mutant.changes) {
    const file = path.join(ROOT, change.file);
    const parts = (sources.get(file) ?? readFileSync(file, 'utf8')).split(change.find);
    if (parts.length !== 2) throw new MutantDoesNotApply(mutant, change, parts.length - 1);
    sources.set(file, parts.join(change.replace));
  }
  return sources;
}

async function bundle(directory: string, sources: ReadonlyMap<string, string>): Promise<void> {
  const actors = readdirSync(path.join(ROOT, 'actors')).map((file) => path.parse(file).name);
  await build({
    absWorkingDir: ROOT,
    // The roster looks for its actors beside the folder that it is in itself.
    entryPoints: {
      'runtime/program': 'test/sim/mutants/program.ts',
      ...Object.fromEntries(actors.map((name) => [`actors/${name}`, `actors/${name}.ts`])),
    },
    outdir: directory,
    ...BUNDLE,
    plugins: [
      {
        name: 'mutant',
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
