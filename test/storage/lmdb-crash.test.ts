import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { counterOf, zxidOf } from '../../machines/zab/zxid.ts';
import { DirectoryInUse } from '../../storage/error.ts';
import { openLmdbStore } from '../../storage/lmdb/store.ts';
import { finished, history, zxids } from './fixture.ts';
import { killWriters, Writer, writerCommand } from './writer.ts';

let directory: string;
before(() => {
  directory = mkdtempSync(join(tmpdir(), 'vivarium-crash-'));
});
after(async () => {
  await killWriters();
  rmSync(directory, { recursive: true });
});

test('kill -9 loses no entry whose done was called', async () => {
  const data = join(directory, 'append');
  let last = 0;
  for (const lines of [30, 60, 90]) {
    const writer = new Writer(writerCommand(data, 'append', 1_000_000));
    await writer.reported(lines);
    await writer.kill();
    last = Math.max(...writer.numbers('done'));
    const store = openLmdbStore(data);
    assert.ok(store.log.lastZxid >= zxidOf(1, last), 'what was reported is there');
    last = counterOf(store.log.lastZxid);
    assert.deepEqual(history(store), zxids(1, 1, last), 'and nothing is missing before it');
    await finished((done) => store.close(done));
  }
});

test('kill -9 leaves a whole checkpoint', async () => {
  const data = join(directory, 'checkpoint');
  for (const lines of [4, 7]) {
    const writer = new Writer(writerCommand(data, 'checkpoint'));
    await writer.reported(lines);
    await writer.kill();
    const last = Math.max(...writer.numbers('checkpoint'));
    const store = openLmdbStore(data);
    const counter = counterOf(store.tree.zxid);
    assert.ok(counter >= last, 'what was reported is there');
    assert.ok(store.log.lastZxid >= store.tree.zxid);
    for (let index = 0; index < 2000; index++) {
      assert.equal(String(store.tree.get(`/n${index}`)?.data), String(counter));
    }
    await finished((done) => store.close(done));
  }
});

test('a directory in use is refused until its process is gone, however it went', async () => {
  const data = join(directory, 'hold');
  const writer = new Writer(writerCommand(data, 'hold'));
  await writer.reported(1);
  assert.throws(
    () => openLmdbStore(data),
    (error) => error instanceof DirectoryInUse && error.message.includes(`process ${writer.pid}`),
  );
  await writer.kill();
  const store = openLmdbStore(data);
  assert.throws(() => openLmdbStore(data), DirectoryInUse);
  await finished((done) => store.close(done));
  const again = openLmdbStore(data);
  await finished((done) => again.close(done));
});

async function fill(data: string, command: readonly string[]): Promise<string> {
  const writer = new Writer(command);
  await writer.ended();
  const last = Math.max(...writer.numbers('done'));
  const store = openLmdbStore(data);
  assert.ok(store.log.lastZxid >= zxidOf(1, last), 'what was reported is there');
  assert.deepEqual(history(store), zxids(1, 1, counterOf(store.log.lastZxid)));
  await finished((done) => store.close(done));
  assert.ok(writer.lines.includes('refused after a failure'), 'one failure is the last word');
  assert.equal(writer.lines.at(-1), 'ended');
  return writer.lines.find((line) => line.startsWith('error')) ?? 'no error';
}

/** A command under a limit that falls into the middle of a page: the write that meets it is cut short. */
function limited(command: readonly string[]): string[] {
  const words = command.map((word) => `'${word}'`);
  return ['sh', '-c', `ulimit -f 20001; exec ${words.join(' ')}`];
}

test('a file that may not grow ends in an error, and what was durable stays', async () => {
  const data = join(directory, 'limited');
  const error = await fill(data, limited(writerCommand(data, 'fill', 1_000_000)));
  assert.match(error, /^error StorageError: cannot write .*log\/data\.mdb: Input\/output error/);
});

test('a checkpoint that may not grow leaves the one before', async () => {
  const data = join(directory, 'limited-tree');
  const writer = new Writer(limited(writerCommand(data, 'grow')));
  await writer.ended();
  const error = writer.lines.find((line) => line.startsWith('error')) ?? 'no error';
  assert.match(error, /^error StorageError: cannot write .*tree\.1\/data\.mdb: /);
  assert.equal(writer.lines.at(-1), 'ended');
  await checkGrown(data, Math.max(...writer.numbers('checkpoint')));
});

async function checkGrown(data: string, checkpoints: number): Promise<void> {
  const store = openLmdbStore(data);
  assert.equal(store.tree.zxid, zxidOf(1, checkpoints));
  assert.equal(store.tree.childNames('/').length, checkpoints * 5000);
  await finished((done) => store.close(done));
}

test('a full disk ends in an error that says so, and what was durable stays', async (context) => {
  const data = join(directory, 'full');
  mkdirSync(data);
  const mount = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=80m', 'tmpfs', data]);
  if (mount.status !== 0) return context.skip('file systems cannot be mounted here');
  try {
    const error = await fill(data, writerCommand(data, 'fill', 1_000_000));
    assert.match(error, /^error DiskFull: cannot write .*log\/data\.mdb: /);
  } finally {
    spawnSync('umount', [data]);
  }
});

test('a checkpoint that finds no room leaves the one before', async (context) => {
  const data = join(directory, 'grown');
  mkdirSync(data);
  const mount = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=80m', 'tmpfs', data]);
  if (mount.status !== 0) return context.skip('file systems cannot be mounted here');
  try {
    const writer = new Writer(writerCommand(data, 'grow'));
    await writer.ended();
    const error = writer.lines.find((line) => line.startsWith('error')) ?? 'no error';
    assert.match(error, /^error DiskFull: cannot write .*(log|tree\.1)\/data\.mdb: /);
    await checkGrown(data, Math.max(...writer.numbers('checkpoint')));
  } finally {
    spawnSync('umount', [data]);
  }
});
