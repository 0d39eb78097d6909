import assert from 'node:assert/strict';
import {
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { open as openLmdb } from 'lmdb';
import { zxidOf } from '../../machines/zab/zxid.ts';
import { CorruptRecord, InconsistentHistory } from '../../storage/error.ts';
import { openLmdbStore } from '../../storage/lmdb/store.ts';
import { sealNumbers } from '../../storage/sealed-numbers.ts';
import { checkpoint, entry, finished, history, withLog, znode, zxids } from './fixture.ts';

const PAGE_BYTES = 4096;
/** Where a meta page has the root of the main table, the last page and its transaction. */
const MAIN_ROOT = 136;
const LAST_PAGE = 144;
const TRANSACTION = 152;
const FLAGS = 18;
const LEAF = 2;

let directory: string;
let data: string;
let log: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'vivarium-damaged-'));
  data = join(directory, 'data');
  log = join(data, 'log/data.mdb');
});
afterEach(() => rmSync(directory, { recursive: true }));

/** A closed store whose log holds counters 1 to `last` in values of some sizes, after some were purged or not. */
async function stored(last: number, recordBytes = 200, purged = 0): Promise<void> {
  const store = await withLog(openLmdbStore(data), 0);
  for (let counter = 1; counter <= last; counter++) {
    const bytes = counter % 7 === 0 ? recordBytes * 50 : recordBytes;
    const one = entry(1, counter, counter, bytes);
    await finished((done) => store.log.append([one], zxidOf(1, counter), done));
  }
  const nodes = [['/', znode('')]] as const;
  await finished((done) => store.tree.checkpoint(checkpoint(zxidOf(1, last), nodes), done));
  await finished((done) => store.log.purge(zxidOf(1, purged), done));
  await finished((done) => store.close(done));
}

/** What the log holds, read whole, after it was opened and closed again. */
async function reopened(after = 0): Promise<number[]> {
  const store = openLmdbStore(data);
  try {
    return history(store, after);
  } finally {
    await finished((done) => store.close(done));
  }
}

function isDamage(pattern: RegExp): (error: unknown) => boolean {
  return (error) => error instanceof CorruptRecord && pattern.test(error.message);
}

/** Changes the file of the log, and gives a way back. */
function change(edit: (bytes: Buffer) => void): () => void {
  const whole = readFileSync(log);
  const bytes = Buffer.from(whole);
  edit(bytes);
  assert.notDeepEqual(bytes, whole, 'something was changed');
  // In its place: the file may be mapped.
  writeFileSync(log, bytes, { flag: 'r+' });
  return () => writeFileSync(log, whole, { flag: 'r+' });
}

/** Offset of the meta page that counts. */
function newestMeta(bytes: Buffer): number {
  const transactions = [0, PAGE_BYTES].map((at) => bytes.readBigUInt64LE(at + TRANSACTION));
  const [first = 0n, second = 0n] = transactions;
  return first > second ? 0 : PAGE_BYTES;
}

test('a log that was cut off is refused in words, wherever the cut is', async () => {
  await stored(60);
  const whole = readFileSync(log);
  const lastPage = Number(whole.readBigUInt64LE(newestMeta(whole) + LAST_PAGE));
  assert.ok(lastPage > 40, `${lastPage} pages`);
  const intact = zxids(1, 1, 60);
  let refused = 0;
  for (let bytes = whole.length - PAGE_BYTES / 2; bytes >= PAGE_BYTES; bytes -= PAGE_BYTES / 2) {
    truncateSync(log, bytes);
    try {
      assert.deepEqual(await reopened(), intact, `${bytes} bytes left`);
    } catch (error) {
      const words = bytes === PAGE_BYTES ? /not a meta page/ : /shorter than its own records say/;
      assert.ok(isDamage(words)(error), `${bytes} bytes left: ${error}`);
      refused++;
    }
    writeFileSync(log, whole);
  }
  assert.ok(refused > 40, `${refused} cuts refused`);
  assert.deepEqual(await reopened(), intact);
});

test('the sentence says how much is left of how much', async () => {
  await stored(20);
  truncateSync(log, 5 * PAGE_BYTES);
  const lastPage = Number(readFileSync(log).readBigUInt64LE(LAST_PAGE));
  assert.ok(lastPage > 5);
  assert.throws(
    () => openLmdbStore(data),
    isDamage(/log\/data\.mdb is damaged: it is shorter .*: 20480 bytes of \d+$/),
  );
});

test('a tree that was cut off is refused as well', async () => {
  await stored(5);
  truncateSync(join(data, 'tree.1/data.mdb'), 2 * PAGE_BYTES);
  assert.throws(() => openLmdbStore(data), isDamage(/tree\.1\/data\.mdb.*shorter/));
});

test('a file whose last pages are free and were never written is whole', async () => {
  await stored(20);
  const more = 3n;
  change((bytes) => {
    const at = newestMeta(bytes) + LAST_PAGE;
    bytes.writeBigUInt64LE(bytes.readBigUInt64LE(at) + more, at);
  });
  assert.deepEqual(await reopened(), zxids(1, 1, 20));
});

test('no bit of the number of a transaction, or of the root that counts, can flip unseen', async () => {
  await stored(12);
  const newest = newestMeta(readFileSync(log));
  for (const page of [0, PAGE_BYTES]) {
    // The root that the other one names is read by nobody.
    for (const field of page === newest ? [TRANSACTION, MAIN_ROOT] : [TRANSACTION]) {
      for (let bit = 0; bit < 48; bit++) {
        const undo = change((bytes) => {
          const at = page + field + (bit >> 3);
          bytes[at] = (bytes[at] ?? 0) ^ (1 << (bit & 7));
        });
        assert.throws(() => openLmdbStore(data), CorruptRecord, `page ${page}, ${field}, ${bit}`);
        undo();
      }
    }
  }
  assert.deepEqual(await reopened(), zxids(1, 1, 12));
});

test('a flipped bit in the name of a table is found', async () => {
  await stored(12);
  for (const name of ['entries\0', 'meta\0']) {
    for (let index = 0; index < name.length; index++) {
      const undo = change((bytes) => {
        for (let at = bytes.indexOf(name); at >= 0; at = bytes.indexOf(name, at + name.length)) {
          bytes[at + index] = (bytes[at + index] ?? 0) ^ 1;
        }
      });
      assert.throws(() => openLmdbStore(data), isDamage(/it has a table/), `${name} ${index}`);
      undo();
    }
  }
  assert.deepEqual(await reopened(), zxids(1, 1, 12));
});

test('the record of a member without a history is refused', async () => {
  const alone = openLmdb({ path: join(data, 'log'), noSubdir: false, overlappingSync: false });
  const meta = alone.openDB('meta', { encoding: 'binary', keyEncoding: 'binary' });
  meta.putSync(Buffer.from('member'), sealNumbers(1, [4, 4, 2, 0, 0, 1]));
  await alone.close();
  assert.throws(() => openLmdbStore(data), isDamage(/the record of the member, but not/));
});

test('a log that ends before what it knew of is refused', async () => {
  await stored(4);
  for (const [baseZxid, committedZxid] of [
    [0, zxidOf(1, 5)],
    [zxidOf(1, 5), 0],
  ] as const) {
    const environment = openLmdb({ path: join(data, 'log'), overlappingSync: false });
    const meta = environment.openDB('meta', { encoding: 'binary', keyEncoding: 'binary' });
    meta.putSync(Buffer.from('member'), sealNumbers(1, [1, 1, 1, baseZxid, committedZxid, 1]));
    await environment.close();
    assert.throws(
      () => openLmdbStore(data),
      (error) =>
        error instanceof InconsistentHistory &&
        /the log ends at zxid 0x100000004, but had reached 0x100000005/.test(error.message),
    );
  }
});

test('what LMDB says of a damaged page is said of the file', async () => {
  await stored(200, 100);
  const key = Buffer.from([0, 0, 0, 1, 0, 0, 0, 9]);
  const store = openLmdbStore(data);
  change((bytes) => {
    for (let at = 2 * PAGE_BYTES; at < bytes.length; at += PAGE_BYTES) {
      const page = bytes.subarray(at, at + PAGE_BYTES);
      if (page.readUInt16LE(FLAGS) === LEAF && page.includes(key)) page.fill(0);
    }
  });
  assert.throws(() => history(store), isDamage(/MDB_(CORRUPTED|BAD_TXN)/));
  await finished((done) => store.close(done));
});

test('a flipped bit in the frame of a page loses no txn unseen', async () => {
  await stored(40);
  const whole = readFileSync(log);
  let refused = 0;
  for (let page = 2 * PAGE_BYTES; page < whole.length; page += PAGE_BYTES) {
    if (whole.readUInt16LE(page + FLAGS) !== LEAF) continue;
    // Flags, and where the list of keys ends.
    for (let bit = 0; bit < 32; bit++) {
      const undo = change((bytes) => {
        const at = page + FLAGS + (bit >> 3);
        bytes[at] = (bytes[at] ?? 0) ^ (1 << (bit & 7));
      });
      try {
        assert.deepEqual(await reopened(), zxids(1, 1, 40), `page ${page / PAGE_BYTES}, ${bit}`);
      } catch (error) {
        if (!(error instanceof CorruptRecord)) throw error;
        refused++;
      }
      undo();
    }
  }
  assert.ok(refused >= 3 * 32, `${refused} flips refused`);
});

test('an empty log beside the tree of a snapshot is not that of a new member', async () => {
  await stored(4);
  renameSync(join(data, 'tree.1'), join(data, 'tree.2'));
  const tree = readFileSync(join(data, 'tree.2/data.mdb'));
  truncateSync(log, 0);
  assert.throws(() => openLmdbStore(data), InconsistentHistory);
  assert.deepEqual(readFileSync(join(data, 'tree.2/data.mdb')), tree, 'nothing was taken away');
});

test('a log that was purged is whole, and goes on', async () => {
  await stored(150, 60, 120);
  assert.deepEqual(await reopened(zxidOf(1, 119)), zxids(1, 120, 150));
  const store = openLmdbStore(data);
  await finished((done) => store.log.append([entry(1, 151, 160)], 0, done));
  await finished((done) => store.close(done));
  assert.deepEqual(await reopened(zxidOf(1, 119)), zxids(1, 120, 160));
});

test('a last page that lies outside the map of the file is found', async () => {
  await stored(12);
  for (let bit = 24; bit < 64; bit++) {
    const undo = change((bytes) => {
      const at = newestMeta(bytes) + LAST_PAGE + (bit >> 3);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << (bit & 7));
    });
    assert.throws(() => openLmdbStore(data), CorruptRecord, `bit ${bit}`);
    undo();
  }
  assert.deepEqual(await reopened(), zxids(1, 1, 12));
});
