import type { Effect } from '../effect.ts';
import type { Learner } from './learner.ts';
import type { LinkMessage } from './message.ts';
import type { Majority } from './quorum.ts';
import type { Zxid } from './zxid.ts';

/** What a member is told that has asked for one of its clients. */
export type LearnerAnswer = Extract<LinkMessage, { type: 'SYNCED' | 'REVALIDATED' }>;

/**
 * The learners of a leader, each on the one link it is connected by now. The leader itself counts to every quorum, and
 * so do the learners that vote.
 */
export class Learners {
  readonly #self: number;
  readonly #quorum: Majority;
  readonly #learners = new Map<number, Learner>();

  constructor(self: number, quorum: Majority) {
    this.#self = self;
    this.#quorum = quorum;
  }

  get size(): number {
    return this.#learners.size;
  }

  [Symbol.iterator](): IterableIterator<Learner> {
    return this.#learners.values();
  }

  isVoter(member: number): boolean {
    return this.#quorum.voters.has(member);
  }

  get(member: number): Learner | undefined {
    return this.#learners.get(member);
  }

  /** The learner behind a message, if it came on its present link; it has been heard from now. */
  heard(
    event: { readonly from: number; readonly link: number },
    nowMs: number,
  ): Learner | undefined {
    const learner = this.on(event.from, event.link);
    if (learner !== undefined) learner.lastHeardMs = nowMs;
    return learner;
  }

  on(member: number, link: number): Learner | undefined {
    const learner = this.#learners.get(member);
    return learner?.link === link ? learner : undefined;
  }

  /** A new link of a learner takes the place of its former one, and begins afresh. */
  add(learner: Learner): Effect[] {
    const effects = this.forget(learner.member);
    this.#learners.set(learner.member, learner);
    return effects;
  }

  forget(member: number): Effect[] {
    const learner = this.#learners.get(member);
    if (learner === undefined) return [];
    this.#learners.delete(member);
    return [
      { type: 'close', peer: member, link: learner.link },
      { type: 'stopSynchronizing', peer: member, link: learner.link },
    ];
  }

  forgetAll(): Effect[] {
    return [...this.#learners.keys()].flatMap((member) => this.forget(member));
  }

  /** Answers a member that asked for its clients; the leader itself may be the one. */
  reply(member: number, message: LearnerAnswer): Effect[] {
    if (member === this.#self) {
      return message.type === 'SYNCED'
        ? [{ type: 'answerSync', requestId: message.requestId, zxid: message.zxid }]
        : [{ type: 'answerRevalidate', requestId: message.requestId, valid: message.valid }];
    }
    const learner = this.get(member);
    return learner === undefined ? [] : [toLearner(learner, message)];
  }

  /** Whether the leader and the learners of whom that holds are a quorum. */
  isQuorum(holds: (learner: Learner) => boolean): boolean {
    const members = [this.#self];
    for (const learner of this.#learners.values()) {
      if (learner.votes && holds(learner)) members.push(learner.member);
    }
    return this.#quorum.contains(members);
  }

  /** The highest zxid that is on the disks of a quorum. */
  ackedByQuorum(ownFlushed: Zxid): Zxid {
    const acked = new Map<number, Zxid>([[this.#self, ownFlushed]]);
    for (const learner of this.#learners.values()) {
      if (learner.votes && learner.isSynced) acked.set(learner.member, learner.acked);
    }
    return this.#quorum.reached(acked, 0);
  }

  /** The latest round of PINGs that a quorum has answered. */
  roundOfQuorum(ownRound: number): number {
    const rounds = new Map<number, number>([[this.#self, ownRound]]);
    for (const learner of this.#learners.values()) {
      if (learner.votes) rounds.set(learner.member, learner.round);
    }
    return this.#quorum.reached(rounds, 0);
  }
}

export function toLearner(learner: Learner, message: LinkMessage): Effect {
  return { type: 'send', peer: learner.member, link: learner.link, message };
}
