import type { HistoryEvent } from '../event.ts';

/** What somebody delivered at one place of the history. */
export interface DeliveredRecord {
  readonly zxid: number;
  readonly sum: number;
  /** Who delivered it first. */
  readonly member: number;
}

/**
 * The one history that all members deliver, as far as any of them has come: the first to deliver at a place says
 * what is there. Where each member stands in it follows from its deliveries, snapshots and starts.
 */
export class DeliveredHistory {
  readonly records: DeliveredRecord[] = [];
  readonly #placeOf = new Map<number, number>();
  readonly #next = new Map<number, number>();

  /** How many records the member has delivered, by its own account; `undefined` where it is not known. */
  positionOf(member: number): number | undefined {
    return this.#next.get(member);
  }

  at(position: number): DeliveredRecord | undefined {
    return this.records[position];
  }

  /** Takes in where a member goes on from. Says what is wrong where it goes on from nothing that anybody delivered. */
  place(member: number, zxid: number): string | undefined {
    const place = zxid === 0 ? -1 : this.#placeOf.get(zxid);
    if (place === undefined) {
      this.#next.delete(member);
      return `member ${member} stands at zxid 0x${zxid.toString(16)}, which nobody has delivered`;
    }
    this.#next.set(member, place + 1);
    return undefined;
  }

  forget(member: number): void {
    this.#next.delete(member);
  }

  /** One record more of a member; what was delivered at its place before, if anybody was there. */
  take(event: Extract<HistoryEvent, { type: 'delivered' }>): DeliveredRecord | undefined {
    const { member, zxid, sum } = event;
    const position = this.#next.get(member);
    if (position === undefined) return undefined;
    this.#next.set(member, position + 1);
    const known = this.records[position];
    if (known !== undefined) return known;
    this.records.push({ zxid, sum, member });
    this.#placeOf.set(zxid, position);
    return undefined;
  }
}
