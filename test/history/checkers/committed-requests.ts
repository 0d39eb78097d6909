import { BETWEEN_MEMBERS, type Checker } from '../checker.ts';
import type { HistoryEvent } from '../event.ts';
import type { HistoryRecord } from '../model/history-record.ts';

/**
 * Every committed txn is a request that a client made, once, and comes to what the tree makes of it. Feeds the record
 * that the other checkers of the clients ask, and so stands before them.
 */
export class CommittedRequests implements Checker {
  readonly name = 'committed requests';
  readonly ignores = BETWEEN_MEMBERS;
  readonly #record: HistoryRecord;

  constructor(record: HistoryRecord) {
    this.#record = record;
  }

  see(event: HistoryEvent): string | undefined {
    return this.#record.see(event);
  }

  end(): string | undefined {
    return this.#record.end();
  }
}
