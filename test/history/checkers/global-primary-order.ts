import { type Checker, OF_CLIENTS } from '../checker.ts';
import type { HistoryEvent } from '../event.ts';
import { epochOf, zxidText } from '../zxid-text.ts';

/** Global primary order of reference §11.10: what an earlier leader proposed is delivered before what a later one did. */
export class GlobalPrimaryOrder implements Checker {
  readonly name = 'global primary order';
  readonly ignores = OF_CLIENTS;
  readonly #epochs = new Map<number, number>();

  see(event: HistoryEvent): string | undefined {
    switch (event.type) {
      case 'started':
      case 'installed':
        this.#epochs.set(event.member, epochOf(event.zxid ?? 0));
        return undefined;
      case 'delivered': {
        const epoch = epochOf(event.zxid);
        const last = this.#epochs.get(event.member) ?? 0;
        this.#epochs.set(event.member, epoch);
        if (epoch >= last) return undefined;
        return `member ${event.member} delivers ${zxidText(event.zxid)} after a txn of epoch ${last}`;
      }
      default:
        return undefined;
    }
  }

  end(): undefined {}
}
