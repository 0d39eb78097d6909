import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { missing } from '../interop/requirement.ts';
import { FlushWatch } from './flushes/flush-watch.ts';

const skip = missing(['/usr/bin/gcc']);

/** Five fdatasync, one fsync, three writes with O_DSYNC among others; then a flush of what is no file. */
const PROGRAM = `
  const fs = require('node:fs');
  const { O_CREAT, O_DSYNC, O_WRONLY } = fs.constants;
  const plain = fs.openSync(process.argv[1], 'w');
  for (let i = 0; i < 5; i += 1) {
    fs.writeSync(plain, 'plain');
    fs.fdatasyncSync(plain);
  }
  fs.fsyncSync(plain);
  const through = fs.openSync(process.argv[1], O_CREAT | O_DSYNC | O_WRONLY);
  for (let i = 0; i < 3; i += 1) fs.writeSync(through, 'through', 0);
  fs.closeSync(through);
  // The same descriptor, and a write of it is no flush any more.
  fs.writeSync(fs.openSync(process.argv[1], 'w'), 'plain');
  try {
    fs.fdatasyncSync(9999);
    console.log('answered');
  } catch (error) {
    console.log(error.code);
  }
  process.stdin.resume();
`;

describe('the flushes of a process', { skip }, () => {
  let directory: string;
  before(() => {
    directory = mkdtempSync(join(tmpdir(), 'flush-watch-test-'));
  });
  after(() => rmSync(directory, { recursive: true, force: true }));

  for (const [mode, answer] of [
    ['counted', 'EBADF\n'],
    ['dropped', 'answered\n'],
  ] as const) {
    test(`are ${mode}`, { timeout: 60_000 }, async () => {
      const watch = new FlushWatch(mode);
      const child = spawn(process.execPath, ['-e', PROGRAM, join(directory, mode)], {
        env: { ...process.env, ...watch.environment },
        stdio: ['pipe', 'pipe', 'inherit'],
      });
      try {
        const [output] = await once(child.stdout, 'data');
        assert.equal(String(output), answer, 'a flush that is dropped never reaches the system');
        assert.equal(watch.count([child.pid ?? 0]), 10);
        assert.throws(() => watch.count([process.pid]), /does not count/);
      } finally {
        child.kill('SIGKILL');
        watch.remove();
      }
    });
  }
});
