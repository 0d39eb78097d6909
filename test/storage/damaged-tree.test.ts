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
function damage(offset: number): void {
  const file = join(directory, 'tree.1/data.mdb');
  const bytes = readFileSync(file);
  let count = 0;
  for (let at = bytes.indexOf(NAME); at >= 0; at = bytes.indexOf(NAME, at + 1)) {
    bytes[at + offset] = (bytes[at + offset] ?? 0) ^ 2;
    count += 1;
  }
  assert.ok(count > 0);
  writeFileSync(file, bytes);
}

test('a name in which a bit has turned over is told to nobody', () => {
  damage(3);
  store = openLmdbStore(directory);
  assert.throws(() => store.tree.childNames('/'), CorruptRecord);
});

test('nor is it sent to another member', () => {
  damage(3);
  store = openLmdbStore(directory);
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
