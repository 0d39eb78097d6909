import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
/** One member's storage as a test needs it. */
import { describeHistory } from './contract-history.ts';
import { describeLog } from './contract-log.ts';
import { describeReapables } from './contract-reapables.ts';
import { describeSnapshot } from './contract-snapshot.ts';
import { describeTree } from './contract-tree.ts';
import { entry, finished, withLog } from './fixture.ts';
import { StoreInTest, type StoreUnderTest } from './store-in-test.ts';

export type { StoreUnderTest };

/** What every store must do, whatever it is made of. */
export function describeStore(name: string, create: () => StoreUnderTest): void {
  describe(name, () => {
    const current = new StoreInTest();
    beforeEach(() => current.begin(create()));
    afterEach(() => current.under.dispose());

    describeLog(current);
    describeHistory(current);
    describeTree(current);
    describeReapables(current);
    describeSnapshot(current);

    test('a closed current.store refuses orders', async () => {
      await withLog(current.store, 1);
      await finished((done) => current.store.close(done));
      await assert.rejects(
        finished((done) => current.store.log.append([entry(1, 2, 2)], 0, done)),
        /closed/,
      );
    });
  });
}
