import type { Checker } from '../checker.ts';
import { HistoryRecord, type RecordOptions } from '../model/history-record.ts';
import { AcknowledgedDurable } from './acknowledged-durable.ts';
import { CommittedRequests } from './committed-requests.ts';
import { ConfigNode } from './config-node.ts';
import { Ephemerals } from './ephemerals.ts';
import { FifoClientOrder } from './fifo-client-order.ts';
import { LinearizableWrites } from './linearizable-writes.ts';
import { LocalSessions } from './local-sessions.ts';
import { MultiAtomic } from './multi-atomic.ts';
import { ReadsAtZxid } from './reads-at-zxid.ts';
import { Reaping } from './reaping.ts';
import { SequentialNames } from './sequential-names.ts';
import { type ExpiryOptions, SessionExpiry } from './session-expiry.ts';
import { SessionMonotonic } from './session-monotonic.ts';
import { WatchBeforeRead } from './watch-before-read.ts';
import { WatchesExact } from './watches-exact.ts';

export interface ClientCheckerOptions extends RecordOptions {
  readonly expiry: ExpiryOptions;
  /** Age at which a container goes that never had a child; 0 or nothing: never. */
  readonly maxNeverUsedMs?: number;
}

/**
 * The rules for what clients see. They share one record of the history, which the first of them feeds: each event goes
 * through the list in its order, and a list is for one history.
 */
export function clientCheckers(options: ClientCheckerOptions): Checker[] {
  const record = new HistoryRecord(options);
  return [
    new CommittedRequests(record),
    new FifoClientOrder(record),
    new SessionMonotonic(),
    new WatchBeforeRead(),
    new MultiAtomic(record),
    new SequentialNames(record),
    new Ephemerals(record),
    new LocalSessions(record),
    new SessionExpiry(record, options.expiry),
    new ConfigNode(record),
    new Reaping(record, options.maxNeverUsedMs ?? 0),
    new AcknowledgedDurable(record),
    new WatchesExact(record),
    new ReadsAtZxid(record),
    new LinearizableWrites(record),
  ];
}
