import type { HistoryEvent } from '../event.ts';

/** How far each member has come by its deliveries, snapshots and starts; nothing is known of one that is down. */
export class LastDelivered {
  readonly #last = new Map<number, number>();

  /** Takes the event in. For a delivery, the zxid before it; `undefined` where that is not known, and for all else. */
  take(event: HistoryEvent): number | undefined {
    switch (event.type) {
      case 'started':
      case 'installed':
        this.#last.set(event.member, event.zxid ?? 0);
        return undefined;
      case 'crashed':
      case 'wiped':
        this.#last.delete(event.member);
        return undefined;
      case 'delivered': {
        const last = this.#last.get(event.member);
        this.#last.set(event.member, event.zxid);
        return last;
      }
      default:
        return undefined;
    }
  }
}
