import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { BUNDLE } from '../../runtime/cli/compiled-program.ts';
import { traceToSources } from '../../runtime/cli/source-trace.ts';

const TRACE = fileURLToPath(new URL('../../runtime/cli/source-trace.ts', import.meta.url));
const SOURCE = `import { traceToSources } from ${JSON.stringify(TRACE)};
interface Nothing {}
function fail(nothing?: Nothing): never {
  const cause = new Error('the cause');
  throw new Error('the failure', { cause });
}
try {
  fail();
} catch (error) {
  console.log(error.stack);
  traceToSources(error);
  console.log(error.stack);
  console.log(error.cause.stack);
}
`;

test('the trace of a compiled program speaks of its sources, that of the cause as well', async () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'vivarium-trace-'));
  try {
    writeFileSync(path.join(directory, 'failing.ts'), SOURCE);
    writeFileSync(path.join(directory, 'package.json'), '{"type":"module"}');
    const entryPoints = [path.join(directory, 'failing.ts')];
    const outdir = path.join(directory, 'out');
    await build({ ...BUNDLE, entryPoints, outdir, sourcemap: 'linked' });
    const { stdout } = spawnSync(process.execPath, [path.join(outdir, 'failing.js')], {
      encoding: 'utf8',
    });
    const [compiled = '', failure = '', cause = ''] = stdout.split(/^(?=Error)/m);
    assert.match(compiled, /^Error: the failure\n +at fail .*\/out\/failing\.js/);
    assert.match(failure, /^Error: the failure\n +at fail .*\/failing\.ts:5:9/);
    assert.match(cause, /^Error: the cause\n +at fail .*\/failing\.ts:4:17/);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});

test('what has no map stays as it is', () => {
  const error = new Error('elsewhere');
  error.stack = 'Error: elsewhere\n    at file:///nowhere/at-all.js:1:2';
  traceToSources(error);
  assert.equal(error.stack, 'Error: elsewhere\n    at file:///nowhere/at-all.js:1:2');
});
