import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { InvariantViolation } from '../../machines/invariant.ts';
import { zxidOf } from '../../machines/zab/zxid.ts';
import { checkpoint, entry, finished, history, withLog, znode, zxids } from './fixture.ts';

/** One member's storage as a test needs it. */
import type { StoreInTest } from './store-in-test.ts';

/** Epochs, adopting a history, and forgetting the beginning of one. */
export function describeHistory(current: StoreInTest): void {
  describe('epochs', () => {
    test('are kept', async () => {
      await finished((done) =>
        current.store.log.saveEpochs({ acceptedEpoch: 5, currentEpoch: 3 }, done),
      );
      assert.deepEqual(current.store.log.epochs, { acceptedEpoch: 5, currentEpoch: 3 });
      current.store = await current.under.reopen();
      assert.deepEqual(current.store.log.epochs, { acceptedEpoch: 5, currentEpoch: 3 });
    });

    test('never go back, and accepted is never below current', async () => {
      await finished((done) =>
        current.store.log.saveEpochs({ acceptedEpoch: 5, currentEpoch: 3 }, done),
      );
      for (const epochs of [
        { acceptedEpoch: 4, currentEpoch: 3 },
        { acceptedEpoch: 5, currentEpoch: 2 },
        { acceptedEpoch: 5, currentEpoch: 6 },
      ]) {
        assert.throws(() => current.store.log.saveEpochs(epochs, () => {}), InvariantViolation);
      }
    });

    test('a record of a later epoch than currentEpoch is refused', async () => {
      await withLog(current.store, 1);
      assert.throws(
        () => current.store.log.append([entry(2, 1, 1)], 0, () => {}),
        InvariantViolation,
      );
    });
  });

  describe('adopt', () => {
    test('cuts, appends and sets currentEpoch in one step', async () => {
      await withLog(current.store, 20);
      await finished((done) => current.store.log.append([entry(1, 21, 40)], zxidOf(1, 5), done));
      await finished((done) =>
        current.store.log.saveEpochs({ acceptedEpoch: 2, currentEpoch: 1 }, done),
      );
      await finished((done) =>
        current.store.log.adopt(
          {
            keepThrough: zxidOf(1, 25),
            entries: [entry(2, 1, 4)],
            currentEpoch: 2,
            committedZxid: zxidOf(2, 2),
          },
          done,
        ),
      );
      for (let round = 0; round < 2; round++) {
        assert.deepEqual(history(current.store), [...zxids(1, 1, 25), ...zxids(2, 1, 4)]);
        assert.deepEqual(current.store.log.epochs, { acceptedEpoch: 2, currentEpoch: 2 });
        assert.equal(current.store.log.committedZxid, zxidOf(2, 2));
        current.store = await current.under.reopen();
      }
      await finished((done) => current.store.log.append([entry(2, 5, 6)], 0, done));
      assert.deepEqual(history(current.store), [...zxids(1, 1, 25), ...zxids(2, 1, 6)]);
    });

    test('keeps everything, or nothing', async () => {
      await withLog(current.store, 10);
      const adopt = (keepThrough: number, entries: ReturnType<typeof entry>[]) =>
        finished((done) =>
          current.store.log.adopt(
            { keepThrough, entries, currentEpoch: 1, committedZxid: 0 },
            done,
          ),
        );
      await adopt(zxidOf(1, 10), []);
      assert.deepEqual(history(current.store), zxids(1, 1, 10));
      await adopt(0, [entry(1, 1, 2)]);
      assert.deepEqual(history(current.store), zxids(1, 1, 2));
      await adopt(0, []);
      assert.equal(current.store.log.lastZxid, 0);
      assert.equal(current.store.log.firstZxid, 0);
      current.store = await current.under.reopen();
      assert.equal(current.store.log.lastZxid, 0);
      await finished((done) => current.store.log.append([entry(1, 1, 1)], 0, done));
      assert.equal(current.store.log.firstZxid, zxidOf(1, 1));
    });

    test('remembers what is committed without an entry to tell it', async () => {
      await withLog(current.store, 10);
      const committedZxid = zxidOf(1, 7);
      const keepThrough = zxidOf(1, 10);
      await finished((done) =>
        current.store.log.adopt({ keepThrough, entries: [], currentEpoch: 1, committedZxid }, done),
      );
      current.store = await current.under.reopen();
      assert.equal(current.store.log.committedZxid, committedZxid);
    });

    test('never cuts what the tree holds', async () => {
      await withLog(current.store, 10);
      await finished((done) =>
        current.store.tree.checkpoint(checkpoint(zxidOf(1, 8), [['/', znode('')]]), done),
      );
      const adoption = { entries: [], currentEpoch: 1, committedZxid: 0 };
      assert.throws(
        () => current.store.log.adopt({ ...adoption, keepThrough: zxidOf(1, 7) }, () => {}),
        InvariantViolation,
      );
      await finished((done) =>
        current.store.log.adopt({ ...adoption, keepThrough: zxidOf(1, 8) }, done),
      );
      assert.deepEqual(history(current.store), zxids(1, 1, 8));
    });
  });

  describe('purge', () => {
    test('takes whole entries below the zxid, what the tree does not hold excepted', async () => {
      await withLog(current.store, 0);
      for (let first = 1; first <= 100; first += 10) {
        await finished((done) => current.store.log.append([entry(1, first, first + 9)], 0, done));
      }
      await finished((done) => current.store.log.purge(zxidOf(1, 55), done));
      assert.equal(current.store.log.firstZxid, zxidOf(1, 1), 'nothing is in the tree yet');
      await finished((done) =>
        current.store.tree.checkpoint(checkpoint(zxidOf(1, 70), [['/', znode('')]]), done),
      );
      await finished((done) => current.store.log.purge(zxidOf(1, 55), done));
      assert.equal(current.store.log.firstZxid, zxidOf(1, 51));
      assert.deepEqual(history(current.store, zxidOf(1, 50)), zxids(1, 51, 100));
      await finished((done) => current.store.log.purge(zxidOf(1, 99), done));
      assert.equal(
        current.store.log.firstZxid,
        zxidOf(1, 71),
        'replay needs what follows the tree',
      );
      current.store = await current.under.reopen();
      assert.equal(current.store.log.firstZxid, zxidOf(1, 71));
      assert.deepEqual(history(current.store, zxidOf(1, 70)), zxids(1, 71, 100));
      assert.equal(
        current.store.log.floor(zxidOf(1, 70)),
        zxidOf(1, 70),
        'it follows on what is gone',
      );
      assert.equal(current.store.log.floor(zxidOf(1, 69)), 0);
      assert.throws(() => [...current.store.log.read(0, zxidOf(1, 90), 100)], InvariantViolation);
    });

    test('never takes the last entry', async () => {
      await withLog(current.store, 10);
      await finished((done) =>
        current.store.tree.checkpoint(checkpoint(zxidOf(1, 10), [['/', znode('')]]), done),
      );
      await finished((done) => current.store.log.purge(zxidOf(9, 0), done));
      assert.equal(current.store.log.firstZxid, zxidOf(1, 1));
    });

    test('of many entries leaves appends in between intact', async () => {
      await withLog(current.store, 0);
      for (let counter = 1; counter <= 300; counter++) {
        const isLast = counter === 300;
        const appended = finished((done) =>
          current.store.log.append([entry(1, counter, counter)], 0, done),
        );
        if (counter % 50 === 0 || isLast) await appended;
        else await new Promise(setImmediate);
      }
      await finished((done) =>
        current.store.tree.checkpoint(checkpoint(zxidOf(1, 290), [['/', znode('')]]), done),
      );
      const purged = finished((done) => current.store.log.purge(zxidOf(1, 291), done));
      for (let counter = 301; counter <= 310; counter++) {
        await finished((done) => current.store.log.append([entry(1, counter, counter)], 0, done));
      }
      await purged;
      const { firstZxid } = current.store.log;
      assert.ok(firstZxid > zxidOf(1, 200));
      current.store = await current.under.reopen();
      assert.deepEqual(
        history(current.store, firstZxid - 1),
        zxids(1, firstZxid - zxidOf(1, 0), 310),
      );
    });
  });
}
