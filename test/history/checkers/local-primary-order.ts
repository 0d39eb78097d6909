import type { Checker } from '../checker.ts';
import type { HistoryEvent } from '../event.ts';
import { counterOf, epochOf, zxidText } from '../zxid-text.ts';

/** Local primary order of reference §11.10: txns of one leader are delivered as it proposed them, none left out. */
export class LocalPrimaryOrder implements Checker {
  readonly name = 'local primary order';
  readonly #last = new Map<number, number>();

  see(event: HistoryEvent): string | undefined {
    switch (event.type) {
      case 'started':
      case 'installed':
        this.#last.set(event.member, event.zxid ?? 0);
        return undefined;
      case 'wiped':
      case 'crashed':
        this.#last.delete(event.member);
        return undefined;
      case 'delivered': {
        const { member, zxid } = event;
        const last = this.#last.get(member);
        this.#last.set(member, zxid);
        if (last === undefined) return undefined;
        const due = epochOf(last) === epochOf(zxid) ? counterOf(last) + 1 : 1;
        if (counterOf(zxid) === due) return undefined;
        return `member ${member} delivers ${zxidText(zxid)} after ${zxidText(last)}: number ${due} of epoch ${epochOf(zxid)} is due`;
      }
      default:
        return undefined;
    }
  }

  end(): undefined {}
}
