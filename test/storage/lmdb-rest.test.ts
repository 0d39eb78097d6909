import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { zxidOf } from '../../machines/zab/zxid.ts';
import type { Store } from '../../runtime/ports.ts';
import { CorruptRecord, StorageError } from '../../storage/error.ts';
import { openLmdbStore } from '../../storage/lmdb/store.ts';
import { checkpoint, finished, withLog, znode } from './fixture.ts';

let data: string;
let store: Store;

beforeEach(async () => {
  data = mkdtempSync(join(tmpdir(), 'vivarium-rest-'));
  store = openLmdbStore(data);
  await withLog(store, 40);
  const first = checkpoint(zxidOf(1, 5), [
    ['/', znode('')],
    ['/a', znode('1')],
  ]);
  await finished((done) => store.tree.checkpoint(first, done));
});
afterEach(async () => {
  await finished((done) => store.close(done));
  rmSync(data, { recursive: true });
});

test('of a tree that rests no page is mapped until it is asked', async () => {
  const isMapped = () =>
    readFileSync('/proc/self/maps', 'utf8').includes(join(data, 'tree.1/data.mdb'));
  assert.ok(isMapped());
  store.tree.rest();
  while (isMapped()) await new Promise((resolve) => setImmediate(resolve));
  assert.equal(String(store.tree.get('/a')?.data), '1');
  assert.ok(isMapped());
});

test('a tree that rests and finds another file in the place of its own says so, and is not empty', async () => {
  store.tree.rest();
  await new Promise((resolve) => setImmediate(resolve));
  rmSync(join(data, 'tree.1'), { recursive: true });
  assert.throws(() => store.tree.get('/a'), CorruptRecord);
  assert.throws(() => store.tree.get('/a'), CorruptRecord);
});

test('a tree that rests is closed with its store, and may be opened by another', async () => {
  store.tree.rest();
  await finished((done) => store.close(done));
  store.tree.rest();
  assert.throws(() => store.tree.get('/a'), StorageError);
  store = openLmdbStore(data);
  assert.equal(String(store.tree.get('/a')?.data), '1');
});

test('rests follow one another, with checkpoints and snapshots between them and while they are under way', async () => {
  const { tree } = store;
  for (let counter = 6; counter <= 40; counter++) {
    tree.rest();
    if (counter % 3 === 0) await new Promise((resolve) => setImmediate(resolve));
    const snapshot = tree.openSnapshot();
    const next = checkpoint(zxidOf(1, counter), [['/a', znode(String(counter))]]);
    const written = finished((done) => tree.checkpoint(next, done));
    tree.rest();
    assert.equal(snapshot.zxid, zxidOf(1, counter - 1));
    while (snapshot.next(1000) !== undefined) tree.rest();
    snapshot.close();
    tree.rest();
    tree.get('/a');
    await written;
    tree.rest();
    assert.equal(String(tree.get('/a')?.data), String(counter));
  }
});
