import { type Checker, OF_CLIENTS } from '../checker.ts';
import type { HistoryEvent } from '../event.ts';
import { zxidText } from '../zxid-text.ts';
import { LastDelivered } from './last-delivered.ts';

/**
 * Total order of reference §11.10: if one member delivers a before b, every member that delivers b has delivered a
 * before. Which txn followed which is remembered from the first who delivered both.
 */
export class TotalOrder implements Checker {
  readonly name = 'total order';
  readonly ignores = OF_CLIENTS;
  readonly #before = new Map<number, number>();
  readonly #last = new LastDelivered();

  see(event: HistoryEvent): string | undefined {
    const last = this.#last.take(event);
    if (event.type !== 'delivered' || last === undefined) return undefined;
    const { member, zxid } = event;
    if (zxid <= last) return `member ${member} delivers ${zxidText(zxid)} after ${zxidText(last)}`;
    const before = this.#before.get(zxid);
    if (before === undefined) this.#before.set(zxid, last);
    else if (before !== last) {
      return `member ${member} delivers ${zxidText(zxid)} right after ${zxidText(last)}, others after ${zxidText(before)}`;
    }
    return undefined;
  }

  end(): undefined {}
}
