import type { Effect } from '../effect.ts';
import { Majority } from './quorum.ts';
import { beats, type Notification, PeerState, sameVote, type Vote } from './vote.ts';

/**
 * The votes of one member's elections: the data of the elector chart, and what each fact does to it. A member without
 * a vote asks whom the others have elected, and joins that one by the rule for those who come late.
 */
export class Election {
  readonly self: number;
  readonly quorum: Majority;
  readonly votes: boolean;
  /** Logical clock: grows with every election this member starts; without a vote that of the last one it heard of. */
  round = 0;
  #initial: Vote;
  #vote: Vote;
  #state: PeerState = PeerState.looking;
  /** Votes of this round, own included. */
  readonly #ballots = new Map<number, Vote>();
  /** What settled members of any round have said (reference §11.2 b). */
  readonly #settled = new Map<number, Notification>();
  readonly #gone = new Set<number>();
  #winner: number | undefined;

  constructor(self: number, voters: Iterable<number>) {
    this.self = self;
    this.quorum = new Majority(voters);
    this.votes = this.quorum.voters.has(self);
    this.#initial = { leader: self, zxid: 0, peerEpoch: 0 };
    this.#vote = this.#initial;
  }

  get vote(): Vote {
    return this.#vote;
  }

  get winner(): number | undefined {
    return this.#winner;
  }

  get ballots(): ReadonlyMap<number, Vote> {
    return this.#ballots;
  }

  look(own: Vote): Effect[] {
    if (this.votes) this.round += 1;
    this.#state = this.votes ? PeerState.looking : PeerState.observing;
    this.#initial = own;
    this.#vote = own;
    this.#winner = undefined;
    this.#ballots.clear();
    this.#settled.clear();
    this.#gone.clear();
    if (this.votes) this.#ballots.set(this.self, own);
    const effects = this.announce();
    for (const peer of this.quorum.voters) {
      if (peer !== this.self) effects.push({ type: 'probe', peer });
    }
    return effects;
  }

  announce(): Effect[] {
    return [{ type: 'vote', to: 'all', notification: this.#notification() }];
  }

  /** A member without a vote has nothing to tell. */
  answer(to: number): Effect[] {
    if (!this.votes) return [];
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
    if (this.votes) {
      this.#state = this.#winner === this.self ? PeerState.leading : PeerState.following;
    }
  }

  /** Whether a quorum of this round stands behind the vote held here. */
  get hasQuorum(): boolean {
    return this.quorum.contains(this.#supporters());
  }

  /** Whether waiting could still bring a better vote: someone not heard from in this round, not known to be dead. */
  get isUnanimous(): boolean {
    for (const voter of this.quorum.voters) {
      const vote = this.#ballots.get(voter);
      const agrees = vote !== undefined && sameVote(vote, this.#vote);
      if (!agrees && !this.#gone.has(voter)) return false;
    }
    return true;
  }

  /** A notification while this member looks. */
  hear(from: number, heard: Notification): Effect[] {
    if (!this.quorum.voters.has(from) || !this.quorum.voters.has(heard.leader)) return [];
    this.#gone.delete(from);
    switch (heard.state) {
      case PeerState.looking:
        return this.votes ? this.#hearLooking(from, heard) : [];
      case PeerState.observing:
        return this.#forget(from);
      default:
        this.#hearSettled(from, heard);
        return [];
    }
  }

  /**
   * It had a vote when it was heard before, and has none now (reference §9.6): what it said counts no more. Whoever was
   * for it takes that back, in a new round, as nobody does within one: else it would be for nobody who can lead, and those
   * whose settings have fewer voters would not hear it.
   */
  #forget(member: number): Effect[] {
    this.#ballots.delete(member);
    this.#settled.delete(member);
    if (!this.votes || this.#vote.leader !== member) return [];
    this.round += 1;
    this.#vote = this.#initial;
    this.#ballots.clear();
    this.#ballots.set(this.self, this.#vote);
    return this.announce();
  }

  #hearLooking(from: number, heard: Notification): Effect[] {
    const effects: Effect[] = [];
    if (heard.round < this.round) {
      // The sender is behind: what it lacks is this round and this vote.
      return this.answer(from);
    }
    if (heard.round > this.round) {
      this.round = heard.round;
      this.#ballots.clear();
      this.#vote = beats(heard, this.#initial) ? voteOf(heard) : this.#initial;
      effects.push(...this.announce());
    } else if (beats(heard, this.#vote)) {
      this.#vote = voteOf(heard);
      effects.push(...this.announce());
    } else if (!this.#ballots.has(from)) {
      // It may have started after this member's last announcement, which then never reached it.
      effects.push(...this.answer(from));
    }
    this.#ballots.set(this.self, this.#vote);
    this.#ballots.set(from, voteOf(heard));
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
      this.#ballots.set(from, voteOf(heard));
    }
    const behind = new Set<number>();
    for (const [peer, said] of this.#settled) {
      if (said.leader === heard.leader && said.peerEpoch === heard.peerEpoch) behind.add(peer);
    }
    // In the round of this member its own vote counts as well, and that of others who still look: where the rest has
    // decided for another, nobody else may be left to make a quorum.
    if (heard.round === this.round) {
      for (const [voter, vote] of this.#ballots) if (sameVote(vote, heard)) behind.add(voter);
    }
    const isLeading = leadsByItsOwnWord(this.#settled, heard.leader);
    if (!isLeading || heard.leader === this.self || !this.quorum.contains(behind)) return;
    this.round = Math.max(this.round, heard.round);
    this.#vote = voteOf(heard);
    this.#winner = heard.leader;
  }

  /** What a peer says while this member is settled. */
  remember(from: number, heard: Notification): void {
    if (!this.quorum.voters.has(from)) return;
    if (isSettled(heard)) this.#settled.set(from, heard);
    else this.#settled.delete(from);
  }

  /**
   * Whether, with what `from` says, a quorum has decided for another member since, which says itself that it leads. Who
   * was elected here waits for learners that will not come: they heard of a better vote before they had decided.
   */
  isOutvotedWith(from: number, heard: Notification): boolean {
    if (this.#winner !== this.self || heard.leader === this.self || !isSettled(heard)) return false;
    const settled = new Map(this.#settled).set(from, heard);
    const behind: number[] = [];
    for (const [peer, said] of settled) {
      if (said.leader === heard.leader && said.round >= this.round) behind.push(peer);
    }
    return leadsByItsOwnWord(settled, heard.leader) && this.quorum.contains(behind);
  }

  #supporters(): number[] {
    const supporters: number[] = [];
    for (const [voter, vote] of this.#ballots) {
      if (sameVote(vote, this.#vote)) supporters.push(voter);
    }
    return supporters;
  }

  #notification(): Notification {
    return { ...this.#vote, state: this.#state, round: this.round };
  }
}

function isSettled({ state }: Notification): boolean {
  return state === PeerState.following || state === PeerState.leading;
}

function leadsByItsOwnWord(settled: ReadonlyMap<number, Notification>, leader: number): boolean {
  const said = settled.get(leader);
  return said?.state === PeerState.leading && said.leader === leader;
}

function voteOf(notification: Notification): Vote {
  return {
    leader: notification.leader,
    zxid: notification.zxid,
    peerEpoch: notification.peerEpoch,
  };
}
