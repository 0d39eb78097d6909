import type { HistoryView } from '../machines/zab/history.ts';
import type { Store } from './ports.ts';

/** The durable history as charts look at it. */
export function historyOf(store: Store): HistoryView {
  const { log } = store;
  return {
    get firstZxid() {
      return log.firstZxid;
    },
    get lastZxid() {
      return log.lastZxid;
    },
    get committedZxid() {
      return log.committedZxid;
    },
    get checkpointZxid() {
      return store.tree.zxid;
    },
    get epochs() {
      return log.epochs;
    },
    floor: (zxid) => log.floor(zxid),
    bytesAfter: (zxid) => log.bytesAfter(zxid),
  };
}
