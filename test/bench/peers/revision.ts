import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compiledProgram } from '../../../runtime/cli/compiled-program.ts';
import { ManagedProcess } from '../../ensemble/managed-process.ts';
import { UsageError } from '../options.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const INSTALL_MS = 10 * 60_000;

/** Another revision of the project: a checkout of its own below a directory, with the packages that it asks for. */
export interface Revision {
  readonly commit: string;
  /** Its members, compiled. */
  readonly program: string;
}

/** @throws UsageError where there is no such revision; Error where it cannot be built */
export async function buildRevision(revision: string, below: string): Promise<Revision> {
  const commit = commitOf(revision);
  const directory = join(below, 'revision');
  git('worktree', 'add', '--quiet', '--detach', directory, commit);
  const command = { file: 'npm', args: ['ci', '--prefix', directory, '--no-audit', '--no-fund'] };
  const install = new ManagedProcess('npm ci', command, join(below, 'npm-ci.log'));
  install.start();
  const timer = setTimeout(() => install.signal('SIGTERM'), INSTALL_MS);
  const code = await install.ended();
  clearTimeout(timer);
  if (code !== 0) throw new Error(`npm ci of ${commit} failed:\n${install.log().slice(-2000)}`);
  const program = await compiledProgram(directory);
  if (program === undefined) throw new Error(`${commit} does not compile`);
  return { commit, program };
}

function commitOf(revision: string): string {
  try {
    return git('rev-parse', '--verify', '--quiet', '--short', `${revision}^{commit}`);
  } catch {
    throw new UsageError(`git knows no revision "${revision}" here`);
  }
}

/** Lets git forget checkouts whose directories are gone. */
export function forgetRevisions(): void {
  git('worktree', 'prune');
}

function git(...args: string[]): string {
  return execFileSync('git', ['-C', ROOT, ...args], { encoding: 'utf8' }).trim();
}
