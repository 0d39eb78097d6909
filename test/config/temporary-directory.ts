import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';

/** A directory that goes with the test. */
export function temporaryDirectory(context: TestContext): string {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'vivarium-'));
  context.after(() => rmSync(directory, { recursive: true, force: true, maxRetries: 5 }));
  return directory;
}

/** Writes a file into a directory of the test's own and gives its path. */
export function temporaryFile(context: TestContext, name: string, content: string): string {
  const file = path.join(temporaryDirectory(context), name);
  writeFileSync(file, content);
  return file;
}
