import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { killWriters, Writer, writerCommand } from './writer.ts';

const hasStrace = spawnSync('strace', ['-V']).status === 0;

/** What a system call did, at the moment it returned. */
type Step = 'page' | 'flush' | 'meta' | 'done';

/**
 * The calls on the log in order of their return. LMDB writes the meta page, by which a commit counts, through a
 * descriptor of its own that is opened with O_DSYNC.
 */
function stepsOn(trace: string): Step[] {
  const steps: Step[] = [];
  const unfinished = new Map<string, string>();
  let metaDescriptor = 'none';
  for (const line of trace.split('\n')) {
    const [pid = '', ...rest] = line.split(/ +/);
    let call = rest.join(' ');
    if (call.endsWith('<unfinished ...>')) {
      unfinished.set(pid, call.slice(0, -'<unfinished ...>'.length));
      continue;
    }
    const resumed = /^<\.\.\. \w+ resumed>(.*)/.exec(call);
    if (resumed !== null) call = `${unfinished.get(pid) ?? ''}${resumed[1] ?? ''}`;
    const opened = /^openat\(.*log\/data\.mdb", .*O_DSYNC.*= (\d+)/.exec(call);
    if (opened !== null) metaDescriptor = opened[1] ?? metaDescriptor;
    else if (/^write\(1<?.*"done /.test(call)) steps.push('done');
    else if (!call.includes('log/data.mdb>')) continue;
    else if (call.startsWith('fdatasync(')) steps.push('flush');
    else if (call.startsWith(`pwrite64(${metaDescriptor}<`)) steps.push('meta');
    else if (/^(pwrite64|pwritev|writev)\(/.test(call)) steps.push('page');
  }
  return steps;
}

test('no append is done before its pages and then its meta page are flushed', {
  skip: hasStrace ? false : 'strace is not installed',
}, async () => {
  const directory = mkdtempSync(join(tmpdir(), 'vivarium-flush-'));
  try {
    const trace = join(directory, 'trace');
    const calls = 'trace=openat,pwrite64,pwritev,writev,fdatasync,write';
    const strace = ['strace', '-f', '-y', '-e', calls, '-o', trace];
    const writer = new Writer([
      ...strace,
      ...writerCommand(join(directory, 'data'), 'append', 200),
    ]);
    await writer.ended();
    const steps = stepsOn(readFileSync(trace, 'utf8'));
    assert.ok(steps.filter((step) => step === 'done').length > 25);
    let last: Step = 'meta';
    let flushes = 0;
    for (const step of steps) {
      if (step === 'flush') {
        assert.equal(last, 'page', 'the pages of a commit are flushed');
        flushes++;
      }
      if (step === 'meta')
        assert.equal(last, 'flush', 'the meta page follows the flush of the pages');
      if (step === 'done') {
        assert.ok(last === 'meta' || last === 'done', `done comes after ${last}`);
        assert.ok(flushes > 0, 'something was flushed for it');
      }
      last = step;
    }
  } finally {
    await killWriters();
    rmSync(directory, { recursive: true });
  }
});
