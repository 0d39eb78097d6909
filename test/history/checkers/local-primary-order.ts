import { type Checker, OF_CLIENTS } from '../checker.ts';
import type { HistoryEvent } from '../event.ts';
import { counterOf, epochOf, zxidText } from '../zxid-text.ts';
import { LastDelivered } from './last-delivered.ts';

/** Local primary order of reference §11.10: txns of one leader are delivered as it proposed them, none left out. */
export class LocalPrimaryOrder implements Checker {
  readonly name = 'local primary order';
  readonly ignores = OF_CLIENTS;
  readonly #last = new LastDelivered();

  see(event: HistoryEvent): string | undefined {
    const last = this.#last.take(event);
    if (event.type !== 'delivered' || last === undefined) return undefined;
    const { member, zxid } = event;
    const due = epochOf(last) === epochOf(zxid) ? counterOf(last) + 1 : 1;
    if (counterOf(zxid) === due) return undefined;
    return `member ${member} delivers ${zxidText(zxid)} after ${zxidText(last)}: number ${due} of epoch ${epochOf(zxid)} is due`;
  }

  end(): undefined {}
}
