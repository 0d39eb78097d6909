import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { zxidOf } from '../../machines/zab/zxid.ts';
import type { Store } from '../../runtime/ports.ts';
import { CorruptRecord } from '../../storage/error.ts';
import { openLmdbStore } from '../../storage/lmdb/store.ts';
import { isSoundKey, KEY_BYTES_MAX, writeNodeKey } from '../../storage/node-key.ts';
import { checkpoint, finished, pieces, withLog, znode } from './fixture.ts';

const NAME = 'a-name-that-is-nowhere-else';
const PAGE_BYTES = 4096;
const FLAGS = 18;
const BRANCH = 1;

let directory: string;
let store: Store;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'vivarium-damaged-'));
  store = await withLog(openLmdbStore(directory), 10);
  const nodes = [`/${NAME}`, '/b', '/c'].map((path) => [path, znode(path)] as const);
  await finished((done) => store.tree.checkpoint(checkpoint(zxidOf(1, 10), nodes), done));
  await finished((done) => store.close(done));
});

afterEach(async () => {
  await finished((done) => store.close(done));
  rmSync(directory, { recursive: true });
});

/** Turns over a bit of the name in every page that has it: also in those that are out of use. */
function damage(offset: number): () => void {
  const file = join(directory, 'tree.1/data.mdb');
  const whole = readFileSync(file);
  const bytes = Buffer.from(whole);
  let count = 0;
  for (let at = bytes.indexOf(NAME); at >= 0; at = bytes.indexOf(NAME, at + 1)) {
    bytes[at + offset] = (bytes[at + offset] ?? 0) ^ 2;
    count += 1;
  }
  assert.ok(count > 0);
  // In its place: the file may be mapped.
  writeFileSync(file, bytes, { flag: 'r+' });
  return () => writeFileSync(file, whole, { flag: 'r+' });
}

test('a tree with a name in which a bit has turned over is not opened', () => {
  for (const offset of [0, 3, NAME.length - 1]) {
    const undo = damage(offset);
    assert.throws(() => openLmdbStore(directory), CorruptRecord, `byte ${offset} of the name`);
    undo();
  }
  store = openLmdbStore(directory);
});

test('nor one whose pages lead look-ups astray', async () => {
  store = openLmdbStore(directory);
  const nodes = Array.from({ length: 2000 }, (_, at) => [`/n${at}`, znode('x')] as const);
  await finished((done) => store.tree.checkpoint(checkpoint(zxidOf(1, 10), nodes), done));
  await finished((done) => store.close(done));
  const file = join(directory, 'tree.1/data.mdb');
  const whole = readFileSync(file);
  const branches = [];
  for (let page = 0; page < whole.length; page += PAGE_BYTES) {
    if (whole.readUInt16LE(page + FLAGS) === BRANCH && whole.includes('/n', page))
      branches.push(page);
  }
  assert.ok(branches.length > 0);
  let refused = 0;
  for (const page of branches) {
    const bytes = Buffer.from(whole);
    const at = bytes.indexOf('/n', page);
    bytes[at + 1] = (bytes[at + 1] ?? 0) ^ 8;
    writeFileSync(file, bytes);
    try {
      store = openLmdbStore(directory);
      await finished((done) => store.close(done));
    } catch (error) {
      assert.ok(error instanceof CorruptRecord);
      refused += 1;
    }
  }
  // Branches of the past are in no tree any more.
  assert.ok(refused > 0);
  writeFileSync(file, whole);
  store = openLmdbStore(directory);
});

test('a name in which a bit turns over meanwhile is told to nobody, and not sent to another member', () => {
  store = openLmdbStore(directory);
  damage(3);
  assert.throws(() => store.tree.childNames('/'), CorruptRecord);
  const snapshot = store.tree.openSnapshot();
  assert.throws(() => [...pieces(snapshot, 10_000)], CorruptRecord);
  snapshot.close();
});

test('nor is data in which a bit has turned over', () => {
  // The data of the node is its path: behind the name in the key comes the name in the data.
  const file = join(directory, 'tree.1/data.mdb');
  const bytes = readFileSync(file);
  const data = `/${NAME}`;
  for (let at = bytes.lastIndexOf(data); at >= 0; at = bytes.lastIndexOf(data, at - 1)) {
    // Keys stand behind the length of their parent's path, two bytes of zero.
    if (bytes.readUInt16BE(at - 2) !== 0) bytes[at + 5] = (bytes[at + 5] ?? 0) ^ 2;
    if (at === 0) break;
  }
  writeFileSync(file, bytes);
  store = openLmdbStore(directory);
  const snapshot = store.tree.openSnapshot();
  assert.throws(() => [...pieces(snapshot, 10_000)], CorruptRecord);
  snapshot.close();
  assert.throws(() => store.tree.get(`/${NAME}`), CorruptRecord);
});

test('every bit of a key counts', () => {
  for (const path of ['/', '/a', '/a/b', `/${'x'.repeat(600)}/${'y'.repeat(600)}`]) {
    const target = Buffer.alloc(KEY_BYTES_MAX);
    const key = target.subarray(0, writeNodeKey(path, target, 0));
    assert.ok(isSoundKey(key));
    for (let bit = 0; bit < key.byteLength * 8; bit++) {
      const damaged = Uint8Array.from(key);
      damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      assert.ok(!isSoundKey(damaged), `${path}, bit ${bit}`);
    }
  }
});
