import { type Checker, OF_CLIENTS } from '../checker.ts';
import type { HistoryEvent } from '../event.ts';
import { epochOf, zxidText } from '../zxid-text.ts';

/**
 * Primary integrity of reference §11.10: before the leader of an epoch broadcasts, it has delivered every txn of
 * earlier epochs that anybody will ever deliver.
 */
export class PrimaryIntegrity implements Checker {
  readonly name = 'primary integrity';
  readonly ignores = OF_CLIENTS;
  readonly #delivered = new Map<number, number>();
  /** By epoch: the leader, and the last zxid that it had delivered when it began to broadcast. */
  readonly #began = new Map<number, { readonly leader: number; readonly zxid: number }>();
  /** The highest zxid of each epoch that anybody has delivered. */
  readonly #highest = new Map<number, number>();

  see(event: HistoryEvent): string | undefined {
    switch (event.type) {
      case 'started':
      case 'installed':
        this.#delivered.set(event.member, event.zxid ?? 0);
        return undefined;
      case 'delivered':
        return this.#deliver(event.member, event.zxid);
      case 'message':
        return event.message === 'PROPOSAL' ? this.#proposes(event.from, event.records) : undefined;
      default:
        return undefined;
    }
  }

  end(): undefined {}

  #proposes(
    leader: number,
    records: readonly (readonly [number, number])[] = [],
  ): string | undefined {
    const first = records[0]?.[0];
    if (first === undefined || this.#began.has(epochOf(first))) return undefined;
    const epoch = epochOf(first);
    const zxid = this.#delivered.get(leader) ?? 0;
    this.#began.set(epoch, { leader, zxid });
    for (const [earlier, highest] of this.#highest) {
      if (earlier < epoch && highest > zxid) return this.#late(epoch, highest);
    }
    return undefined;
  }

  #deliver(member: number, zxid: number): string | undefined {
    this.#delivered.set(member, zxid);
    const epoch = epochOf(zxid);
    if ((this.#highest.get(epoch) ?? 0) >= zxid) return undefined;
    this.#highest.set(epoch, zxid);
    for (const [later, { zxid: began }] of this.#began) {
      if (later > epoch && zxid > began) return this.#late(later, zxid);
    }
    return undefined;
  }

  #late(epoch: number, zxid: number): string {
    const { leader, zxid: began } = this.#began.get(epoch) ?? { leader: 0, zxid: 0 };
    return `member ${leader} began to broadcast in epoch ${epoch} when it had delivered up to ${zxidText(began)}, and ${zxidText(zxid)} is delivered too`;
  }
}
