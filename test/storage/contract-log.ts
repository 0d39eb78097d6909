import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { InvariantViolation } from '../../machines/invariant.ts';
import { zxidOf } from '../../machines/zab/zxid.ts';
import { entry, finished, history, withLog, zxids, zxidsIn } from './fixture.ts';

/** One member's storage as a test needs it. */
import type { StoreInTest } from './store-in-test.ts';

/** Appending to the log and reading it. */
export function describeLog(current: StoreInTest): void {
  describe('log', () => {
    test('a new member has nothing and has started once', () => {
      const { log } = current.store;
      assert.equal(log.firstZxid, 0);
      assert.equal(log.lastZxid, 0);
      assert.equal(log.committedZxid, 0);
      assert.equal(log.incarnation, 1);
      assert.deepEqual(log.epochs, { acceptedEpoch: 0, currentEpoch: 0 });
      assert.equal(log.floor(zxidOf(9, 9)), 0);
      assert.equal(log.bytesAfter(0), 0);
      assert.deepEqual([...log.read(0, zxidOf(9, 9), 1000)], []);
    });

    test('every start counts', async () => {
      current.store = await current.under.reopen();
      assert.equal(current.store.log.incarnation, 2);
      current.store = await current.under.reopen();
      assert.equal(current.store.log.incarnation, 3);
    });

    test('done is never called before append returns', async () => {
      await withLog(current.store, 0);
      let isDone = false;
      const appended = finished((done) =>
        current.store.log.append([entry(1, 1, 3)], 0, (error) => {
          isDone = true;
          done(error);
        }),
      );
      assert.equal(isDone, false);
      assert.equal(current.store.log.lastZxid, 0, 'what is not durable does not count');
      await appended;
      assert.equal(current.store.log.lastZxid, zxidOf(1, 3));
    });

    test('what was appended is read back, also after a restart', async () => {
      await withLog(current.store, 0);
      const appended = [entry(1, 1, 5), entry(1, 6, 6), entry(1, 7, 30)];
      await finished((done) => current.store.log.append(appended, zxidOf(1, 6), done));
      for (let round = 0; round < 2; round++) {
        assert.equal(current.store.log.firstZxid, zxidOf(1, 1));
        assert.equal(current.store.log.lastZxid, zxidOf(1, 30));
        assert.equal(current.store.log.committedZxid, zxidOf(1, 6));
        assert.deepEqual(history(current.store), zxids(1, 1, 30));
        current.store = await current.under.reopen();
      }
    });

    test('orders are done in the order given', async () => {
      await withLog(current.store, 0);
      const order: number[] = [];
      const waits: Promise<void>[] = [];
      for (let counter = 1; counter <= 20; counter++) {
        waits.push(
          finished((done) =>
            current.store.log.append([entry(1, counter, counter)], 0, (error) => {
              order.push(counter);
              assert.ok(current.store.log.lastZxid >= zxidOf(1, counter));
              done(error);
            }),
          ),
        );
        if (counter % 5 === 0) await new Promise(setImmediate);
      }
      await Promise.all(waits);
      assert.deepEqual(
        order,
        Array.from({ length: 20 }, (_, index) => index + 1),
      );
      assert.deepEqual(history(current.store), zxids(1, 1, 20));
    });

    test('a committed zxid never runs ahead of the log', async () => {
      await withLog(current.store, 0);
      await finished((done) => current.store.log.append([entry(1, 1, 3)], zxidOf(1, 9), done));
      assert.equal(current.store.log.committedZxid, zxidOf(1, 3));
      await finished((done) => current.store.log.append([entry(1, 4, 9)], zxidOf(1, 2), done));
      assert.equal(current.store.log.committedZxid, zxidOf(1, 3), 'and never goes back');
    });

    test('a gap, a repetition and an entry that lies are refused', async () => {
      await withLog(current.store, 5);
      const refused = [
        [entry(1, 7, 8)],
        [entry(1, 5, 6)],
        [entry(1, 6, 6), entry(1, 8, 8)],
        [entry(2, 2, 2)],
        [{ ...entry(1, 6, 7), count: 3 }],
        [{ ...entry(1, 6, 7), bytes: Buffer.alloc(5) }],
      ];
      for (const entries of refused) {
        assert.throws(() => current.store.log.append(entries, 0, () => {}), InvariantViolation);
      }
      await finished((done) => current.store.log.append([entry(1, 6, 6)], 0, done));
      assert.deepEqual(history(current.store), zxids(1, 1, 6));
    });

    test('read gives exactly the range, in slices', async () => {
      await withLog(current.store, 0);
      for (let first = 1; first <= 100; first += 10) {
        await finished((done) => current.store.log.append([entry(1, first, first + 9)], 0, done));
      }
      for (const [after, through] of [
        [0, 100],
        [0, 1],
        [3, 4],
        [10, 20],
        [15, 73],
        [99, 100],
        [100, 100],
      ] as const) {
        for (const maxBytes of [1, 24, 100, 240, 100_000]) {
          const slices = [
            ...current.store.log.read(zxidOf(1, after), zxidOf(1, through), maxBytes),
          ];
          const expected = through > after ? zxids(1, after + 1, through) : [];
          assert.deepEqual(zxidsIn(slices), expected);
          for (const slice of slices) {
            assert.equal(slice.lastZxid - slice.firstZxid + 1, slice.count);
            assert.deepEqual(zxidsIn([slice])[0], slice.firstZxid);
            assert.ok(slice.count === 1 || slice.bytes.byteLength <= maxBytes);
          }
        }
      }
      const whole = [...current.store.log.read(0, current.store.log.lastZxid, 1_000_000)];
      assert.equal(whole.length, 1, 'entries are joined up to the size asked for');
    });

    test('a history goes on in a later epoch', async () => {
      await withLog(current.store, 3);
      await finished((done) =>
        current.store.log.saveEpochs({ acceptedEpoch: 4, currentEpoch: 4 }, done),
      );
      await finished((done) => current.store.log.append([entry(4, 1, 2)], 0, done));
      current.store = await current.under.reopen();
      assert.deepEqual(history(current.store), [...zxids(1, 1, 3), ...zxids(4, 1, 2)]);
      const slices = [...current.store.log.read(0, current.store.log.lastZxid, 100_000)];
      assert.equal(slices.length, 2, 'a run never crosses an epoch');
    });

    test('floor finds the largest zxid held', async () => {
      await withLog(current.store, 10);
      await finished((done) =>
        current.store.log.saveEpochs({ acceptedEpoch: 3, currentEpoch: 3 }, done),
      );
      await finished((done) => current.store.log.append([entry(3, 1, 5)], 0, done));
      const { log } = current.store;
      assert.equal(log.floor(zxidOf(1, 4)), zxidOf(1, 4));
      assert.equal(log.floor(zxidOf(1, 99)), zxidOf(1, 10));
      assert.equal(log.floor(zxidOf(2, 7)), zxidOf(1, 10));
      assert.equal(log.floor(zxidOf(3, 0)), zxidOf(1, 10));
      assert.equal(log.floor(zxidOf(3, 3)), zxidOf(3, 3));
      assert.equal(log.floor(zxidOf(7, 7)), zxidOf(3, 5));
      assert.equal(log.floor(0), 0);
    });

    test('bytesAfter is what read would give', async () => {
      await withLog(current.store, 0);
      for (let first = 1; first <= 40; first += 4) {
        await finished((done) => current.store.log.append([entry(1, first, first + 3)], 0, done));
      }
      for (let counter = 0; counter <= 40; counter++) {
        const after = counter === 0 ? 0 : zxidOf(1, counter);
        let bytes = 0;
        for (const slice of current.store.log.read(after, current.store.log.lastZxid, 500)) {
          bytes += slice.bytes.byteLength;
        }
        assert.equal(current.store.log.bytesAfter(after), bytes);
      }
    });

    test('the caller may reuse its buffer once done is called', async () => {
      await withLog(current.store, 0);
      const first = entry(1, 1, 3);
      await finished((done) => current.store.log.append([first], 0, done));
      first.bytes.fill(0xee);
      assert.deepEqual(history(current.store), zxids(1, 1, 3));
      for (const slice of current.store.log.read(0, current.store.log.lastZxid, 1000))
        slice.bytes.fill(0xee);
      assert.deepEqual(history(current.store), zxids(1, 1, 3), 'nor is what read gives shared');
    });
  });
}
