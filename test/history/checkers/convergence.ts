import { type Checker, OF_CLIENTS } from '../checker.ts';
import type { HistoryEvent } from '../event.ts';
import { zxidText } from '../zxid-text.ts';

/** When everything has been put right and nobody writes any more, all members have come to the same zxid. */
export class Convergence implements Checker {
  readonly name = 'convergence';
  readonly ignores = OF_CLIENTS;
  readonly #at = new Map<number, number>();
  readonly #members: readonly number[];
  #hasEnded = false;

  constructor(members: readonly number[]) {
    this.#members = members;
  }

  see(event: HistoryEvent): undefined {
    if (event.type === 'phase' && event.phase === 'end') this.#hasEnded = true;
    else if (event.type === 'delivered') this.#at.set(event.member, event.zxid);
    else if (event.type === 'started' || event.type === 'installed') {
      this.#at.set(event.member, event.zxid ?? 0);
    } else if (event.type === 'crashed') this.#at.delete(event.member);
  }

  end(): string | undefined {
    if (!this.#hasEnded) return undefined;
    const places = this.#members.map((member) => this.#at.get(member) ?? 0);
    if (new Set(places).size === 1) return undefined;
    return `in the end ${this.#members.map((member, at) => `member ${member} is at ${zxidText(places[at] ?? 0)}`).join(', ')}`;
  }
}
