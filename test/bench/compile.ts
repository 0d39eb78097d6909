import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface CProgram {
  readonly name: string;
  /** Directory of the sources, beside this file. */
  readonly directory: string;
  readonly flags: readonly string[];
}

const FLAGS = ['-O2', '-std=gnu11', '-Wall', '-Wextra'];

/** Compiles the C sources of a directory, once per version of them. @returns the file */
export function compileC({ name, directory, flags }: CProgram): string {
  const folder = fileURLToPath(new URL(`./${directory}/`, import.meta.url));
  const sources = readdirSync(folder)
    .filter((file) => /\.[ch]$/.test(file))
    .sort()
    .map((file) => join(folder, file));
  const hash = createHash('sha256').update([...FLAGS, ...flags].join(' '));
  for (const source of sources) hash.update(readFileSync(source));
  const file = join(tmpdir(), `${name}-${hash.digest('hex').slice(0, 16)}`);
  if (existsSync(file)) return file;
  // Built aside and renamed, so that nobody ever runs half of it.
  const draft = `${file}.${process.pid}`;
  const programs = sources.filter((source) => source.endsWith('.c'));
  execFileSync('cc', [...FLAGS, ...flags, '-o', draft, ...programs], { stdio: 'inherit' });
  renameSync(draft, file);
  return file;
}
