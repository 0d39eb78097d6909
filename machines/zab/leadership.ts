import { type Effect, note, tellMember } from '../effect.ts';
import { invariant } from '../invariant.ts';
import { Broadcast, type BroadcastInput } from './broadcast.ts';
import { ConfirmedAnswers } from './confirmed-answers.ts';
import { Discovery } from './discovery.ts';
import type { LeaderEvent, LearnerMessage } from './event.ts';
import type { HistoryView } from './history.ts';
import { LeaderStream } from './leader-stream.ts';
import { Learner } from './learner.ts';
import { type LearnerAnswer, Learners, toLearner } from './learners.ts';
import { Majority } from './quorum.ts';
import { synchronize } from './synchronization.ts';
import { hex, type Zxid } from './zxid.ts';

export interface LeaderInput extends BroadcastInput {
  readonly self: number;
  readonly voters: readonly number[];
  readonly history: HistoryView;
}

type Heard<T extends LearnerMessage['type']> = Extract<LearnerMessage, { type: T }>;

/** The data of the leader chart, and what each fact does to it. One object a member; `begin` starts an epoch afresh. */
export class Leadership {
  readonly #input: LeaderInput;
  readonly learners: Learners;
  #nowMs = 0;
  #beganMs = 0;
  #discovery: Discovery;
  /** There from synchronization on. */
  #stream: LeaderStream | undefined;
  /** There from the broadcast phase on. */
  #broadcast: Broadcast | undefined;
  #unconfirmed = new ConfirmedAnswers();

  constructor(input: LeaderInput) {
    this.#input = input;
    this.learners = new Learners(input.self, new Majority(input.voters));
    this.#discovery = new Discovery(input.history, this.learners);
  }

  get epoch(): number {
    return this.#discovery.epoch;
  }

  /** Answers that wait until it is sure that this leader still leads. */
  get unconfirmed(): number {
    return this.#unconfirmed.size;
  }

  get broadcast(): Broadcast | undefined {
    return this.#broadcast;
  }

  /** End of the history as this leader knows it, and how far it is committed. */
  get lastProposed(): Zxid {
    return this.#broadcast?.lastProposed ?? this.#input.history.lastZxid;
  }
  get committed(): Zxid {
    return this.#broadcast?.committed ?? this.#input.history.committedZxid;
  }

  // --- discovery (reference §11.3)

  begin(): Effect[] {
    this.#beganMs = this.#nowMs;
    for (const learner of this.learners) learner.lastHeardMs = this.#nowMs;
    return [];
  }

  /** Nothing of an epoch is left behind for the next (ZOOKEEPER-4541, 4712). */
  end(): Effect[] {
    const effects = this.learners.forgetAll();
    if (this.#stream !== undefined) effects.push(this.#stream.close());
    this.#discovery = new Discovery(this.#input.history, this.learners);
    this.#stream = undefined;
    this.#broadcast = undefined;
    this.#unconfirmed = new ConfirmedAnswers();
    return effects;
  }

  hearTime(nowMs: number): void {
    this.#nowMs = nowMs;
  }

  welcome(event: Heard<'FOLLOWERINFO' | 'OBSERVERINFO'>): Effect[] {
    return this.#discovery.welcome(
      new Learner(event, this.learners.isVoter(event.from), this.#nowMs),
    );
  }

  get hasEpochQuorum(): boolean {
    return this.#discovery.hasEpochQuorum;
  }

  proposeEpoch(): Effect[] {
    return this.#discovery.proposeEpoch();
  }

  inviteLearners(): Effect[] {
    return this.#discovery.inviteLearners();
  }

  isOutpromisedBy(event: LeaderEvent): boolean {
    if (event.type !== 'FOLLOWERINFO' || !this.learners.isVoter(event.from)) return false;
    return this.#discovery.isOutpromisedBy(event.acceptedEpoch);
  }

  hearPromise(event: Heard<'ACKEPOCH'>): Effect[] {
    const learner = this.learners.heard(event, this.#nowMs);
    if (learner?.stage !== 'informed') return [];
    if (this.#discovery.isAhead(learner, event)) return this.#discovery.turnAway(learner, event);
    this.#discovery.accept(learner, event);
    return this.#stream === undefined ? [] : this.#synchronize(learner);
  }

  get hasPromiseQuorum(): boolean {
    return this.#discovery.hasPromiseQuorum;
  }

  claimEpoch(): Effect[] {
    return this.#discovery.claimEpoch();
  }

  // --- synchronization (reference §11.4)

  startSynchronizing(): Effect[] {
    this.#stream = new LeaderStream(this.epoch);
    const effects: Effect[] = [this.#stream.open()];
    for (const learner of this.learners) {
      if (learner.stage === 'promised') effects.push(...this.#synchronize(learner));
    }
    return effects;
  }

  #synchronize(learner: Learner): Effect[] {
    return synchronize(learner, this.#input.history, this.lastProposed);
  }

  credit(event: Heard<'CREDIT'>): Effect[] {
    if (this.learners.heard(event, this.#nowMs) === undefined) return [];
    return [{ type: 'credit', peer: event.from, link: event.link, bytes: event.bytes }];
  }

  /**
   * The learner has all that is on the leader's disk. The rest is in memory: it goes out now, and NEWLEADER
   * names the message of the stream after which the learner listens. One step, so that no proposal can fall
   * between history and stream, nor come twice (specification issues 1 and 2, ZOOKEEPER-4925).
   */
  caughtUp(event: Extract<LeaderEvent, { type: 'CAUGHT_UP' }>): Effect[] {
    const learner = this.learners.on(event.peer, event.link);
    if (learner === undefined || this.#stream === undefined) return [];
    invariant(
      learner.stage === 'synchronizing',
      () => `member ${event.peer} was not synchronizing`,
    );
    learner.stage = 'forwarding';
    learner.syncedThrough = this.lastProposed;
    const runs = this.#broadcast?.inMemoryAfter(event.through) ?? [];
    return [
      ...runs.map((run) => toLearner(learner, { type: 'RECORDS', run })),
      toLearner(learner, {
        type: 'NEWLEADER',
        epoch: this.epoch,
        lastZxid: learner.syncedThrough,
        committedZxid: this.committed,
        sequence: this.#stream.sequence,
      }),
    ];
  }

  hearNewLeaderAck(event: Heard<'ACKNEWLEADER'>): Effect[] {
    const learner = this.learners.heard(event, this.#nowMs);
    if (learner === undefined || event.epoch !== this.epoch) return [];
    invariant(
      learner.stage === 'forwarding',
      () => `member ${event.from} acks an unsent NEWLEADER`,
    );
    learner.stage = 'synced';
    learner.syncedMs = this.#nowMs;
    learner.acked = Math.max(learner.acked, learner.syncedThrough);
    return this.#commitReached();
  }

  get hasNewLeaderQuorum(): boolean {
    return this.learners.isQuorum((learner) => learner.isSynced);
  }

  /** The quorum stands behind the leader's history: all of it is committed now (reference §11.4). */
  replayHistory(): Effect[] {
    return [{ type: 'replay', by: 'leader', through: this.#input.history.lastZxid }];
  }

  hasReplayed(through: Zxid): boolean {
    return through === this.#input.history.lastZxid;
  }

  // --- broadcast (reference §11.5)

  establish(): Effect[] {
    invariant(this.#stream !== undefined, 'an epoch is established after synchronization');
    this.#broadcast = new Broadcast(
      this.#input,
      this.learners,
      this.#stream,
      this.#input.history.lastZxid,
      this.#nowMs,
    );
    return [
      note('info', `leading epoch ${this.epoch}`, {
        lastZxid: hex(this.lastProposed),
        learners: this.learners.size,
      }),
      ...this.#activateLearners(),
      tellMember({ type: 'ESTABLISHED', epoch: this.epoch }),
    ];
  }

  propose(event: Heard<'REQUEST'>): Effect[] {
    if (!this.#isOwnOrHeard(event)) return [];
    const { requests, from, wallMs } = event;
    return this.#broadcast?.propose(requests, from, wallMs, this.#nowMs) ?? [];
  }

  waited(after: Zxid): Effect[] {
    return this.#broadcast?.waited(after, this.#nowMs) ?? [];
  }

  appended(zxid: Zxid): Effect[] {
    this.#broadcast?.flushed(zxid);
    return this.#commitReached();
  }

  hearAck(event: Heard<'ACK'>): Effect[] {
    const learner = this.learners.heard(event, this.#nowMs);
    if (learner === undefined) return [];
    invariant(
      learner.isSynced,
      () => `member ${event.from} acknowledged a proposal before NEWLEADER`,
    );
    if (event.zxid > learner.acked) learner.acked = event.zxid;
    return learner.votes ? this.#commitReached() : [];
  }

  #commitReached(): Effect[] {
    if (this.#broadcast === undefined) return [];
    const effects = this.#broadcast.commitReached(this.#nowMs);
    return [...effects, ...this.#activateLearners(), ...this.#giveConfirmed()];
  }

  /** UPTODATE carries the latest commit (specification issue 3), and waits until all the learner was sent is committed. */
  #activateLearners(): Effect[] {
    const { committed } = this;
    const effects: Effect[] = [];
    for (const learner of this.learners) {
      if (learner.stage !== 'synced' || learner.syncedThrough > committed) continue;
      learner.stage = 'active';
      effects.push(toLearner(learner, { type: 'UPTODATE', committedZxid: committed }));
    }
    return effects;
  }

  // --- sessions and reads

  hearSync(event: Heard<'SYNC'>): Effect[] {
    if (!this.#isOwnOrHeard(event)) return [];
    const { requestId } = event;
    const proposals = this.#broadcast?.proposeGathered(this.#nowMs) ?? [];
    const zxid = this.lastProposed;
    return [
      ...proposals,
      ...this.#answerConfirmed(event.from, zxid, { type: 'SYNCED', requestId, zxid }),
    ];
  }

  /** A deposed leader does not know the sessions of its successor: "no" ends a session, and takes proof. */
  revalidate(event: Heard<'REVALIDATE'>): Effect[] {
    if (this.#broadcast === undefined || !this.#isOwnOrHeard(event)) return [];
    const { from, requestId } = event;
    // What its session asked for elsewhere came before, and may be what makes the session one that is known here.
    const proposals = this.#broadcast.proposeGathered(this.#nowMs);
    const valid = this.#broadcast.revalidate(event, from, this.#nowMs);
    const answer = { type: 'REVALIDATED', requestId, valid } as const;
    return [
      ...proposals,
      ...(valid ? this.learners.reply(from, answer) : this.#answerConfirmed(from, 0, answer)),
    ];
  }

  /** Answered after a round of PINGs: only then is this leader sure that it led when it was asked. */
  #answerConfirmed(member: number, zxid: Zxid, answer: LearnerAnswer): Effect[] {
    if (this.#stream === undefined) return [];
    const ping = this.#stream.ask(this.#input.state);
    this.#unconfirmed.add({ member, answer, zxid, round: this.#stream.round });
    return [ping, ...this.#giveConfirmed()];
  }

  #giveConfirmed(): Effect[] {
    if (this.#unconfirmed.isEmpty || this.#stream === undefined) return [];
    const round = this.learners.roundOfQuorum(this.#stream.round);
    const confirmed = this.#unconfirmed.take(round, this.committed);
    return confirmed.flatMap(({ member, answer }) => this.learners.reply(member, answer));
  }

  hearPong(event: Heard<'PONG'>): Effect[] {
    const learner = this.learners.heard(event, this.#nowMs);
    if (learner === undefined) return [];
    learner.round = Math.max(learner.round, event.round);
    this.#broadcast?.touch(event.touched, this.#nowMs);
    return learner.votes ? this.#giveConfirmed() : [];
  }

  beat(wallMs: number, touched: readonly number[]): Effect[] {
    const { state } = this.#input;
    const effects: Effect[] = [];
    if (this.#stream !== undefined) effects.push(this.#stream.beat(state));
    for (const learner of this.learners) {
      // The next number on the link: a learner sees by it that something before was lost, UPTODATE say,
      // and one that waits for the epoch sees that its leader is alive.
      if (learner.takesHold(this.#nowMs, this.#input.silenceMs))
        effects.push(toLearner(learner, { type: 'HOLD' }));
      const reason = this.#reasonToDrop(learner);
      if (reason === undefined) continue;
      effects.push(
        note('warn', `member ${learner.member} ${reason} and is dropped`),
        ...this.#drop(learner.member),
      );
    }
    return [...effects, ...(this.#broadcast?.beat(touched, wallMs, this.#nowMs) ?? [])];
  }

  // --- loss

  /** Why this leader must step down, if it must (reference §11.5). */
  get lossReason(): string | undefined {
    const { silenceMs, establishMs } = this.#input;
    if (this.#broadcast === undefined) {
      // Whoever looks can join only a quorum: a leader that has lost its own must not keep them waiting.
      if (this.epoch > 0 && !this.hasEpochQuorum) return 'the quorum that was joining is gone';
      // Promises take two messages; only history may take its time.
      const limitMs = this.#stream === undefined ? 2 * silenceMs : establishMs;
      return this.#nowMs - this.#beganMs > limitMs ? 'no quorum joined in time' : undefined;
    }
    if (this.#broadcast.isOwnDiskLate(this.#nowMs)) return 'its own disk does not write';
    const isHeard = (learner: Learner) =>
      learner.isSynced && this.#nowMs - learner.lastHeardMs <= silenceMs;
    const isEnough = this.learners.isQuorum(isHeard);
    return isEnough ? undefined : 'a quorum of the members is no longer heard';
  }

  /** Whoever says nothing, or whose disk takes no proposals: what waits for it would only grow (reference §11.5). */
  #reasonToDrop(learner: Learner): string | undefined {
    if (this.#nowMs - learner.lastHeardMs > this.#input.silenceMs) return 'is silent';
    const isLate = this.#broadcast?.isDiskLate(learner, this.#nowMs) === true;
    return isLate ? 'does not get its disk to write' : undefined;
  }

  linkDown(peer: number, link: number): Effect[] {
    return this.learners.on(peer, link) === undefined ? [] : this.#drop(peer);
  }

  #drop(member: number): Effect[] {
    this.#broadcast?.memberDropped(member, this.#nowMs);
    return this.learners.forget(member);
  }

  /** Whether losing that link costs the leader the quorum that it has, or is about to establish its epoch with. */
  losesQuorumWith(peer: number, link: number): boolean {
    const lost = this.learners.on(peer, link);
    if (lost?.votes !== true || this.epoch === 0) return false;
    const isLeft = (learner: Learner) =>
      learner !== lost && (learner.isSynced || this.#broadcast === undefined);
    return !this.learners.isQuorum(isLeft);
  }

  /** Requests of the leader's own clients come without a link. */
  #isOwnOrHeard(event: { readonly from: number; readonly link: number }): boolean {
    return event.from === this.#input.self || this.learners.heard(event, this.#nowMs) !== undefined;
  }
}
