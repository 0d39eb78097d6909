import type { Effect } from '../effect.ts';
import { Majority } from './quorum.ts';
import { beats, type Notification, PeerState, sameVote, type Vote } from './vote.ts';

/** The votes of one member's elections: the data of the elector chart, and what each fact does to it. */
export class Election {
  readonly self: number;
  readonly quorum: Majority;
  /** Logical clock: grows with every election this member starts. */
  round = 0;
  #initial: Vote;
  #vote: Vote;
  #state: PeerState = PeerState.looking;
  /** Votes of this round, own included. */
  readonly #votes = new Map<number, Vote>();
  /** What settled members of any round have said (reference §11.2 b). */
  readonly #settled = new Map<number, Notification>();
  readonly #gone = new Set<number>();
  #winner: number | undefined;

  constructor(self: number, voters: Iterable<number>) {
    this.self = self;
    this.quorum = new Majority(voters);
    this.#initial = { leader: self, zxid: 0, peerEpoch: 0 };
    this.#vote = this.#initial;
  }

  get vote(): Vote {
    return this.#vote;
  }

  get winner(): number | undefined {
    return this.#winner;
  }

  get votes(): ReadonlyMap<number, Vote> {
    return this.#votes;
  }

  look(own: Vote): Effect[] {
    this.round += 1;
    this.#state = PeerState.looking;
    this.#initial = own;
    this.#vote = own;
    this.#winner = undefined;
    this.#votes.clear();
    this.#settled.clear();
    this.#gone.clear();
    this.#votes.set(this.self, own);
    const effects = this.announce();
    for (const peer of this.quorum.voters) {
      if (peer !== this.self) effects.push({ type: 'probe', peer });
    }
    return effects;
  }

  announce(): Effect[] {
    return [{ type: 'vote', to: 'all', notification: this.#notification() }];
  }

  answer(to: number): Effect[] {
    return [{ type: 'vote', to, notification: this.#notification() }];
  }

  gone(peer: number): void {
    this.#gone.add(peer);
  }

  /** The epoch that the member is in now, so that those who still look see one vote from all of it. */
  settle(epoch: number): void {
    this.#vote = { ...this.#vote, peerEpoch: epoch };
  }

  decide(): void {
    this.#winner ??= this.#vote.leader;
    this.#state = this.#winner === this.self ? PeerState.leading : PeerState.following;
  }

  /** Whether a quorum of this round stands behind the vote held here. */
  get hasQuorum(): boolean {
    return this.quorum.contains(this.#supporters());
  }

  /** Whether waiting could still bring a better vote: someone not heard from in this round, not known to be dead. */
  get isUnanimous(): boolean {
    for (const voter of this.quorum.voters) {
      const vote = this.#votes.get(voter);
      const agrees = vote !== undefined && sameVote(vote, this.#vote);
      if (!agrees && !this.#gone.has(voter)) return false;
    }
    return true;
  }

  /** A notification while this member looks. */
  hear(from: number, heard: Notification): Effect[] {
    if (!this.quorum.voters.has(from) || !this.quorum.voters.has(heard.leader)) return [];
    this.#gone.delete(from);
    if (heard.state === PeerState.looking) return this.#hearLooking(from, heard);
    this.#hearSettled(from, heard);
    return [];
  }

  #hearLooking(from: number, heard: Notification): Effect[] {
    const effects: Effect[] = [];
    if (heard.round < this.round) {
      // The sender is behind: what it lacks is this round and this vote.
      return this.answer(from);
    }
    if (heard.round > this.round) {
      this.round = heard.round;
      this.#votes.clear();
      this.#vote = beats(heard, this.#initial) ? voteOf(heard) : this.#initial;
      effects.push(...this.announce());
    } else if (beats(heard, this.#vote)) {
      this.#vote = voteOf(heard);
      effects.push(...this.announce());
    } else if (!this.#votes.has(from)) {
      // It may have started after this member's last announcement, which then never reached it.
      effects.push(...this.answer(from));
    }
    this.#votes.set(this.self, this.#vote);
    this.#votes.set(from, voteOf(heard));
    this.#settled.delete(from);
    return effects;
  }

  /**
   * A settled peer. Its leader is joined when a quorum says the same and the leader itself says that it leads:
   * a crashed leader is not elected again and again by those who have not noticed (reference §11.2).
   * Who has decided for this member, in this very round, has voted for it, though that vote may be lost.
   */
  #hearSettled(from: number, heard: Notification): void {
    this.#settled.set(from, heard);
    if (heard.leader === this.self && heard.round === this.round) {
      this.#votes.set(from, voteOf(heard));
    }
    const behind: number[] = [];
    for (const [peer, said] of this.#settled) {
      if (said.leader === heard.leader && said.peerEpoch === heard.peerEpoch) behind.push(peer);
    }
    const leaderSaid = this.#settled.get(heard.leader);
    const leads = leaderSaid?.state === PeerState.leading && leaderSaid.leader === heard.leader;
    if (!leads || heard.leader === this.self || !this.quorum.contains(behind)) return;
    this.round = Math.max(this.round, heard.round);
    this.#vote = voteOf(heard);
    this.#winner = heard.leader;
  }

  #supporters(): number[] {
    const supporters: number[] = [];
    for (const [voter, vote] of this.#votes) {
      if (sameVote(vote, this.#vote)) supporters.push(voter);
    }
    return supporters;
  }

  #notification(): Notification {
    return { ...this.#vote, state: this.#state, round: this.round };
  }
}

function voteOf(notification: Notification): Vote {
  return {
    leader: notification.leader,
    zxid: notification.zxid,
    peerEpoch: notification.peerEpoch,
  };
}
