import { BETWEEN_MEMBERS, type Checker } from '../checker.ts';
import type { HistoryEvent } from '../event.ts';
import { zxidText } from '../zxid-text.ts';

/** Who watches a change hears of it before anything shows it (reference §7.3). */
export class WatchBeforeRead implements Checker {
  readonly name = 'watch before read';
  readonly ignores = BETWEEN_MEMBERS;
  /** By connection: the newest zxid that a reply has named. */
  readonly #replied = new Map<number, number>();

  see(event: HistoryEvent): string | undefined {
    switch (event.type) {
      case 'reply': {
        const { connection, zxid } = event;
        this.#replied.set(connection, Math.max(zxid, this.#replied.get(connection) ?? 0));
        return undefined;
      }
      case 'notified': {
        const { connection, zxid, path } = event;
        const replied = this.#replied.get(connection) ?? 0;
        // Events of setWatches belong to no txn (reference §7.5).
        if (zxid <= 0 || replied < zxid) return undefined;
        return `connection ${connection} was told of ${path} at ${zxidText(zxid)} after a reply at ${zxidText(replied)}`;
      }
      case 'disconnected':
        this.#replied.delete(event.connection);
        return undefined;
      default:
        return undefined;
    }
  }

  end(): undefined {
    return undefined;
  }
}
