import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  utimesSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { compiledProgram } from '../../runtime/cli/compiled-program.ts';

const PROJECT = fileURLToPath(new URL('../../', import.meta.url));

let root = '';

before(() => {
  root = mkdtempSync(path.join(tmpdir(), 'vivarium-compiled-'));
  for (const name of ['actors', 'machines', 'storage', 'runtime', 'package.json']) {
    cpSync(path.join(PROJECT, name), path.join(root, name), { recursive: true });
  }
  // The packages are those of the project, and the cache is the copy's own.
  const packages = path.join(PROJECT, 'node_modules');
  mkdirSync(path.join(root, 'node_modules'));
  for (const name of readdirSync(packages)) {
    if (name !== '.cache')
      symlinkSync(path.join(packages, name), path.join(root, 'node_modules', name));
  }
});

after(() => rmSync(root, { recursive: true, force: true }));

test('compiled once for the same sources, and anew for changed ones', async () => {
  const first = await compiledProgram(root);
  assert.ok(first !== undefined && existsSync(first));
  assert.equal(await compiledProgram(root), first);
  utimesSync(path.join(root, 'machines', 'invariant.ts'), new Date(0), new Date(0));
  const second = await compiledProgram(root);
  assert.ok(second !== undefined && existsSync(second));
  assert.notEqual(second, first);
});

test('the compiled program is the program: same version, same help', async () => {
  const program = await compiledProgram(PROJECT);
  assert.ok(program !== undefined);
  const compiled = spawnSync(process.execPath, [program, 'member', '--help'], { encoding: 'utf8' });
  const source = spawnSync(
    process.execPath,
    ['--import', 'tsx', path.join(PROJECT, 'runtime/cli/vivarium.ts'), 'member', '--help'],
    { encoding: 'utf8', cwd: PROJECT },
  );
  assert.equal(compiled.status, 0);
  assert.equal(compiled.stdout, source.stdout);
});

test('where nothing can be written the sources are run', async () => {
  const bare = mkdtempSync(path.join(tmpdir(), 'vivarium-bare-'));
  try {
    for (const name of ['actors', 'machines', 'storage', 'runtime', 'package.json']) {
      symlinkSync(path.join(PROJECT, name), path.join(bare, name));
    }
    cpSync(path.join(PROJECT, 'package.json'), path.join(bare, 'node_modules'));
    assert.equal(await compiledProgram(bare), undefined);
  } finally {
    rmSync(bare, { recursive: true, force: true });
  }
});
