import { type Checker, OF_CLIENTS } from '../checker.ts';
import type { HistoryEvent } from '../event.ts';
import { zxidText } from '../zxid-text.ts';

/**
 * Integrity of reference §11.10: what is delivered was proposed by a leader, and a zxid is one txn for ever,
 * whoever sends it and whoever delivers it.
 */
export class Integrity implements Checker {
  readonly name = 'integrity';
  readonly ignores = OF_CLIENTS;
  readonly #proposed = new Map<number, number>();
  readonly #sees: boolean;

  /** @param seesProposals whether the history holds the messages between members */
  constructor(seesProposals: boolean) {
    this.#sees = seesProposals;
  }

  see(event: HistoryEvent): string | undefined {
    if (event.type === 'message') {
      for (const [zxid, sum] of event.records ?? []) {
        const known = this.#proposed.get(zxid);
        if (known === undefined && event.message === 'PROPOSAL') this.#proposed.set(zxid, sum);
        else if (known === undefined) {
          return `member ${event.from} sends ${zxidText(zxid)} as history, and nobody has proposed it`;
        } else if (known !== sum) {
          return `member ${event.from} sends another txn ${zxidText(zxid)} than was proposed`;
        }
      }
      return undefined;
    }
    if (event.type !== 'delivered') return undefined;
    const { member, zxid, sum } = event;
    const proposed = this.#proposed.get(zxid);
    if (proposed === undefined && !this.#sees) this.#proposed.set(zxid, sum);
    else if (proposed === undefined) {
      return `member ${member} delivers ${zxidText(zxid)}, which nobody has proposed`;
    } else if (proposed !== sum) {
      return `member ${member} delivers another txn ${zxidText(zxid)} than was proposed`;
    }
    return undefined;
  }

  end(): undefined {}
}
