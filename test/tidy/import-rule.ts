import { importedFile, importLines, parse } from './import-lines.ts';

interface Permission {
  /** Beginnings of paths of project files. */
  readonly files: readonly string[];
  readonly packages: readonly string[];
}

const any = ['machines/', 'actors/', 'storage/', 'runtime/', 'test/', 'ops/'];
const NODE = 'node:';

/** Who may import what. The first entry whose key begins a file's path counts; the longest keys come first. */
const permissions: readonly (readonly [prefix: string, permission: Permission])[] = [
  ['machines/', { files: ['machines/'], packages: ['xstate'] }],
  [
    'actors/',
    {
      files: ['machines/', 'actors/', 'runtime/actor.ts', 'runtime/ports.ts'],
      packages: ['xstate'],
    },
  ],
  [
    'storage/',
    {
      files: ['machines/', 'storage/', 'runtime/ports.ts'],
      packages: ['lmdb', 'node:fs', 'node:fs/promises', 'node:zlib', 'node:path'],
    },
  ],
  ['runtime/bus/', runtimeWith('nats')],
  ['runtime/cli/compiled-program.ts', runtimeWith('esbuild')],
  ['runtime/cli/', runtimeWith('commander')],
  ['runtime/config/', runtimeWith('zod')],
  ['runtime/admin/', runtimeWith('hono', '@hono/node-server')],
  ['runtime/log.ts', runtimeWith('pino-pretty')],
  ['runtime/main.ts', { ...runtimeWith(), files: ['machines/', 'runtime/', 'storage/'] }],
  ['runtime/', runtimeWith()],
  ['test/', { files: any, packages: ['*'] }],
  ['ops/', { files: any, packages: ['*'] }],
];

function runtimeWith(...packages: string[]): Permission {
  return { files: ['machines/', 'runtime/'], packages: [NODE, 'pino', 'xstate', ...packages] };
}

/** The one file that loads actors, by name and at run time, so that nothing depends on them statically. */
const ROSTER = 'runtime/roster.ts';

function mayImportPackage(specifier: string, packages: readonly string[]): boolean {
  return packages.some(
    (name) => name === '*' || name === specifier || (name === NODE && specifier.startsWith(NODE)),
  );
}

/** What is wrong with the imports of one file, a sentence each. */
export function importProblems(file: string, text: string): string[] {
  const permission = permissions.find(([prefix]) => file.startsWith(prefix))?.[1];
  if (permission === undefined) return [`${file} is in no folder that the import rule knows`];
  const problems: string[] = [];
  for (const { line, specifier, dynamic } of importLines(parse(file, text))) {
    const where = `${file}:${line}`;
    if (specifier === undefined) {
      if (file !== ROSTER && !permission.packages.includes('*')) {
        problems.push(`${where} imports a module whose name is computed`);
      }
      continue;
    }
    const target = importedFile(file, specifier);
    if (target === undefined) {
      if (!mayImportPackage(specifier, permission.packages)) {
        problems.push(`${where} may not import ${specifier}`);
      }
      continue;
    }
    const byRoster = file === ROSTER && dynamic && target.startsWith('actors/');
    if (!byRoster && !permission.files.some((prefix) => target.startsWith(prefix))) {
      problems.push(`${where} may not import ${target}`);
    }
    if (!/\.(ts|json)$/.test(target)) problems.push(`${where} lacks the .ts of ${specifier}`);
  }
  return problems;
}

/** Cycles among files, each as the list of files that it goes through. */
export function importCycles(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const cycles: string[][] = [];
  const done = new Set<string>();
  const trail: string[] = [];
  const visit = (file: string) => {
    const position = trail.indexOf(file);
    if (position >= 0) {
      cycles.push([...trail.slice(position), file]);
      return;
    }
    if (done.has(file)) return;
    trail.push(file);
    for (const target of graph.get(file) ?? []) visit(target);
    trail.pop();
    done.add(file);
  };
  for (const file of graph.keys()) visit(file);
  return cycles;
}

/** Which project files each file imports. */
export function importGraph(files: ReadonlyMap<string, string>): Map<string, string[]> {
  const graph = new Map<string, string[]>();
  for (const [file, text] of files) {
    const targets = importLines(parse(file, text)).flatMap(({ specifier }) => {
      const target = specifier === undefined ? undefined : importedFile(file, specifier);
      return target === undefined ? [] : [target];
    });
    graph.set(file, targets);
  }
  return graph;
}
