import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { open as openLmdb } from 'lmdb';
import { zxidOf } from '../../machines/zab/zxid.ts';
import { openLmdbStore } from '../../storage/lmdb/store.ts';
import { checkpoint, entry, finished, withLog, znode } from './fixture.ts';

let directory: string;
let data: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'vivarium-log-pages-'));
  data = join(directory, 'data');
});
afterEach(() => rmSync(directory, { recursive: true }));

test('an orderly run of appends and purges does not grow the file', async () => {
  const store = await withLog(openLmdbStore(data), 0);
  let counter = 0;
  let sizeAfterFirstRounds = 0;
  for (let round = 0; round < 30; round++) {
    const waits: Promise<void>[] = [];
    for (let append = 0; append < 30; append++) {
      const run = entry(1, counter + 1, counter + 20, 400);
      counter += 20;
      waits.push(finished((done) => store.log.append([run], 0, done)));
      if (append % 10 === 9) await Promise.all(waits);
    }
    await finished((done) =>
      store.tree.checkpoint(checkpoint(zxidOf(1, counter), [['/', znode('')]]), done),
    );
    await finished((done) => store.log.purge(zxidOf(1, Math.max(1, counter - 1500)), done));
    if (round === 9) sizeAfterFirstRounds = statSync(join(data, 'log/data.mdb')).size;
  }
  await finished((done) => store.close(done));
  const size = statSync(join(data, 'log/data.mdb')).size;
  assert.ok(size <= sizeAfterFirstRounds * 1.25, `${sizeAfterFirstRounds} bytes grew to ${size}`);
});

test('a value of the log takes a page at most, and what is purged leaves no gaps', async () => {
  const store = await withLog(openLmdbStore(data), 0);
  let counter = 0;
  for (let append = 0; append < 310; append++) {
    const count = 100 + ((append * 37) % 200);
    const run = entry(1, counter + 1, counter + count, 150);
    counter += count;
    await finished((done) => store.log.append([run], 0, done));
    if (append % 50 !== 49) continue;
    await finished((done) =>
      store.tree.checkpoint(checkpoint(zxidOf(1, counter), [['/', znode('')]]), done),
    );
    await finished((done) => store.log.purge(zxidOf(1, Math.max(1, counter - 20_000)), done));
  }
  await finished((done) => store.close(done));
  const log = openLmdb({ path: join(data, 'log'), overlappingSync: false });
  const values = log.openDB('entries', { encoding: 'binary', keyEncoding: 'binary' }).getStats();
  const pages = log.getStats();
  await log.close();
  const perValue = numberIn(values, 'overflowPages') / numberIn(values, 'entryCount');
  assert.ok(perValue > 0.9 && perValue <= 1, `${perValue} pages for each value`);
  // A list of a hundred gaps and more has pages of its own.
  assert.equal(numberIn(Reflect.get(pages, 'free'), 'overflowPages'), 0);
});

function numberIn(stats: object, name: string): number {
  const value: unknown = Reflect.get(stats, name);
  assert.ok(typeof value === 'number', name);
  return value;
}
