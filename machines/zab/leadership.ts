import { type Effect, note, tellMember } from '../effect.ts';
import { invariant } from '../invariant.ts';
import { SessionTracker } from '../session/expiry.ts';
import type { Txn } from '../znode/txn.ts';
import type { LeaderEvent, LearnerMessage } from './event.ts';
import type { HistoryView } from './history.ts';
import { Learner } from './learner.ts';
import type { LinkMessage, StreamMessage } from './message.ts';
import { Proposals } from './proposals.ts';
import { Majority } from './quorum.ts';
import type { ReplicatedState } from './replicated-state.ts';
import { planSynchronization } from './synchronization.ts';
import { COUNTER_MAX, counterOf, epochOf, hex, type Zxid, zxidOf } from './zxid.ts';

export interface LeaderInput {
  readonly self: number;
  readonly voters: readonly number[];
  readonly history: HistoryView;
  readonly state: ReplicatedState;
  /** A learner, or a quorum of them, silent for that long is lost. */
  readonly silenceMs: number;
  /** An epoch that is not established by then is given up. */
  readonly establishMs: number;
  /** Width of a session expiry bucket. */
  readonly expiryIntervalMs: number;
}

type Heard<T extends LearnerMessage['type']> = Extract<LearnerMessage, { type: T }>;

interface SyncRequest {
  readonly member: number;
  readonly requestId: number;
  readonly zxid: Zxid;
  readonly round: number;
}

/** The data of the leader chart, and what each fact does to it. One object a member; `begin` starts an epoch afresh. */
export class Leadership {
  readonly self: number;
  readonly quorum: Majority;
  readonly #input: LeaderInput;
  readonly #learners = new Map<number, Learner>();
  #nowMs = 0;
  #beganMs = 0;
  #epoch = 0;
  #epochIsPromised = false;
  #isSynchronizing = false;
  #isEstablished = false;
  #lastProposed: Zxid = 0;
  #committed: Zxid = 0;
  #flushed: Zxid = 0;
  #sequence = 0;
  #round = 0;
  #proposals = new Proposals();
  #tracker = new SessionTracker(1, 0);
  #syncs: SyncRequest[] = [];

  constructor(input: LeaderInput) {
    this.self = input.self;
    this.quorum = new Majority(input.voters);
    this.#input = input;
  }

  get epoch(): number {
    return this.#epoch;
  }
  get committed(): Zxid {
    return this.#committed;
  }
  get lastProposed(): Zxid {
    return this.#lastProposed;
  }
  get outstanding(): number {
    return this.#proposals.outstanding;
  }
  get learners(): ReadonlyMap<number, Learner> {
    return this.#learners;
  }
  get sessionCount(): number {
    return this.#tracker.size;
  }

  // --- discovery (reference §11.3)

  begin(): Effect[] {
    const { history } = this.#input;
    this.#beganMs = this.#nowMs;
    this.#epoch = 0;
    this.#epochIsPromised = false;
    this.#isSynchronizing = false;
    this.#isEstablished = false;
    this.#lastProposed = history.lastZxid;
    this.#flushed = history.lastZxid;
    this.#committed = history.committedZxid;
    this.#sequence = 0;
    this.#round = 0;
    this.#proposals = new Proposals();
    this.#syncs = [];
    for (const learner of this.#learners.values()) learner.lastHeardMs = this.#nowMs;
    return [];
  }

  /** Links that end while the member does not lead leave nothing behind. */
  end(): Effect[] {
    const effects: Effect[] = [];
    for (const learner of this.#learners.values()) {
      effects.push({ type: 'close', peer: learner.member, link: learner.link });
      effects.push({ type: 'stopSynchronizing', peer: learner.member, link: learner.link });
    }
    this.#learners.clear();
    if (this.#isSynchronizing) effects.push({ type: 'closeStream', stream: this.#epoch });
    this.#proposals = new Proposals();
    this.#syncs = [];
    return effects;
  }

  hearTime(nowMs: number): void {
    this.#nowMs = nowMs;
  }

  welcome(event: Heard<'FOLLOWERINFO'>): Effect[] {
    const learner = new Learner(event.from, event.link, event.acceptedEpoch, this.#nowMs);
    const effects = this.#forget(event.from);
    this.#learners.set(event.from, learner);
    if (this.#epochIsPromised) effects.push(this.#to(learner, this.#leaderInfo()));
    return effects;
  }

  get hasEpochQuorum(): boolean {
    return this.quorum.contains([this.self, ...this.#learners.keys()]);
  }

  proposeEpoch(): Effect[] {
    const { epochs } = this.#input.history;
    let highest = epochs.acceptedEpoch;
    for (const learner of this.#learners.values()) {
      highest = Math.max(highest, learner.acceptedEpoch);
    }
    this.#epoch = highest + 1;
    return [this.#saveEpochs(epochs.currentEpoch)];
  }

  inviteLearners(): Effect[] {
    this.#epochIsPromised = true;
    const effects: Effect[] = [];
    for (const learner of this.#learners.values()) {
      effects.push(this.#to(learner, this.#leaderInfo()));
    }
    return effects;
  }

  /** A learner that promised a later epoch to someone can never join this one: it takes a new election. */
  isOutpromisedBy(event: LeaderEvent): boolean {
    return (
      event.type === 'FOLLOWERINFO' && this.#epochIsPromised && event.acceptedEpoch > this.#epoch
    );
  }

  hearPromise(event: Heard<'ACKEPOCH'>): Effect[] {
    const learner = this.#heard(event);
    if (learner === undefined || learner.stage !== 'informed') return [];
    const { epochs, lastZxid } = this.#input.history;
    const isAhead =
      event.currentEpoch > epochs.currentEpoch ||
      (event.currentEpoch === epochs.currentEpoch && event.lastZxid > lastZxid);
    if (!this.#isSynchronizing && isAhead) {
      // Whoever knows more than the leader must not be overwritten by it; without a quorum it gives up.
      const text = `member ${event.from} has a newer history (${hex(event.lastZxid)}) and is turned away`;
      return [note('warn', text), ...this.#forget(event.from)];
    }
    learner.stage = 'promised';
    learner.countsAsPromise = event.currentEpoch !== -1;
    learner.lastZxid = event.lastZxid;
    return this.#isSynchronizing ? this.#synchronize(learner) : [];
  }

  get hasPromiseQuorum(): boolean {
    const promised = [this.self];
    for (const learner of this.#learners.values()) {
      if (learner.countsAsPromise) promised.push(learner.member);
    }
    return this.quorum.contains(promised);
  }

  claimEpoch(): Effect[] {
    return [this.#saveEpochs(this.#epoch)];
  }

  hasSavedPromise(event: LeaderEvent): boolean {
    return event.type === 'EPOCHS_SAVED' && event.acceptedEpoch === this.#epoch;
  }

  hasSavedClaim(event: LeaderEvent): boolean {
    return event.type === 'EPOCHS_SAVED' && event.currentEpoch === this.#epoch;
  }

  // --- synchronization (reference §11.4)

  startSynchronizing(): Effect[] {
    this.#isSynchronizing = true;
    const effects: Effect[] = [{ type: 'openStream', stream: this.#epoch }];
    for (const learner of this.#learners.values()) {
      if (learner.stage === 'promised') effects.push(...this.#synchronize(learner));
    }
    return effects;
  }

  #synchronize(learner: Learner): Effect[] {
    const plan = planSynchronization(learner.lastZxid, this.#input.history);
    learner.stage = 'synchronizing';
    const { member: peer, link } = learner;
    const effects: Effect[] = [
      note('info', `synchronizing member ${peer} by ${plan.mode}`, {
        learnerZxid: hex(learner.lastZxid),
        leaderZxid: hex(this.#input.history.lastZxid),
      }),
    ];
    if (plan.mode === 'SNAP') {
      effects.push({ type: 'synchronize', peer, link, mode: 'snapshot', after: 0 });
    } else {
      effects.push(this.#to(learner, { type: plan.mode, keepThrough: plan.keepThrough }));
      effects.push({ type: 'synchronize', peer, link, mode: 'diff', after: plan.keepThrough });
    }
    return effects;
  }

  credit(event: Heard<'CREDIT'>): Effect[] {
    if (this.#heard(event) === undefined) return [];
    return [{ type: 'credit', peer: event.from, link: event.link, bytes: event.bytes }];
  }

  /**
   * The learner has all that is on the leader's disk. The rest is in memory: it goes out now, and NEWLEADER
   * names the message of the stream after which the learner listens. One step, so that no proposal can fall
   * between history and stream, nor come twice (specification issues 1 and 2, ZOOKEEPER-4925).
   */
  caughtUp(event: Extract<LeaderEvent, { type: 'CAUGHT_UP' }>): Effect[] {
    const learner = this.#learners.get(event.peer);
    if (learner === undefined || learner.link !== event.link) return [];
    invariant(learner.stage === 'synchronizing', `member ${event.peer} was not synchronizing`);
    const effects: Effect[] = [];
    for (const run of this.#proposals.after(event.through)) {
      effects.push(this.#to(learner, { type: 'RECORDS', run }));
    }
    learner.stage = 'forwarding';
    learner.syncedThrough = this.#lastProposed;
    effects.push(
      this.#to(learner, {
        type: 'NEWLEADER',
        epoch: this.#epoch,
        lastZxid: this.#lastProposed,
        committedZxid: this.#committed,
        sequence: this.#sequence,
      }),
    );
    return effects;
  }

  hearNewLeaderAck(event: Heard<'ACKNEWLEADER'>): Effect[] {
    const learner = this.#heard(event);
    if (learner === undefined || event.epoch !== this.#epoch) return [];
    invariant(
      learner.stage === 'forwarding',
      `member ${event.from} acknowledged an unsent NEWLEADER`,
    );
    learner.stage = 'synced';
    learner.acked = Math.max(learner.acked, learner.syncedThrough);
    return this.#isEstablished ? [...this.#commitReached(), ...this.#activateLearners()] : [];
  }

  get hasNewLeaderQuorum(): boolean {
    const synced = [this.self];
    for (const learner of this.#learners.values())
      if (learner.isSynced) synced.push(learner.member);
    return this.quorum.contains(synced);
  }

  /** The quorum stands behind the leader's history: all of it is committed now (reference §11.4). */
  replayHistory(): Effect[] {
    this.#committed = this.#lastProposed;
    return [{ type: 'replay', by: 'leader', through: this.#lastProposed }];
  }

  // --- broadcast (reference §11.5)

  establish(): Effect[] {
    const { state, expiryIntervalMs } = this.#input;
    this.#isEstablished = true;
    state.startPreparing();
    // A new leader gives every session its full time afresh (reference §9.1).
    this.#tracker = new SessionTracker(expiryIntervalMs, this.#nowMs);
    for (const [id, timeoutMs] of state.sessions()) this.#tracker.track(id, timeoutMs, this.#nowMs);
    return [
      note('info', `leading epoch ${this.#epoch}`, {
        lastZxid: hex(this.#lastProposed),
        learners: this.#learners.size,
      }),
      ...this.#activateLearners(),
      tellMember({ type: 'ESTABLISHED', epoch: this.#epoch }),
    ];
  }

  propose(event: Heard<'REQUEST'>): Effect[] {
    if (event.from !== this.self && this.#heard(event) === undefined) return [];
    const txns: Txn[] = [];
    for (const request of event.requests) {
      const zxid = this.#nextZxid();
      txns.push(this.#input.state.prepare(request, event.from, zxid, event.wallMs));
    }
    return this.#propose(txns);
  }

  /** The counter of this epoch is used up: the next txn needs a new one. */
  get isExhausted(): boolean {
    return (
      epochOf(this.#lastProposed) === this.#epoch &&
      counterOf(this.#lastProposed) >= COUNTER_MAX - 2 ** 20
    );
  }

  #nextZxid(): Zxid {
    const last = this.#lastProposed;
    this.#lastProposed = epochOf(last) === this.#epoch ? last + 1 : zxidOf(this.#epoch, 1);
    return this.#lastProposed;
  }

  #propose(txns: readonly Txn[]): Effect[] {
    if (txns.length === 0) return [];
    for (const { body, sessionId } of txns) {
      if (body.type === 'createSession') {
        this.#tracker.track(sessionId, body.timeoutMs, this.#nowMs);
      } else if (body.type === 'closeSession') {
        this.#tracker.remove(sessionId);
      }
    }
    const run = this.#input.state.encode(txns);
    this.#proposals.add(txns, run);
    return [
      {
        type: 'tell',
        to: 'logger',
        event: { type: 'APPEND', run, committedZxid: this.#committed, owner: 'leader' },
      },
      this.#publish({ type: 'PROPOSAL', run }),
    ];
  }

  /** The leader's own acknowledgement: only its own flush counts (reference §11.5). */
  appended(zxid: Zxid): Effect[] {
    invariant(zxid > this.#flushed, `flushed ${hex(zxid)} after ${hex(this.#flushed)}`);
    this.#flushed = zxid;
    return this.#commitReached();
  }

  hearAck(event: Heard<'ACK'>): Effect[] {
    const learner = this.#heard(event);
    if (learner === undefined) return [];
    invariant(learner.isSynced, `member ${event.from} acknowledged a proposal before NEWLEADER`);
    if (event.zxid > learner.acked) learner.acked = event.zxid;
    return this.#commitReached();
  }

  #commitReached(): Effect[] {
    if (!this.#isEstablished) return [];
    const acked = new Map<number, Zxid>([[this.self, this.#flushed]]);
    for (const learner of this.#learners.values()) {
      if (learner.isSynced) acked.set(learner.member, learner.acked);
    }
    const reached = this.quorum.reached(acked, 0);
    const effects: Effect[] = [];
    if (reached > this.#committed) {
      invariant(reached <= this.#lastProposed, `acknowledged ${hex(reached)} was never proposed`);
      this.#committed = reached;
      effects.push(this.#publish({ type: 'COMMIT', zxid: reached }));
      effects.push({ type: 'deliver', txns: this.#proposals.take(reached) });
      effects.push(...this.#activateLearners(), ...this.#answerSyncs());
    }
    this.#proposals.release(Math.min(this.#committed, this.#flushed));
    return effects;
  }

  /** UPTODATE carries the latest commit (specification issue 3), and waits until all the learner was sent is committed. */
  #activateLearners(): Effect[] {
    const effects: Effect[] = [];
    for (const learner of this.#learners.values()) {
      if (learner.stage !== 'synced' || learner.syncedThrough > this.#committed) continue;
      learner.stage = 'active';
      effects.push(this.#to(learner, { type: 'UPTODATE', committedZxid: this.#committed }));
    }
    return effects;
  }

  // --- sessions and reads

  /** A sync waits for a round of PINGs answered by a quorum: only then is this leader sure that it still leads. */
  hearSync(event: Heard<'SYNC'>): Effect[] {
    if (event.from !== this.self && this.#heard(event) === undefined) return [];
    this.#syncs.push({
      member: event.from,
      requestId: event.requestId,
      zxid: this.#lastProposed,
      round: this.#round + 1,
    });
    return [this.#ping(), ...this.#answerSyncs()];
  }

  #answerSyncs(): Effect[] {
    if (this.#syncs.length === 0) return [];
    const rounds = new Map<number, number>([[this.self, this.#round]]);
    for (const learner of this.#learners.values()) rounds.set(learner.member, learner.round);
    const reached = this.quorum.reached(rounds, 0);
    const effects: Effect[] = [];
    const waiting: SyncRequest[] = [];
    for (const sync of this.#syncs) {
      if (sync.round > reached || sync.zxid > this.#committed) waiting.push(sync);
      else
        effects.push(
          ...this.#reply(sync.member, {
            type: 'SYNCED',
            requestId: sync.requestId,
            zxid: sync.zxid,
          }),
        );
    }
    this.#syncs = waiting;
    return effects;
  }

  revalidate(event: Heard<'REVALIDATE'>): Effect[] {
    if (event.from !== this.self && this.#heard(event) === undefined) return [];
    const { sessionId, requestId } = event;
    const valid =
      this.#isEstablished && this.#input.state.revalidate(sessionId, event.password, event.from);
    if (valid) this.#tracker.track(sessionId, event.timeoutMs, this.#nowMs);
    return this.#reply(event.from, { type: 'REVALIDATED', requestId, valid });
  }

  #reply(
    member: number,
    message: Extract<LinkMessage, { type: 'SYNCED' | 'REVALIDATED' }>,
  ): Effect[] {
    if (member === this.self) {
      return message.type === 'SYNCED'
        ? [{ type: 'answerSync', requestId: message.requestId, zxid: message.zxid }]
        : [{ type: 'answerRevalidate', requestId: message.requestId, valid: message.valid }];
    }
    const learner = this.#learners.get(member);
    return learner === undefined ? [] : [this.#to(learner, message)];
  }

  hearPong(event: Heard<'PONG'>): Effect[] {
    const learner = this.#heard(event);
    if (learner === undefined) return [];
    learner.round = Math.max(learner.round, event.round);
    this.touch(event.touched);
    return this.#answerSyncs();
  }

  touch(sessionIds: readonly number[]): void {
    for (const sessionId of sessionIds) this.#tracker.touch(sessionId, this.#nowMs);
  }

  beat(wallMs: number): Effect[] {
    const effects: Effect[] = [];
    if (this.#isSynchronizing) effects.push(this.#ping());
    for (const learner of this.#learners.values()) {
      if (!this.#isSynchronizing) {
        // No stream yet: a learner that waits must still hear that its leader is alive.
        effects.push(this.#to(learner, { type: 'HOLD' }));
      }
      if (this.#nowMs - learner.lastHeardMs > this.#input.silenceMs) {
        effects.push(
          note('warn', `member ${learner.member} is silent and is dropped`),
          ...this.#forget(learner.member),
        );
      }
    }
    if (this.#isEstablished) effects.push(...this.#expireSessions(wallMs));
    return effects;
  }

  /**
   * A session whose own server is not heard from is not expired: its client may well be there. When that
   * server is dropped, its sessions get their time afresh to move elsewhere.
   */
  #expireSessions(wallMs: number): Effect[] {
    const txns: Txn[] = [];
    for (const sessionId of this.#tracker.due(this.#nowMs)) {
      const owner = this.#input.state.ownerOf(sessionId);
      const learner = owner === undefined ? undefined : this.#learners.get(owner);
      if (learner !== undefined && this.#nowMs - learner.lastHeardMs > this.#input.silenceMs / 4) {
        this.#tracker.touch(sessionId, this.#nowMs);
        continue;
      }
      txns.push(this.#input.state.prepareExpiry(sessionId, this.#nextZxid(), wallMs));
    }
    if (txns.length === 0) return [];
    const expired = txns.map((txn) => hex(txn.sessionId)).join(' ');
    return [note('info', `sessions expired: ${expired}`), ...this.#propose(txns)];
  }

  // --- loss

  /** Why this leader must step down, if it must (reference §11.5). */
  get lossReason(): string | undefined {
    if (!this.#isEstablished) {
      // Promises take two messages; only history may take its time.
      const limitMs = this.#isSynchronizing ? this.#input.establishMs : 2 * this.#input.silenceMs;
      return this.#nowMs - this.#beganMs > limitMs ? 'no quorum joined in time' : undefined;
    }
    const heard = [this.self];
    for (const learner of this.#learners.values()) {
      if (learner.isSynced && this.#nowMs - learner.lastHeardMs <= this.#input.silenceMs) {
        heard.push(learner.member);
      }
    }
    return this.quorum.contains(heard) ? undefined : 'a quorum of the members is no longer heard';
  }

  linkDown(peer: number, link: number): Effect[] {
    const learner = this.#learners.get(peer);
    if (learner === undefined || learner.link !== link) return [];
    return this.#forget(peer);
  }

  /** Whether losing that link costs the leader the quorum that it has, or is about to establish its epoch with. */
  losesQuorumWith(peer: number, link: number): boolean {
    const lost = this.#learners.get(peer);
    if (lost === undefined || lost.link !== link || this.#epoch === 0) return false;
    const left = [this.self];
    for (const learner of this.#learners.values()) {
      if (learner !== lost && (learner.isSynced || !this.#isEstablished)) left.push(learner.member);
    }
    return !this.quorum.contains(left);
  }

  #forget(peer: number): Effect[] {
    const learner = this.#learners.get(peer);
    if (learner === undefined) return [];
    this.#learners.delete(peer);
    return [
      { type: 'close', peer, link: learner.link },
      { type: 'stopSynchronizing', peer, link: learner.link },
    ];
  }

  #heard(event: { readonly from: number; readonly link: number }): Learner | undefined {
    const learner = this.#learners.get(event.from);
    if (learner === undefined || learner.link !== event.link) return undefined;
    learner.lastHeardMs = this.#nowMs;
    return learner;
  }

  #leaderInfo(): LinkMessage {
    return { type: 'LEADERINFO', epoch: this.#epoch };
  }

  #saveEpochs(currentEpoch: number): Effect {
    return { type: 'saveEpochs', by: 'leader', acceptedEpoch: this.#epoch, currentEpoch };
  }

  #ping(): Effect {
    this.#round += 1;
    const { appliedZxid, digest } = this.#input.state;
    return this.#publish({ type: 'PING', round: this.#round, zxid: appliedZxid, digest });
  }

  #publish(message: StreamMessage): Effect {
    this.#sequence += 1;
    return { type: 'publish', stream: this.#epoch, message };
  }

  #to(learner: Learner, message: LinkMessage): Effect {
    return { type: 'send', peer: learner.member, link: learner.link, message };
  }
}
