import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Store } from '../../runtime/ports.ts';
import { openLmdbStore } from '../../storage/lmdb/store.ts';
import { describeStore } from './contract.ts';
import { finished } from './fixture.ts';

describeStore('LMDB store', () => {
  const directory = mkdtempSync(join(tmpdir(), 'vivarium-store-'));
  let store: Store | undefined;
  const close = async () => {
    const open = store;
    store = undefined;
    if (open !== undefined) await finished((done) => open.close(done));
  };
  const open = () => {
    store = openLmdbStore(directory);
    return store;
  };
  return {
    open,
    reopen: async () => {
      await close();
      return open();
    },
    dispose: async () => {
      await close();
      rmSync(directory, { recursive: true });
    },
  };
});
