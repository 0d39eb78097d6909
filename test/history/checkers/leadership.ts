import type { Checker } from '../checker.ts';
import type { HistoryEvent } from '../event.ts';

/**
 * Leadership of reference §11.10: an epoch has one leader. Who sends NEWLEADER or a proposal of an epoch has
 * established itself in it.
 */
export class Leadership implements Checker {
  readonly name = 'leadership';
  readonly #leaders = new Map<number, number>();

  see(event: HistoryEvent): string | undefined {
    if (event.type !== 'message' || event.message !== 'NEWLEADER') return undefined;
    const { from, epoch } = event;
    if (epoch === undefined) return undefined;
    const leader = this.#leaders.get(epoch);
    if (leader === undefined) this.#leaders.set(epoch, from);
    else if (leader !== from) return `members ${leader} and ${from} both lead epoch ${epoch}`;
    return undefined;
  }

  end(): undefined {}
}
