import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { RecordWriter } from '../../machines/znode/record-writer.ts';
import { encodeTxn } from '../../machines/znode/txn-codec.ts';
import type { LogEntry, Store } from '../../runtime/ports.ts';
import { openLmdbStore } from '../../storage/lmdb/store.ts';
import { finished } from '../storage/fixture.ts';
import { txnOf, zxids } from '../zab/harness/history.ts';
import { TxnArchive } from './txn-archive.ts';

const root = mkdtempSync(join(tmpdir(), 'txn-archive-'));
after(() => rmSync(root, { recursive: true, force: true }));

/** One entry; `timeMs` makes its txns others than those of the same zxids elsewhere. */
function entryOf(of: readonly number[], timeMs = 0): LogEntry {
  const writer = new RecordWriter();
  for (const zxid of of) encodeTxn({ ...txnOf(zxid), timeMs }, writer);
  const [firstZxid = 0] = of;
  return { firstZxid, lastZxid: of.at(-1) ?? 0, count: of.length, bytes: writer.take() };
}

/** Member `id`, which does not run, with these entries in its log. */
async function logOf(
  id: number,
  name: string,
  entries: readonly LogEntry[],
  committedZxid: number,
): Promise<{ id: number; dataDir: string }> {
  const dataDir = join(root, name);
  const store: Store = openLmdbStore(dataDir);
  await finished((done) => store.log.saveEpochs({ acceptedEpoch: 1, currentEpoch: 1 }, done));
  for (const entry of entries) {
    await finished((done) => store.log.append([entry], committedZxid, done));
  }
  await finished((done) => store.close(done));
  return { id, dataDir };
}

const [first = 0, second = 0, third = 0] = zxids(1, 1, 3);
const LAST = third;

test('what a log knows to be committed is taken over, and nothing behind it', async () => {
  const archive = new TxnArchive();
  await archive.gather(await logOf(1, 'a', [entryOf([first, second]), entryOf([third])], second));
  const delivered = [...archive.delivered(0)].flatMap((event) =>
    event.type === 'delivered' ? [[event.member, event.zxid, event.kind, event.code]] : [],
  );
  assert.deepEqual(delivered, [
    [1, first, 'error', -101],
    [1, second, 'error', -101],
  ]);
});

test('records that a member loses later are still known, and are told in order', async () => {
  const archive = new TxnArchive();
  await archive.gather(await logOf(1, 'b1', [entryOf([first, second])], second));
  const whole = await logOf(2, 'b2', [entryOf([first, second, third])], LAST);
  await archive.finish(whole, LAST);
  const zxidsOf = (member: number) =>
    [...archive.delivered(0)].flatMap((event) =>
      event.type === 'delivered' && event.member === member ? [event.zxid] : [],
    );
  assert.deepEqual(zxidsOf(1), [first, second]);
  assert.deepEqual(zxidsOf(2), [first, second, third]);
  assert.deepEqual([...archive.violations, ...archive.holes(LAST)], []);
});

test('another txn under the same zxid is a violation', async () => {
  const archive = new TxnArchive();
  await archive.gather(await logOf(1, 'c1', [entryOf([first])], first));
  await archive.finish(await logOf(2, 'c2', [entryOf([first], 7)], first), first);
  assert.match(archive.violations.join(), /another txn at 0x100000001/);
});

test('a log that ends too early, or lacks what others have, is a violation', async () => {
  const archive = new TxnArchive();
  await archive.finish(await logOf(1, 'd1', [entryOf([first, second])], second), LAST);
  assert.match(archive.violations.join(), /member 1 ends at 0x100000002/);
  await archive.finish(await logOf(2, 'd2', [entryOf([first, second, third])], LAST), LAST);
  assert.deepEqual([...archive.holes(LAST)], ['the log of member 1 lacks 0x100000003']);
});
