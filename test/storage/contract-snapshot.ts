import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { zxidOf } from '../../machines/zab/zxid.ts';
import type { SessionRecord } from '../../machines/znode/znode.ts';
import {
  checkpoint,
  entry,
  finished,
  history,
  pieces,
  totals,
  withLog,
  znode,
  zxids,
} from './fixture.ts';

/** One member's storage as a test needs it. */
import type { StoreInTest } from './store-in-test.ts';

const session = (ephemerals: string[]): SessionRecord => ({
  timeoutMs: 4000,
  password: Uint8Array.from({ length: 16 }, (_, index) => index),
  ephemerals: new Set(ephemerals),
});

/** Snapshots, out and in. */
export function describeSnapshot(current: StoreInTest): void {
  describe('snapshot', () => {
    async function filled(): Promise<void> {
      await withLog(current.store, 50);
      const nodes = Array.from({ length: 500 }, (_, n) => [`/n${n}`, znode(`data ${n}`)] as const);
      await finished((done) =>
        current.store.tree.checkpoint(
          checkpoint(zxidOf(1, 40), [['/', znode('')], ...nodes], {
            sessions: new Map([[7, session(['/n1'])]]),
          }),
          done,
        ),
      );
    }

    test('is exact at the checkpoint it was opened at', async () => {
      await filled();
      const source = current.store.tree.openSnapshot();
      assert.equal(source.zxid, zxidOf(1, 40));
      const first = source.next(500);
      await finished((done) =>
        current.store.tree.checkpoint(
          checkpoint(
            zxidOf(1, 50),
            [
              ['/n1', null],
              ['/n499', znode('changed')],
              ['/new', znode('')],
            ],
            {
              sessions: new Map([
                [7, null],
                [8, session([])],
              ]),
            },
          ),
          done,
        ),
      );
      const sink = current.store.receiveSnapshot(source.zxid);
      assert.ok(first !== undefined);
      await finished((done) => sink.write(first, done));
      let count = 1;
      for (const piece of pieces(source, 500)) {
        await finished((done) => sink.write(piece, done));
        count++;
      }
      assert.ok(count > 20, 'it comes in pieces');
      const former = current.store.tree;
      await finished((done) =>
        sink.install(
          { entries: [entry(1, 41, 45)], currentEpoch: 1, committedZxid: zxidOf(1, 42) },
          done,
        ),
      );
      assert.notEqual(current.store.tree, former);
      assert.throws(() => former.get('/'));
      for (let round = 0; round < 2; round++) {
        assert.equal(current.store.tree.zxid, zxidOf(1, 40));
        assert.deepEqual(current.store.tree.totals, totals(501));
        assert.equal(String(current.store.tree.get('/n1')?.data), 'data 1');
        assert.equal(String(current.store.tree.get('/n499')?.data), 'data 499');
        assert.equal(current.store.tree.get('/new'), undefined);
        assert.equal(current.store.tree.childNames('/').length, 500);
        assert.deepEqual([...current.store.tree.sessions()], [[7, session(['/n1'])]]);
        assert.equal(current.store.log.lastZxid, zxidOf(1, 45));
        assert.equal(current.store.log.firstZxid, zxidOf(1, 41));
        assert.equal(current.store.log.committedZxid, zxidOf(1, 42));
        assert.equal(current.store.log.floor(zxidOf(1, 40)), zxidOf(1, 40));
        assert.deepEqual(history(current.store, zxidOf(1, 40)), zxids(1, 41, 45));
        current.store = await current.under.reopen();
      }
      await finished((done) => current.store.log.append([entry(1, 46, 47)], 0, done));
      await finished((done) =>
        current.store.tree.checkpoint(checkpoint(zxidOf(1, 47), [['/later', znode('')]]), done),
      );
    });

    test('may be all there is', async () => {
      await filled();
      const source = current.store.tree.openSnapshot();
      const sink = current.store.receiveSnapshot(source.zxid);
      for (const piece of pieces(source, 1_000_000)) {
        await finished((done) => sink.write(piece, done));
      }
      await finished((done) =>
        sink.install({ entries: [], currentEpoch: 1, committedZxid: 0 }, done),
      );
      current.store = await current.under.reopen();
      assert.equal(
        current.store.log.lastZxid,
        zxidOf(1, 40),
        'the snapshot the empty log stands on',
      );
      assert.equal(current.store.log.firstZxid, 0);
      assert.equal(current.store.log.committedZxid, zxidOf(1, 40));
      await finished((done) => current.store.log.append([entry(1, 41, 41)], 0, done));
      assert.deepEqual(history(current.store, zxidOf(1, 40)), zxids(1, 41, 41));
    });

    test('that was given up leaves everything as it was', async () => {
      await filled();
      const source = current.store.tree.openSnapshot();
      const sink = current.store.receiveSnapshot(source.zxid);
      const piece = source.next(1000);
      assert.ok(piece !== undefined);
      await finished((done) => sink.write(piece, done));
      sink.abort();
      source.close();
      current.store = await current.under.reopen();
      assert.deepEqual(history(current.store), zxids(1, 1, 50));
      assert.equal(current.store.tree.childNames('/').length, 500);
    });

    test('that is not whole, not in order or not the one expected is refused', async () => {
      await filled();
      const all = [...pieces(current.store.tree.openSnapshot(), 2000)];
      const [first, second, third] = all;
      assert.ok(first !== undefined && second !== undefined && third !== undefined);
      const damaged = Buffer.from(second);
      damaged[damaged.length - 1] = (damaged[damaged.length - 1] ?? 0) ^ 1;
      const attempts: [zxid: number, pieces: Uint8Array[]][] = [
        [zxidOf(1, 40), all.slice(0, -1)],
        [zxidOf(1, 40), [first, damaged]],
        [zxidOf(1, 40), [first, third]],
        [zxidOf(1, 40), [first, second, second]],
        [zxidOf(1, 40), [second]],
        [zxidOf(1, 41), all],
        [zxidOf(1, 40), [first.subarray(0, 5)]],
        [zxidOf(1, 40), []],
      ];
      for (const [zxid, received] of attempts) {
        const sink = current.store.receiveSnapshot(zxid);
        await assert.rejects(async () => {
          for (const piece of received) await finished((done) => sink.write(piece, done));
          await finished((done) =>
            sink.install({ entries: [], currentEpoch: 1, committedZxid: 0 }, done),
          );
        }, /a received snapshot cannot be used/);
      }
      current.store = await current.under.reopen();
      assert.deepEqual(history(current.store), zxids(1, 1, 50));
    });
  });
}
