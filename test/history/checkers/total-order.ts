import type { Checker } from '../checker.ts';
import type { HistoryEvent } from '../event.ts';
import { zxidText } from '../zxid-text.ts';

/**
 * Total order of reference §11.10: if one member delivers a before b, every member that delivers b has delivered a
 * before. Which txn followed which is remembered from the first who delivered both.
 */
export class TotalOrder implements Checker {
  readonly name = 'total order';
  readonly #before = new Map<number, number>();
  readonly #last = new Map<number, number>();

  see(event: HistoryEvent): string | undefined {
    switch (event.type) {
      case 'started':
      case 'installed':
        this.#last.set(event.member, event.zxid ?? 0);
        return undefined;
      case 'crashed':
      case 'wiped':
        this.#last.delete(event.member);
        return undefined;
      case 'delivered':
        return this.#delivered(event.member, event.zxid);
      default:
        return undefined;
    }
  }

  end(): undefined {}

  #delivered(member: number, zxid: number): string | undefined {
    const last = this.#last.get(member);
    this.#last.set(member, zxid);
    if (last === undefined) return undefined;
    if (zxid <= last) return `member ${member} delivers ${zxidText(zxid)} after ${zxidText(last)}`;
    const before = this.#before.get(zxid);
    if (before === undefined) this.#before.set(zxid, last);
    else if (before !== last) {
      return `member ${member} delivers ${zxidText(zxid)} right after ${zxidText(last)}, others after ${zxidText(before)}`;
    }
    return undefined;
  }
}
