import { type Effect, note, saveEpochs, tellMember } from '../effect.ts';
import { invariant } from '../invariant.ts';
import type { FollowerEvent, LeaderMessage } from './event.ts';
import { HeldBroadcasts } from './held-broadcasts.ts';
import { HeldRequests } from './held-requests.ts';
import type { HistoryView } from './history.ts';
import { HOLDS_PER_SILENCE } from './learner.ts';
import type { LinkMessage, RecordRun, StreamMessage } from './message.ts';
import { StagedHistory } from './staged-history.ts';
import { UncommittedRuns } from './uncommitted-runs.ts';
import { epochOf, follows, hex, type Zxid } from './zxid.ts';

export interface FollowerInput {
  readonly self: number;
  /** Whether it is a follower; else it observes (reference §9.6). */
  readonly votes: boolean;
  readonly history: HistoryView;
  /** Counts the starts of this member: makes the numbers of its links unique. */
  readonly incarnation: number;
  /** A leader silent for that long is lost. */
  readonly silenceMs: number;
  /** Requests that are forwarded without waiting for the batch before; some dozens unless given. */
  readonly batchWorth?: number | undefined;
}

type Heard<T extends LeaderMessage['type']> = Extract<LeaderMessage, { type: T }>;
type Broadcast = Extract<FollowerEvent, { type: 'BROADCAST' }>;

/** Member ids are below this (reference §1.4), attempts of one life are counted up to that. */
const MEMBER_SPAN = 256;
const ATTEMPT_SPAN = 2 ** 20;

/** The data of the follower chart, and what each fact does to it. `begin` starts with a leader afresh. */
export class Following {
  readonly #input: FollowerInput;
  #attempts = 0;
  #nowMs = 0;
  /** When the leader was heard last on the link, and on its stream. */
  #heardOnLinkMs = 0;
  #heardOnStreamMs = 0;
  leader = 0;
  link = 0;
  epoch = 0;
  #staged: StagedHistory | undefined;
  #newLeader: Heard<'NEWLEADER'> | undefined;
  readonly #held = new HeldBroadcasts();
  #isAdopted = false;
  #isActive = false;
  #upToDate: Zxid | undefined;
  /** Next zxid has to follow this one. */
  #lastZxid: Zxid = 0;
  #committed: Zxid = 0;
  #announced: Zxid = 0;
  readonly #uncommitted = new UncommittedRuns();
  #acknowledged: Zxid = 0;
  readonly #requests: HeldRequests;
  #round = 0;

  constructor(input: FollowerInput) {
    this.#input = input;
    this.#requests = new HeldRequests(input.batchWorth);
  }

  get lastZxid(): Zxid {
    return this.#lastZxid;
  }
  get committed(): Zxid {
    return this.#committed;
  }

  begin(leader: number): Effect[] {
    this.#attempts += 1;
    this.leader = leader;
    this.link = this.#linkNumber();
    this.epoch = 0;
    this.#heardOnLinkMs = this.#nowMs;
    this.#reset();
    return [
      { type: 'open', peer: leader, link: this.link },
      this.#send({
        type: this.#input.votes ? 'FOLLOWERINFO' : 'OBSERVERINFO',
        acceptedEpoch: this.#input.history.epochs.acceptedEpoch,
      }),
    ];
  }

  /** Never used before between any two members: neither by this one in an earlier life, nor by a peer. */
  #linkNumber(): number {
    const { incarnation, self } = this.#input;
    return (incarnation * MEMBER_SPAN + self) * ATTEMPT_SPAN + (this.#attempts % ATTEMPT_SPAN);
  }

  /** One pipeline an epoch, discarded whole (ZOOKEEPER-4541, 4712). */
  end(): Effect[] {
    const effects: Effect[] = [{ type: 'close', peer: this.leader, link: this.link }];
    if (this.epoch > 0) effects.push({ type: 'unfollow' });
    if (this.#staged?.isSnapshot === true && this.#newLeader === undefined) {
      effects.push({ type: 'abortSnapshot' });
    }
    this.#reset();
    return effects;
  }

  #reset(): void {
    this.#staged = undefined;
    this.#newLeader = undefined;
    this.#held.reset();
    this.#isAdopted = false;
    this.#isActive = false;
    this.#upToDate = undefined;
    this.#announced = 0;
    this.#uncommitted.reset(0);
    this.#acknowledged = 0;
    this.#requests.clear();
    this.#round = 0;
  }

  hearTime(nowMs: number): void {
    this.#nowMs = nowMs;
  }

  /** Messages of other leaders and of earlier links say nothing (reference, appendix B). */
  isCurrent(event: FollowerEvent): boolean {
    if (!('link' in event) || !('from' in event)) return false;
    return event.from === this.leader && event.link === this.link;
  }

  heard(): void {
    this.#heardOnLinkMs = this.#nowMs;
  }

  /**
   * Both ways from the leader must be alive: neither answers nor commits are awaited for ever. Once the stream has the
   * heartbeats there are fewer on the link, and the last of them may be that much older.
   */
  get isLeaderSilent(): boolean {
    const { silenceMs } = this.#input;
    const onLinkMs = this.#nowMs - this.#heardOnLinkMs;
    if (!this.#isAdopted) return onLinkMs > silenceMs;
    const isStreamSilent = this.#nowMs - this.#heardOnStreamMs > silenceMs;
    return isStreamSilent || onLinkMs > silenceMs + silenceMs / HOLDS_PER_SILENCE;
  }

  // --- discovery (reference §11.3)

  isNewEpoch(epoch: number): boolean {
    return epoch > this.#input.history.epochs.acceptedEpoch;
  }

  /**
   * The promise of an observer counts for nobody, and so it binds it to nobody: a leader that never got its quorum
   * must not keep it from one that has. No leader has one that is behind what the observer has adopted.
   */
  isPromisedEpoch(epoch: number): boolean {
    const { acceptedEpoch, currentEpoch } = this.#input.history.epochs;
    return this.#input.votes ? epoch === acceptedEpoch : epoch >= currentEpoch;
  }

  /** acceptedEpoch is on the disk before the promise leaves (reference §11.6). */
  acceptEpoch(epoch: number): Effect[] {
    this.epoch = epoch;
    const { currentEpoch } = this.#input.history.epochs;
    return [
      // Listening starts before the leader can decide where its stream takes over from the history.
      { type: 'followStream', leader: this.leader, stream: epoch },
      saveEpochs({ acceptedEpoch: epoch, currentEpoch, owner: 'follower' }),
    ];
  }

  promise(): Effect[] {
    const { epochs, lastZxid } = this.#input.history;
    return [this.#send({ type: 'ACKEPOCH', currentEpoch: epochs.currentEpoch, lastZxid })];
  }

  /** Promised before: says so, and does not count again. */
  repeatPromise(epoch: number): Effect[] {
    this.epoch = epoch;
    return [
      { type: 'followStream', leader: this.leader, stream: epoch },
      this.#send({ type: 'ACKEPOCH', currentEpoch: -1, lastZxid: this.#input.history.lastZxid }),
    ];
  }

  // --- synchronization (reference §11.4)

  stageDiff(event: Heard<'DIFF'> | Heard<'TRUNC'>): Effect[] {
    this.#staged = StagedHistory.after(event.keepThrough, event.type, this.#input.history);
    return [
      note('info', `the leader synchronizes this member by ${event.type}`, {
        keepThrough: hex(event.keepThrough),
        lastZxid: hex(this.#input.history.lastZxid),
      }),
    ];
  }

  stageSnapshot(event: Heard<'SNAP'>): Effect[] {
    this.#staged = StagedHistory.onSnapshot(event.zxid);
    return [
      note('info', 'the leader synchronizes this member by SNAP', { zxid: hex(event.zxid) }),
      { type: 'receiveSnapshot', zxid: event.zxid },
    ];
  }

  stagePiece(event: Heard<'PIECE'>): Effect[] {
    invariant(this.#staged?.isSnapshot === true, 'a piece of a snapshot that was not announced');
    return [{ type: 'storePiece', bytes: event.bytes }];
  }

  pieceStored(bytes: number): Effect[] {
    return [this.#send({ type: 'CREDIT', bytes })];
  }

  stageRecords(event: Heard<'RECORDS'>): Effect[] {
    invariant(this.#staged !== undefined, 'records before DIFF, TRUNC or SNAP');
    this.#staged.add(event.run);
    return [this.#send({ type: 'CREDIT', bytes: event.run.bytes.length })];
  }

  adopt(event: Heard<'NEWLEADER'>): Effect[] {
    const staged = this.#staged;
    invariant(staged !== undefined, 'NEWLEADER before any history');
    invariant(event.epoch === this.epoch, () => `NEWLEADER of ${event.epoch} in ${this.epoch}`);
    const adoption = staged.adopt(event, this.#input.history.committedZxid);
    this.#newLeader = event;
    this.#lastZxid = staged.lastZxid;
    this.#uncommitted.reset(staged.lastZxid);
    return [adoption];
  }

  acknowledgeNewLeader(): Effect[] {
    this.#isAdopted = true;
    this.#heardOnStreamMs = this.#nowMs;
    this.#staged = undefined;
    const effects: Effect[] = [this.#send({ type: 'ACKNEWLEADER', epoch: this.epoch })];
    for (const event of this.#held.release()) effects.push(...this.#live(event));
    return effects;
  }

  /** Everything up to the end of what was synchronized is committed by now (the leader waits for it). */
  replay(event: Heard<'UPTODATE'>): Effect[] {
    const through = this.#newLeader?.lastZxid ?? 0;
    invariant(event.committedZxid >= through, 'UPTODATE before the history is committed');
    this.#upToDate = through;
    this.#announced = Math.max(this.#announced, event.committedZxid);
    return [{ type: 'replay', by: 'follower', through }];
  }

  hasReplayed(through: Zxid): boolean {
    return through === this.#upToDate;
  }

  activate(): Effect[] {
    this.#isActive = true;
    this.#committed = this.#upToDate ?? 0;
    return [
      note('info', `following member ${this.leader} in epoch ${this.epoch}`, {
        lastZxid: hex(this.#lastZxid),
      }),
      tellMember({ type: 'ESTABLISHED', epoch: this.epoch }),
      ...this.#deliverCommitted(),
    ];
  }

  // --- broadcast (reference §11.5)

  hearBroadcast(event: Broadcast): Effect[] {
    if (event.from !== this.leader || event.stream !== this.epoch) return [];
    this.#heardOnStreamMs = this.#nowMs;
    this.#held.heard(event.sequence);
    if (this.#isAdopted) return this.#live(event);
    this.#held.hold(event);
    return [];
  }

  /**
   * Whether messages are missing between the one that NEWLEADER named and the first one seen. From there on
   * the link itself vouches for having them all.
   */
  get hasMissedProposals(): boolean {
    const from = this.#newLeader?.sequence;
    return from !== undefined && this.#held.firstSequence > from + 1;
  }

  /** The same for the first message of all, when it comes only after NEWLEADER. */
  startsWithHole(event: FollowerEvent): boolean {
    const from = this.#newLeader?.sequence;
    if (event.type !== 'BROADCAST' || from === undefined || this.#held.firstSequence > 0)
      return false;
    return event.from === this.leader && event.stream === this.epoch && event.sequence > from + 1;
  }

  #live(event: Broadcast): Effect[] {
    const from = this.#newLeader?.sequence;
    invariant(from !== undefined, 'live messages before NEWLEADER');
    if (event.sequence <= from) return [];
    return this.#hear(event.message);
  }

  #hear(message: StreamMessage): Effect[] {
    switch (message.type) {
      case 'PROPOSAL':
        return this.#accept(message.run);
      case 'COMMIT':
        invariant(
          message.zxid <= this.#lastZxid,
          () => `commit of ${hex(message.zxid)}, but proposals end at ${hex(this.#lastZxid)}`,
        );
        this.#announced = Math.max(this.#announced, message.zxid);
        return this.#deliverCommitted();
      case 'PING':
        return this.#hearPing(message);
    }
  }

  /** A round that is new waits for its answer; one that is not is a heartbeat, and hears of this member with the next beat. */
  #hearPing({ round, zxid, digest }: Extract<StreamMessage, { type: 'PING' }>): Effect[] {
    const pong = round > this.#round ? [this.#pong(round)] : [];
    return [...pong, { type: 'compareDigest', zxid, digest }];
  }

  #accept(run: RecordRun): Effect[] {
    invariant(
      follows(this.#lastZxid, run.firstZxid) && epochOf(run.firstZxid) === this.epoch,
      () => `proposal ${hex(run.firstZxid)} does not follow ${hex(this.#lastZxid)}`,
    );
    this.#lastZxid = run.lastZxid;
    this.#uncommitted.add(run);
    return [
      {
        type: 'tell',
        to: 'logger',
        event: { type: 'APPEND', run, committedZxid: this.#committed, owner: 'follower' },
      },
      ...this.#deliverCommitted(),
    ];
  }

  /**
   * Flushed: only now may it be acknowledged (reference §13.2). Requests go ahead of it: what the acknowledgement commits
   * makes room for the next batch, and they are to be in that.
   */
  acknowledge(zxid: Zxid): Effect[] {
    this.#acknowledged = zxid;
    return [...this.#forward(), this.#send({ type: 'ACK', zxid })];
  }

  /** UPTODATE travels on the link, proposals on the stream: it may tell of a commit before they are here. */
  #deliverCommitted(): Effect[] {
    const reached = Math.min(this.#announced, this.#lastZxid);
    if (!this.#isActive || reached <= this.#committed) return [];
    this.#committed = reached;
    return [
      { type: 'deliver', txns: this.#uncommitted.take(this.#committed) },
      ...(this.#owesAcknowledgement ? [] : this.#forward()),
    ];
  }

  /** What else is asked of the leader is asked behind the requests. */
  submit(message: Extract<LinkMessage, { type: 'REQUEST' | 'SYNC' | 'REVALIDATE' }>): Effect[] {
    if (message.type !== 'REQUEST') return [...this.#forward(), this.#send(message)];
    this.#requests.add(message.requests);
    return this.#owesAcknowledgement && !this.#requests.areWorthABatch ? [] : this.#forward();
  }

  /** Not of what the others have committed: a disk that hangs keeps no client waiting. */
  get #owesAcknowledgement(): boolean {
    return this.#lastZxid > this.#acknowledged && this.#lastZxid > this.#committed;
  }

  #forward(): Effect[] {
    return this.#requests.release().map((message) => this.#send(message));
  }

  /**
   * A learner that waits, or whose disk is slow, is alive all the same: the leader has to hear it. The probe and the PONG
   * are one message on the bus.
   */
  beat(touched: readonly number[]): Effect[] {
    return [{ type: 'probe', peer: this.leader }, this.#pong(this.#round, touched)];
  }

  #pong(round: number, touched: readonly number[] = []): Effect {
    this.#round = round;
    return this.#send({ type: 'PONG', round, touched });
  }

  #send(message: LinkMessage): Effect {
    return { type: 'send', peer: this.leader, link: this.link, message };
  }
}
