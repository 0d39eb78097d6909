import type { Checker } from '../checker.ts';
import type { HistoryEvent } from '../event.ts';
import { zxidText } from '../zxid-text.ts';

interface Durable {
  readonly lastZxid: number;
  readonly acceptedEpoch: number;
  readonly currentEpoch: number;
}

const NOTHING: Durable = { lastZxid: 0, acceptedEpoch: 0, currentEpoch: 0 };

/**
 * What a member tells others it has is on its disk (reference §11.3, §11.4, §11.6): a promise before LEADERINFO and
 * ACKEPOCH, epoch and history before NEWLEADER and its acknowledgement, a record before its ACK, and a quorum of
 * disks before a COMMIT.
 */
export class FlushedBeforeTold implements Checker {
  readonly name = 'flushed before told';
  readonly #durable = new Map<number, Durable>();
  readonly #voters: readonly number[];
  /** Followers that have a leader's history of the epoch on their disks. */
  readonly #commits = new Map<number, number>();

  constructor(voters: readonly number[]) {
    this.#voters = voters;
  }

  see(event: HistoryEvent): string | undefined {
    if (event.type === 'durable') {
      this.#durable.set(event.member, event);
      return undefined;
    }
    if (event.type === 'wiped') this.#durable.delete(event.member);
    if (event.type !== 'message') return undefined;
    const { from, message, epoch = 0, zxid = 0 } = event;
    const own = this.#durable.get(from) ?? NOTHING;
    switch (message) {
      case 'LEADERINFO':
        if (own.acceptedEpoch >= epoch) return undefined;
        return `member ${from} proposes epoch ${epoch} before its own promise is on its disk (${own.acceptedEpoch})`;
      case 'ACKEPOCH':
        if (own.lastZxid >= zxid) return undefined;
        return `member ${from} promises with ${zxidText(zxid)}, its disk ends at ${zxidText(own.lastZxid)}`;
      case 'NEWLEADER':
      case 'ACKNEWLEADER':
        if (own.currentEpoch >= epoch) return undefined;
        return `member ${from} sends ${message} of epoch ${epoch} while its disk has currentEpoch ${own.currentEpoch}`;
      case 'ACK':
        if (own.lastZxid >= zxid) return undefined;
        return `member ${from} acknowledges ${zxidText(zxid)}, its disk ends at ${zxidText(own.lastZxid)}`;
      case 'COMMIT':
        return this.#committed(from, zxid);
      default:
        return undefined;
    }
  }

  end(): undefined {}

  #committed(from: number, zxid: number): string | undefined {
    const before = this.#commits.get(from);
    this.#commits.set(from, zxid);
    if (before !== undefined && zxid < before) {
      return `member ${from} commits ${zxidText(zxid)} after ${zxidText(before)}`;
    }
    const holders = this.#voters.filter(
      (voter) => (this.#durable.get(voter) ?? NOTHING).lastZxid >= zxid,
    );
    if (holders.length * 2 > this.#voters.length) return undefined;
    return `member ${from} commits ${zxidText(zxid)}, which is only on the disks of ${holders.join(', ')}`;
  }
}
