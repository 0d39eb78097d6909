import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { claimDirectory } from '../../runtime/supervisor/directory-claim.ts';
import { readPidFile, removePidFile, writePidFile } from '../../runtime/supervisor/pid-file.ts';
import { identifyProcess } from '../../runtime/supervisor/process-identity.ts';
import { temporaryDirectory } from '../config/temporary-directory.ts';

test('one claim at a time, and free again after release', (context) => {
  const directory = path.join(temporaryDirectory(context), 'made', 'here');
  const claim = claimDirectory(directory);
  assert.throws(() => claimDirectory(directory), { code: 'DIRECTORY_IN_USE' });
  claim.release();
  claimDirectory(directory).release();
  assert.deepEqual(readdirSync(directory), []);
});

test('claims of processes that are gone count for nothing', (context) => {
  const directory = temporaryDirectory(context);
  const gone = spawnSync(process.execPath, ['--version']).pid;
  for (const content of [`${gone} 1\n`, `${process.pid} 1\n`, '', 'nonsense']) {
    writeFileSync(path.join(directory, 'supervisor.pid'), content);
    claimDirectory(directory).release();
  }
  assert.deepEqual(readdirSync(directory), []);
});

test('a directory that cannot be made is a sentence', (context) => {
  const file = path.join(temporaryDirectory(context), 'file');
  writeFileSync(file, '');
  assert.throws(() => claimDirectory(path.join(file, 'below')), {
    code: 'DIRECTORY_UNUSABLE',
    exitCode: 2,
  });
});

test('this process is known by its command line, a number of no process is not', () => {
  const own = identifyProcess(process.pid);
  assert.ok(own?.commandLine.includes('directory-claim.test.ts'));
  assert.equal(identifyProcess(process.pid)?.startMark, own?.startMark);
  for (const pid of [0, -1, Number.NaN, 2 ** 22 + 12_345]) {
    assert.equal(identifyProcess(pid), undefined, String(pid));
  }
});

test('a pid file is removed only by the process it names', (context) => {
  const file = path.join(temporaryDirectory(context), 'pid');
  writePidFile(file, 123);
  removePidFile(file, 124);
  assert.equal(readPidFile(file), 123);
  removePidFile(file, 123);
  assert.equal(existsSync(file), false);
  assert.equal(readPidFile(file), undefined);
});
