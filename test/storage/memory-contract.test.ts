import { MemoryStore } from '../../storage/memory/store.ts';
import { describeStore } from './contract.ts';
import { finished } from './fixture.ts';

describeStore('memory store', () => {
  let store = new MemoryStore();
  return {
    open: () => store,
    reopen: async () => {
      await finished((done) => store.close(done));
      store = store.reopen();
      return store;
    },
    dispose: async () => {},
  };
});
