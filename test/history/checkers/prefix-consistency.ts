import { type Checker, OF_CLIENTS } from '../checker.ts';
import type { HistoryEvent } from '../event.ts';
import { zxidText } from '../zxid-text.ts';
import { DeliveredHistory } from './delivered-history.ts';

/** Prefix consistency of reference §11.10: as far as two members have come, their histories are the same. */
export class PrefixConsistency implements Checker {
  readonly name = 'prefix consistency';
  readonly ignores = OF_CLIENTS;
  readonly #history = new DeliveredHistory();

  see(event: HistoryEvent): string | undefined {
    switch (event.type) {
      case 'started':
      case 'installed':
        return this.#history.place(event.member, event.zxid ?? 0);
      case 'crashed':
      case 'wiped':
        this.#history.forget(event.member);
        return undefined;
      case 'delivered': {
        const { member, zxid, sum } = event;
        const position = this.#history.positionOf(member);
        const known = this.#history.take(event);
        if (known === undefined || (known.zxid === zxid && known.sum === sum)) return undefined;
        const other = `member ${known.member} delivered ${zxidText(known.zxid)} (sum ${known.sum})`;
        return `at place ${position} member ${member} delivered ${zxidText(zxid)} (sum ${sum}), but ${other} there`;
      }
      default:
        return undefined;
    }
  }

  end(): undefined {}
}
