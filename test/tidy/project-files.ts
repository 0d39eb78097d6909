import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** Directory of the project. */
export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

const UNTRACKED = new Set(['node_modules', '.git', '.vivarium', 'coverage']);

/** Every file of the project, relative to it: what git would commit, or in an unpacked archive everything. */
export function projectFiles(): string[] {
  try {
    const list = execFileSync('git', ['ls-files', '-z', '-co', '--exclude-standard'], {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      maxBuffer: 1 << 26,
    });
    const files = list.split('\0').filter((file) => file !== '');
    if (files.length > 0) return files.filter((file) => existsSync(path.join(root, file))).sort();
  } catch {
    // No git, or no repository: look at the disk.
  }
  const found: string[] = [];
  const visit = (directory: string) => {
    for (const entry of readdirSync(path.join(root, directory), { withFileTypes: true })) {
      if (UNTRACKED.has(entry.name)) continue;
      const name = path.posix.join(directory, entry.name);
      if (entry.isDirectory()) visit(name);
      else found.push(name);
    }
  };
  visit('.');
  return found.sort();
}

/** The TypeScript files among them. */
export function sourceFiles(): string[] {
  return projectFiles().filter((file) => file.endsWith('.ts'));
}

export function textOf(file: string): string {
  return readFileSync(path.join(root, file), 'utf8');
}
