import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { zxidOf } from '../../machines/zab/zxid.ts';
import type { Store } from '../../runtime/ports.ts';
import { CorruptRecord } from '../../storage/error.ts';
import { Environment } from '../../storage/lmdb/environment.ts';
import { openLmdbStore } from '../../storage/lmdb/store.ts';
import { KEY_BYTES_MAX, writeNodeKey } from '../../storage/node-key.ts';
import { decodeReapable, encodeReapable } from '../../storage/reapable-record.ts';
import { checkpoint, finished, withLog, znode } from './fixture.ts';

const NAME = 'a-name-that-is-nowhere-else';
const LONG = `/${'x'.repeat(700)}`;

let directory: string;
let store: Store;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'vivarium-reapables-'));
  store = await withLog(openLmdbStore(directory), 10);
  const paths = [`/${NAME}`, '/c', LONG];
  const containers = paths.map((path) => [path, znode('', { kind: 2 })] as const);
  const nodes = [['/', znode('')], ['/plain', znode('')], ...containers] as const;
  await finished((done) => store.tree.checkpoint(checkpoint(zxidOf(1, 9), nodes), done));
  await finished((done) => store.close(done));
});

afterEach(async () => {
  await finished((done) => store.close(done));
  rmSync(directory, { recursive: true });
});

/** Changes the tables of the tree as another program would. */
async function inTree(change: (environment: Environment) => void): Promise<void> {
  const environment = new Environment(join(directory, 'tree.1'));
  environment.commitSync(() => change(environment));
  await environment.close();
}

function opened(): string[] {
  store = openLmdbStore(directory);
  return store.tree.reapablePaths(undefined, 100).sort();
}

test('a tree of a time before the index gets one when it is opened', async () => {
  await inTree((environment) => {
    void environment.table('meta').remove(Buffer.from('reapables'));
    const table = environment.table('reapables');
    for (const key of [...table.getKeys({ start: Buffer.alloc(1) })]) void table.remove(key);
  });
  assert.deepEqual(opened(), [`/${NAME}`, '/c', LONG].sort());
});

test('an index that was left behind by a program without one is made anew', async () => {
  await inTree((environment) => {
    const meta = environment.table('meta');
    const mark = meta.getBinary(Buffer.from('reapables'));
    assert.ok(mark !== undefined);
    const key = Buffer.alloc(KEY_BYTES_MAX);
    const gone = key.subarray(0, writeNodeKey('/gone', key, 0));
    void environment.table('reapables').put(gone, encodeReapable('/gone'));
    // Exact at no zxid that the tree is at.
    void meta.put(Buffer.from('reapables'), mark.subarray(0, -1));
  });
  assert.deepEqual(opened(), [`/${NAME}`, '/c', LONG].sort());
  await finished((done) => store.close(done));
  assert.deepEqual(opened(), [`/${NAME}`, '/c', LONG].sort());
});

test('an index that is exact is left as it is', async () => {
  let size = 0;
  await inTree((environment) => {
    const table = environment.table('reapables');
    const [first] = [...table.getKeys({ start: Buffer.alloc(1) })];
    assert.ok(first !== undefined);
    void table.remove(first);
    size = 2;
  });
  assert.equal(opened().length, size, 'no node was looked at');
});

test('a path in which a bit turns over is not told', () => {
  store = openLmdbStore(directory);
  const file = join(directory, 'tree.1/data.mdb');
  const bytes = readFileSync(file);
  let count = 0;
  for (let at = bytes.indexOf(NAME); at >= 0; at = bytes.indexOf(NAME, at + 1)) {
    bytes[at + 3] = (bytes[at + 3] ?? 0) ^ 2;
    count++;
  }
  assert.ok(count >= 3, 'in the keys of both tables, and in the value');
  writeFileSync(file, bytes, { flag: 'r+' });
  assert.throws(() => store.tree.reapablePaths(undefined, 100), CorruptRecord);
});

test('every bit of a record counts', () => {
  const record = encodeReapable('/a/ö');
  assert.equal(decodeReapable(record), '/a/ö');
  for (let bit = 0; bit < record.byteLength * 8; bit++) {
    const damaged = Uint8Array.from(record);
    damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    assert.equal(decodeReapable(damaged), undefined, `bit ${bit}`);
  }
  assert.equal(decodeReapable(record.subarray(0, 3)), undefined);
});
