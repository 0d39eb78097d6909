import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build } from 'esbuild';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const FOLDERS = ['actors', 'machines', 'storage', 'runtime'];
const PROGRAM = 'runtime/cli/vivarium';
const INSTALLED = path.join('node_modules', '.package-lock.json');
/**
 * How the sources become programs: code that several entries share is in one chunk beside the roster. The packages are
 * in it, for to look for each of their files and to read all of them is half of what a start costs; but for those that
 * load machine code, and those that a member in service does without.
 */
export const BUNDLE = {
  chunkNames: 'runtime/[name]-[hash]',
  bundle: true,
  splitting: true,
  external: ['lmdb', 'esbuild', 'pino-pretty'],
  // What packages of the older kind expect to find around them.
  banner: {
    js: [
      "import { createRequire as createRequireOfProgram } from 'node:module';",
      'const require = createRequireOfProgram(import.meta.url);',
      'const { filename: __filename, dirname: __dirname } = import.meta;',
    ].join(''),
  },
  minifyWhitespace: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  logLevel: 'silent',
} satisfies BuildOptions;
/** Compiled programs of earlier sources that are kept, for processes that still load from them. */
const KEPT = 3;

/**
 * The program as JavaScript, compiled once for the sources as they are now. Loading TypeScript costs every
 * member half a second of processor time at its start, and finding its packages another tenth; an ensemble that was
 * killed is back the sooner.
 *
 * @returns the file to run; `undefined` where nothing can be written: then the sources are run as they are
 */
export async function compiledProgram(root: string = ROOT): Promise<string | undefined> {
  const cache = path.join(root, 'node_modules', '.cache', 'vivarium');
  const directory = path.join(cache, fingerprint(root));
  const program = path.join(directory, `${PROGRAM}.js`);
  if (existsSync(program)) return program;
  // Built aside and renamed, so that nobody ever runs half of it.
  const aside = `${directory}.${process.pid}`;
  try {
    mkdirSync(aside, { recursive: true });
    await compile(root, aside);
    prune(cache);
    renameSync(aside, directory);
  } catch {
    if (existsSync(aside)) rmSync(aside, { recursive: true, force: true });
  }
  return existsSync(program) ? program : undefined;
}

/** The program and its actors as JavaScript, in a directory below the packages that it needs. @returns the file to run */
export async function compile(root: string, directory: string): Promise<string> {
  // Code that several entries share goes into one chunk: a class is the same class for all of them.
  await build({
    absWorkingDir: root,
    entryPoints: [`${PROGRAM}.ts`, 'actors/*.ts'],
    outdir: directory,
    outbase: '.',
    ...BUNDLE,
    sourcemap: 'linked',
  });
  copyFileSync(path.join(root, 'package.json'), path.join(directory, 'package.json'));
  return path.join(directory, `${PROGRAM}.js`);
}

/** Of all sources, and the list of the packages that were installed, by name, size and time of change. */
function fingerprint(root: string): string {
  const hash = createHash('sha256');
  const installed = [INSTALLED].filter((file) => existsSync(path.join(root, file)));
  const files = FOLDERS.flatMap((folder) => sources(root, folder));
  for (const file of ['package.json', ...installed, ...files]) {
    const { size, mtimeMs } = statSync(path.join(root, file));
    hash.update(`${file} ${size} ${mtimeMs}\n`);
  }
  return hash.digest('hex').slice(0, 16);
}

function sources(root: string, folder: string): string[] {
  return readdirSync(path.join(root, folder), { withFileTypes: true })
    .sort((one, other) => (one.name < other.name ? -1 : 1))
    .flatMap((entry) => {
      const file = path.join(folder, entry.name);
      if (entry.isDirectory()) return sources(root, file);
      return entry.name.endsWith('.ts') ? [file] : [];
    });
}

function prune(cache: string): void {
  const old = readdirSync(cache)
    .filter((name) => !name.includes('.'))
    .map((name) => path.join(cache, name))
    .sort((one, other) => statSync(other).mtimeMs - statSync(one).mtimeMs);
  for (const directory of old.slice(KEPT)) rmSync(directory, { recursive: true, force: true });
}
