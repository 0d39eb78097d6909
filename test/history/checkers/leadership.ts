import { type Checker, OF_CLIENTS } from '../checker.ts';
import type { HistoryEvent } from '../event.ts';

/** In an ACKEPOCH: the epoch had been promised before, and this does not count. */
const COUNTS_NOT = -1;

/**
 * Leadership of reference §11.10: an epoch has one leader. Who sends NEWLEADER or a proposal of an epoch has
 * established itself in it. And what that rests on: a member promises an epoch once (reference §11.3).
 */
export class Leadership implements Checker {
  readonly name = 'leadership';
  readonly ignores = OF_CLIENTS;
  readonly #leaders = new Map<number, number>();
  /** By member: the epoch that it has promised, and the last one that it has said so of. */
  readonly #accepted = new Map<number, number>();
  readonly #promised = new Map<number, number>();

  see(event: HistoryEvent): string | undefined {
    if (event.type === 'durable') this.#accepted.set(event.member, event.acceptedEpoch);
    if (event.type === 'wiped') this.#promised.delete(event.member);
    if (event.type !== 'message') return undefined;
    if (event.message === 'ACKEPOCH' && event.epoch !== COUNTS_NOT) return this.#promise(event);
    if (event.message !== 'NEWLEADER') return undefined;
    const { from, epoch } = event;
    if (epoch === undefined) return undefined;
    const leader = this.#leaders.get(epoch);
    if (leader === undefined) this.#leaders.set(epoch, from);
    else if (leader !== from) return `members ${leader} and ${from} both lead epoch ${epoch}`;
    return undefined;
  }

  end(): undefined {}

  #promise({ from, to }: { readonly from: number; readonly to?: number }): string | undefined {
    const epoch = this.#accepted.get(from) ?? 0;
    if (this.#promised.get(from) === epoch) {
      return `member ${from} promises epoch ${epoch} a second time, now to member ${to}`;
    }
    this.#promised.set(from, epoch);
    return undefined;
  }
}
