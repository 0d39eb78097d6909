import assert from 'node:assert/strict';
import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { open as openLmdb } from 'lmdb';
import { counterOf, zxidOf } from '../../machines/zab/zxid.ts';
import type { Store } from '../../runtime/ports.ts';
import { CorruptRecord, InconsistentHistory } from '../../storage/error.ts';
import { Environment } from '../../storage/lmdb/environment.ts';
import { type InstallStep, openLmdbStore } from '../../storage/lmdb/store.ts';
import { sealNumbers } from '../../storage/sealed-numbers.ts';
import { checkpoint, entry, finished, history, pieces, withLog, znode, zxids } from './fixture.ts';

let directory: string;
let data: string;
const opened = new Set<Store>();

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'vivarium-lmdb-'));
  data = join(directory, 'data');
});
afterEach(async () => {
  for (const store of opened) await close(store);
  rmSync(directory, { recursive: true });
});

function open(path = data, onInstallStep?: (step: InstallStep) => Promise<void>): Store {
  const store = openLmdbStore(path, onInstallStep === undefined ? {} : { onInstallStep });
  opened.add(store);
  return store;
}

async function close(store: Store): Promise<void> {
  opened.delete(store);
  await finished((done) => store.close(done));
}

/** Flips a bit in the byte `offset` bytes after every `needle`: pages that are out of use may hold it as well. */
function flipBit(file: string, needle: string, offset: number): void {
  const bytes = readFileSync(file);
  let at = bytes.indexOf(needle);
  assert.ok(at >= 0);
  for (; at >= 0; at = bytes.indexOf(needle, at + offset + 1)) {
    bytes[at + offset] = (bytes[at + offset] ?? 0) ^ 0x10;
  }
  writeFileSync(file, bytes);
}

function entryWith(counter: number, text: string): ReturnType<typeof entry> {
  const plain = entry(1, counter, counter, 100);
  Buffer.from(plain.bytes.buffer, plain.bytes.byteOffset).write(text, 20);
  return plain;
}

test('a flipped bit in the log is found, and named', async () => {
  const store = await withLog(open(), 4);
  await finished((done) => store.log.append([entryWith(5, 'needle')], 0, done));
  await finished((done) => store.log.append([entry(1, 6, 9)], 0, done));
  await close(store);
  flipBit(join(data, 'log/data.mdb'), 'needle', 3);
  const damaged = open();
  assert.equal(damaged.log.lastZxid, zxidOf(1, 9));
  assert.throws(
    () => history(damaged),
    (error) =>
      error instanceof CorruptRecord &&
      error.firstZxid === zxidOf(1, 5) &&
      error.lastZxid === zxidOf(1, 5) &&
      error.message.includes(join(data, 'log/data.mdb')) &&
      error.message.includes('0x100000005'),
  );
});

test('a flipped bit in the last entry is found when opening', async () => {
  const store = await withLog(open(), 4);
  await finished((done) => store.log.append([entryWith(5, 'needle')], 0, done));
  await close(store);
  flipBit(join(data, 'log/data.mdb'), 'needle', 3);
  assert.throws(() => open(), CorruptRecord);
});

test('a flipped bit in a node is found when it is read', async () => {
  const store = await withLog(open(), 4);
  const nodes = [
    ['/a', znode('fine')],
    ['/b', znode('needle')],
  ] as const;
  await finished((done) => store.tree.checkpoint(checkpoint(zxidOf(1, 4), nodes), done));
  await close(store);
  flipBit(join(data, 'tree.1/data.mdb'), 'needle', 0);
  const damaged = open();
  assert.equal(String(damaged.tree.get('/a')?.data), 'fine');
  assert.throws(() => damaged.tree.get('/b'), CorruptRecord);
});

test('a missing entry is found', async () => {
  const store = await withLog(open(), 4);
  await finished((done) => store.log.append([entry(1, 5, 6)], 0, done));
  await finished((done) => store.log.append([entry(1, 7, 8)], 0, done));
  await close(store);
  const log = openLmdb({ path: join(data, 'log'), overlappingSync: false });
  const entries = log.openDB('entries', { encoding: 'binary', keyEncoding: 'binary' });
  entries.removeSync(Buffer.from([0, 0, 0, 1, 0, 0, 0, 5]));
  await log.close();
  const damaged = open();
  assert.throws(
    () => history(damaged),
    (error) => error instanceof CorruptRecord && error.firstZxid === zxidOf(1, 5),
  );
});

async function rewriteMember(numbers: readonly number[]): Promise<void> {
  const log = openLmdb({ path: join(data, 'log'), overlappingSync: false });
  const meta = log.openDB('meta', { encoding: 'binary', keyEncoding: 'binary' });
  meta.putSync(Buffer.from('member'), sealNumbers(1, numbers));
  await log.close();
}

test('contradictory epochs are refused when opening', async () => {
  await close(await withLog(open(), 4));
  const generation = 1;
  await rewriteMember([1, 2, 1, 0, 0, generation]);
  assert.throws(
    () => open(),
    (error) =>
      error instanceof InconsistentHistory &&
      /acceptedEpoch 1 is below currentEpoch 2/.test(error.message),
  );
  await rewriteMember([5, 0, 1, 0, 0, generation]);
  assert.throws(
    () => open(),
    (error) =>
      error instanceof InconsistentHistory && /later epoch than currentEpoch 0/.test(error.message),
  );
  await rewriteMember([5, 1, 1, 0, 0, generation]);
  assert.equal(open().log.incarnation, 2);
});

test('a tree and a log of different members are refused', async () => {
  const store = await withLog(open(), 4);
  await finished((done) =>
    store.tree.checkpoint(checkpoint(zxidOf(1, 4), [['/', znode('')]]), done),
  );
  await close(store);
  rmSync(join(data, 'log'), { recursive: true });
  assert.throws(() => open(), InconsistentHistory);
});

test('a checkpoint of many slices is one commit', async () => {
  const store = await withLog(open(), 4);
  const nodes = Array.from({ length: 30_000 }, (_, n) => [`/node-${n}`, znode('data')] as const);
  const path = join(data, 'tree.1');
  const observer = openLmdb({ path, noSubdir: false, overlappingSync: false });
  const lastTransaction = () => {
    const stats = observer.getStats();
    assert.ok('lastTxnId' in stats && typeof stats.lastTxnId === 'number');
    return stats.lastTxnId;
  };
  const before = lastTransaction();
  let turns = 0;
  let isDone = false;
  const written = finished((done) =>
    store.tree.checkpoint(checkpoint(zxidOf(1, 4), nodes), (error) => {
      isDone = true;
      done(error);
    }),
  );
  while (!isDone) {
    turns++;
    await new Promise(setImmediate);
  }
  await written;
  assert.equal(lastTransaction(), before + 1);
  assert.ok(turns > 5, `the loop turned ${turns} times meanwhile`);
  assert.equal(store.tree.childNames('/').length, 30_000);
  await observer.close();
});

test('no read sees a commit that its checkpoint has not reported', async () => {
  const store = await withLog(open(), 30);
  const write = (counter: number) => {
    const nodes = Array.from({ length: 300 }, (_, n) => [`/n${n}`, znode(`${counter}`)] as const);
    return finished((done) => store.tree.checkpoint(checkpoint(zxidOf(1, counter), nodes), done));
  };
  await write(1);
  for (let counter = 2; counter <= 30; counter++) {
    let isDone = false;
    const written = write(counter).then(() => {
      isDone = true;
    });
    while (!isDone) {
      // The commit falls into the time that the loop is busy, and the timer fires before the loop learns of it.
      await new Promise(setImmediate);
      const end = performance.now() + 3;
      while (performance.now() < end);
      await new Promise((resolve) => setTimeout(resolve, 0));
      const expected = String(counterOf(store.tree.zxid));
      assert.equal(String(store.tree.get('/n7')?.data), expected);
    }
    await written;
  }
});

test('no checkpoint is written before the log is durable that far', async () => {
  const store = await withLog(open(), 1);
  const blocker = new Environment(join(data, 'log'));
  let release: () => void = () => {};
  const hold = blocker.holdWrites(
    new Promise<void>((resolve) => {
      release = resolve;
    }),
  );
  await hold.entered;
  const appended = finished((done) => store.log.append([entry(1, 2, 2)], 0, done));
  const written = finished((done) =>
    store.tree.checkpoint(checkpoint(zxidOf(1, 2), [['/', znode('')]]), done),
  );
  try {
    // Time in which ten other trees are written is more than this one would take.
    const other = await withLog(open(join(directory, 'other')), 10);
    for (let counter = 1; counter <= 10; counter++) {
      const next = checkpoint(zxidOf(1, counter), [['/', znode('')]]);
      await finished((done) => other.tree.checkpoint(next, done));
    }
    assert.equal(store.tree.zxid, 0);
  } finally {
    release();
    await hold.left;
  }
  await Promise.all([appended, written]);
  assert.equal(store.tree.zxid, zxidOf(1, 2));
  await blocker.close();
});

test('appends are served while a checkpoint is written', async () => {
  const store = await withLog(open(), 1);
  const nodes = Array.from({ length: 20_000 }, (_, n) => [`/node-${n}`, znode('data')] as const);
  let isWritten = false;
  const written = finished((done) =>
    store.tree.checkpoint(checkpoint(zxidOf(1, 1), nodes), (error) => {
      isWritten = true;
      done(error);
    }),
  );
  await finished((done) => store.log.append([entry(1, 2, 2)], 0, done));
  assert.equal(isWritten, false);
  await written;
});

test('an installation that is cut off at any step is done, or was never begun', async () => {
  const images: [step: InstallStep | 'receiving', path: string][] = [];
  const keepImage = (step: InstallStep | 'receiving') => {
    const image = join(directory, `image-${step}`);
    cpSync(data, image, { recursive: true });
    rmSync(join(image, 'lock'), { recursive: true });
    images.push([step, image]);
  };
  const store = await withLog(
    open(data, async (step) => keepImage(step)),
    20,
  );
  const first = [
    ['/', znode('')],
    ['/old', znode('old')],
  ] as const;
  await finished((done) => store.tree.checkpoint(checkpoint(zxidOf(1, 10), first), done));

  const leader = await withLog(open(join(directory, 'leader')), 30);
  const second = [
    ['/', znode('')],
    ['/new', znode('new')],
  ] as const;
  await finished((done) => leader.tree.checkpoint(checkpoint(zxidOf(1, 30), second), done));
  await finished((done) => store.log.saveEpochs({ acceptedEpoch: 2, currentEpoch: 1 }, done));
  const sink = store.receiveSnapshot(zxidOf(1, 30));
  for (const piece of pieces(leader.tree.openSnapshot(), 100)) {
    await finished((done) => sink.write(piece, done));
  }
  keepImage('receiving');
  const installed = { entries: [entry(2, 1, 3)], currentEpoch: 2, committedZxid: 0 };
  await finished((done) => sink.install(installed, done));
  await close(store);

  assert.deepEqual(
    images.map(([step]) => step),
    ['receiving', 'received', 'committed', 'opened'],
  );
  for (const [step, path] of images) {
    const image = open(path);
    if (step === 'receiving' || step === 'received') {
      assert.deepEqual(history(image), zxids(1, 1, 20), step);
      assert.deepEqual(image.log.epochs, { acceptedEpoch: 2, currentEpoch: 1 });
      assert.equal(image.tree.zxid, zxidOf(1, 10));
      assert.deepEqual(image.tree.childNames('/'), ['old']);
    } else {
      assert.deepEqual(history(image, zxidOf(1, 30)), zxids(2, 1, 3), step);
      assert.deepEqual(image.log.epochs, { acceptedEpoch: 2, currentEpoch: 2 });
      assert.equal(image.tree.zxid, zxidOf(1, 30));
      assert.deepEqual(image.tree.childNames('/'), ['new']);
    }
    const trees = readdirSync(path).filter((name) => name.startsWith('tree.'));
    assert.equal(trees.length, 1, 'no other tree is left');
    await close(image);
  }
});

test('a snapshot being read does not survive its tree, nor hold it up', async () => {
  const store = await withLog(open(), 10);
  const nodes = Array.from({ length: 100 }, (_, n) => [`/n${n}`, znode('')] as const);
  await finished((done) => store.tree.checkpoint(checkpoint(zxidOf(1, 10), nodes), done));
  const reading = store.tree.openSnapshot();
  reading.next(10);
  const sink = store.receiveSnapshot(zxidOf(1, 10));
  for (const piece of pieces(store.tree.openSnapshot(), 1000)) {
    await finished((done) => sink.write(piece, done));
  }
  const installed = { entries: [], currentEpoch: 1, committedZxid: 0 };
  await finished((done) => sink.install(installed, done));
  assert.throws(() => reading.next(10), /closed/);
  reading.close();
  assert.equal(store.tree.childNames('/').length, 100);
});

test('room that is reserved for the log is taken once, and used', async () => {
  const logReservedBytes = 4 * 1024 * 1024;
  const file = join(data, 'log/data.mdb');
  const store = openLmdbStore(data, { logReservedBytes });
  const size = statSync(file).size;
  assert.ok(size >= logReservedBytes);
  await withLog(store, 0);
  for (let counter = 1; counter <= 200; counter++) {
    await finished((done) => store.log.append([entry(1, counter, counter, 8000)], 0, done));
  }
  assert.deepEqual(history(store), zxids(1, 1, 200));
  await finished((done) => store.close(done));
  const again = openLmdbStore(data, { logReservedBytes });
  assert.equal(statSync(file).size, size);
  assert.deepEqual(history(again), zxids(1, 1, 200));
  await finished((done) => again.close(done));
});

test('a new directory counts its starts from the number that it is given, and goes on from there', async () => {
  for (const firstIncarnation of [700, 1]) {
    const store = openLmdbStore(data, { firstIncarnation });
    const due = firstIncarnation === 700 ? 700 : 701;
    assert.equal(store.log.incarnation, due);
    await finished((done) => store.close(done));
  }
  const unsaid = open(join(directory, 'another'));
  assert.equal(unsaid.log.incarnation, 1);
});
