import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Ensemble } from '../ensemble.ts';
import { foreignChecks } from './foreign-program.ts';
import { missing } from './requirement.ts';

const SOURCES = fileURLToPath(new URL('./c-client', import.meta.url));
const skip = missing(['/usr/bin/gcc', '/usr/include/zookeeper/zookeeper.h']);

/** THREADED is what the library of several threads calls its blocking functions by. */
function compile(directory: string): string {
  const program = join(directory, 'checks');
  const sources = readdirSync(SOURCES)
    .filter((file) => file.endsWith('.c'))
    .map((file) => join(SOURCES, file));
  const flags = ['-O1', '-Wall', '-Werror', '-DTHREADED', '-pthread'];
  execFileSync('gcc', [...flags, '-o', program, ...sources, '-lzookeeper_mt'], {
    stdio: 'inherit',
  });
  return program;
}

describe("a program on Debian's C library", { skip }, () => {
  let ensemble: Ensemble;
  let directory: string;
  let checks = 0;

  before(async () => {
    if (skip !== false) return;
    directory = mkdtempSync(join(tmpdir(), 'c-client-'));
    ensemble = await Ensemble.start();
  });
  after(async () => {
    await ensemble?.stop();
    if (directory !== undefined) rmSync(directory, { recursive: true, force: true });
    console.log(`C: ${checks} checks`);
  });

  test('nodes, watches, sessions', { timeout: 160_000 }, async (context) => {
    const command = { file: compile(directory), args: [ensemble.connectString] };
    checks += await foreignChecks(context, command, ensemble, 11);
  });
});
