import { type Checker, OF_CLIENTS } from '../checker.ts';
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
 * disks before a COMMIT and before the first member applies it.
 */
export class FlushedBeforeTold implements Checker {
  readonly name = 'flushed before told';
  readonly ignores = OF_CLIENTS;
  readonly #durable = new Map<number, Durable>();
  /** From whom a vote is taken does not make the quorums smaller: there are as many of an odd number with it as without. */
  readonly #voters: readonly number[];
  readonly #without = new Set<number>();
  /** Last zxid that each member has sent a COMMIT of. */
  readonly #commits = new Map<number, number>();
  /** Epochs that each leader has asked each learner to promise. */
  readonly #asked = new Map<string, Set<number>>();
  /** Everything up to here has been applied by somebody. */
  #delivered = 0;

  constructor(voters: readonly number[]) {
    this.#voters = voters;
  }

  see(event: HistoryEvent): string | undefined {
    if (event.type === 'durable') {
      this.#durable.set(event.member, event);
      return undefined;
    }
    if (event.type === 'wiped') this.#durable.delete(event.member);
    if (event.type === 'started' && event.votes === false) this.#without.add(event.member);
    if (event.type === 'delivered') return this.#deliver(event.member, event.zxid);
    if (event.type !== 'message') return undefined;
    const { from, to, message, epoch = 0, zxid = 0 } = event;
    const own = this.#durable.get(from) ?? NOTHING;
    switch (message) {
      case 'LEADERINFO':
        this.#asked.set(`${from} ${to}`, this.#askedBy(from, to).add(epoch));
        if (own.acceptedEpoch >= epoch) return undefined;
        return `member ${from} proposes epoch ${epoch} before its own promise is on its disk (${own.acceptedEpoch})`;
      case 'ACKEPOCH':
        // What an observer has promised to others is nobody's concern: it counts for none of them (reference §9.6).
        if (this.#hasVote(from) && !this.#askedBy(to, from).has(own.acceptedEpoch)) {
          return `member ${from} promises an epoch to member ${to}, its disk has acceptedEpoch ${own.acceptedEpoch}`;
        }
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
    const holders = this.#tooFewHolders(zxid);
    if (holders === undefined) return undefined;
    return `member ${from} commits ${zxidText(zxid)}, which is only on the disks of ${holders}`;
  }

  #deliver(member: number, zxid: number): string | undefined {
    if (zxid <= this.#delivered) return undefined;
    this.#delivered = zxid;
    const holders = this.#tooFewHolders(zxid);
    if (holders === undefined) return undefined;
    return `member ${member} is the first to apply ${zxidText(zxid)}, which is only on the disks of ${holders}`;
  }

  #tooFewHolders(zxid: number): string | undefined {
    const holders = this.#voters.filter(
      (voter) => (this.#durable.get(voter) ?? NOTHING).lastZxid >= zxid,
    );
    return holders.length * 2 > this.#voters.length ? undefined : holders.join(', ');
  }

  #hasVote(member: number): boolean {
    return this.#voters.includes(member) && !this.#without.has(member);
  }

  #askedBy(leader: number | undefined, learner: number | undefined): Set<number> {
    return this.#asked.get(`${leader} ${learner}`) ?? new Set();
  }
}
