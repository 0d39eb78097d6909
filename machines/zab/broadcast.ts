import { type Effect, note } from '../effect.ts';
import { invariant } from '../invariant.ts';
import { SessionTracker } from '../session/expiry.ts';
import type { Txn } from '../znode/txn.ts';
import { BATCH_WORTH } from './batch-worth.ts';
import type { LeaderStream } from './leader-stream.ts';
import type { Learner } from './learner.ts';
import type { Learners } from './learners.ts';
import type { ForwardedRequest, RecordRun } from './message.ts';
import { ProposalTimes } from './proposal-times.ts';
import { Proposals } from './proposals.ts';
import { Reaper, type ReapingOptions } from './reaper.ts';
import type { ReplicatedState } from './replicated-state.ts';
import { ReturningClients } from './returning-clients.ts';
import { COUNTER_MAX, counterOf, epochOf, hex, type Zxid, zxidOf } from './zxid.ts';

export interface BroadcastInput {
  readonly state: ReplicatedState;
  /** A learner silent for that long is lost. */
  readonly silenceMs: number;
  /** An epoch that is not established by then is given up, and so is a disk that has not written by then. */
  readonly establishMs: number;
  /** Width of a session expiry bucket. */
  readonly expiryIntervalMs: number;
  readonly reaping: ReapingOptions;
  /** An epoch whose counter has come so far is given up; near its end unless given, for whoever cannot wait for that. */
  readonly counterLimit?: number | undefined;
  /** Requests that are proposed without waiting for the batch before; some dozens unless given. */
  readonly batchWorth?: number | undefined;
}

/**
 * How long requests wait for clients that come back at once, ms. As long as a batch takes on a quiet machine: it costs
 * nobody more than to have come just behind one.
 */
const PATIENCE_MS = 2;

/** Of the counter: the rest is room for what is under way. */
const COUNTER_LIMIT = COUNTER_MAX - 2 ** 20;

interface Gathered {
  readonly requests: readonly ForwardedRequest[];
  readonly from: number;
  readonly wallMs: number;
}

/** What an established leader proposes and commits (reference §11.5), and the sessions it keeps alive (§9.1). */
export class Broadcast {
  readonly #input: BroadcastInput;
  readonly #learners: Learners;
  readonly #stream: LeaderStream;
  readonly #proposals = new Proposals();
  readonly #times = new ProposalTimes();
  readonly #tracker: SessionTracker;
  readonly #reaper: Reaper;
  readonly #returning = new ReturningClients();
  /** In the order in which they came; proposed when they are a batch, or nothing else is under way. */
  #gathered: Gathered[] = [];
  #gatheredCount = 0;
  /** The last proposal behind which requests wait for clients that come back. */
  #waitsAfter: Zxid | undefined;
  #isConfigSettled = false;
  #lastProposed: Zxid;
  #committed: Zxid;
  #flushed: Zxid;

  /** @param history end of the history that the epoch begins with: all of it durable here, and committed */
  constructor(
    input: BroadcastInput,
    learners: Learners,
    stream: LeaderStream,
    history: Zxid,
    nowMs: number,
  ) {
    this.#input = input;
    this.#learners = learners;
    this.#stream = stream;
    this.#lastProposed = history;
    this.#committed = history;
    this.#flushed = history;
    input.state.startPreparing();
    this.#reaper = new Reaper(input.reaping, input.state, nowMs);
    // A new leader gives every session its full time afresh (reference §9.1).
    this.#tracker = new SessionTracker(input.expiryIntervalMs, nowMs);
    for (const [id, timeoutMs] of input.state.sessions()) this.#tracker.track(id, timeoutMs, nowMs);
  }

  get lastProposed(): Zxid {
    return this.#lastProposed;
  }
  get committed(): Zxid {
    return this.#committed;
  }
  get outstanding(): number {
    return this.#proposals.outstanding + this.#gatheredCount;
  }
  /** Ends of buckets on the leader's running time, with the sessions that end there. */
  get sessionExpiry(): (readonly [timeMs: number, sessionIds: readonly number[]])[] {
    return this.#tracker.expiry;
  }
  get sessionCount(): number {
    return this.#tracker.size;
  }

  /** The counter of this epoch is used up: the next txn needs a new one. */
  get isExhausted(): boolean {
    const last = this.#lastProposed;
    const { counterLimit = COUNTER_LIMIT } = this.#input;
    return epochOf(last) === this.#stream.epoch && counterOf(last) >= counterLimit;
  }

  /** Takes requests in, and proposes them with the others that wait once that is worth it (group commit, reference §13.2). */
  propose(
    requests: readonly ForwardedRequest[],
    from: number,
    wallMs: number,
    nowMs: number,
  ): Effect[] {
    this.#gathered.push({ requests, from, wallMs });
    this.#gatheredCount += requests.length;
    this.#returning.asked(requests, this.#isBusy);
    return this.#proposeIfWorth(nowMs);
  }

  /** A batch is under way. */
  get #isBusy(): boolean {
    return this.#committed !== this.#lastProposed;
  }

  #proposeIfWorth(nowMs: number): Effect[] {
    if (this.#gatheredCount === 0) return [];
    const { batchWorth = BATCH_WORTH } = this.#input;
    if (this.#gatheredCount >= batchWorth) return this.proposeGathered(nowMs);
    if (this.#isBusy) return [];
    return this.#returning.areExpected ? this.#wait() : this.proposeGathered(nowMs);
  }

  #wait(): Effect[] {
    const after = this.#lastProposed;
    if (this.#waitsAfter === after) return [];
    this.#waitsAfter = after;
    return [{ type: 'remind', afterMs: PATIENCE_MS, event: { type: 'WAITED', after } }];
  }

  /** @param after the last proposal when the wait began; whatever was proposed since has ended it */
  waited(after: Zxid, nowMs: number): Effect[] {
    if (after !== this.#lastProposed || this.#isBusy) return [];
    this.#returning.giveUp();
    return this.proposeGathered(nowMs);
  }

  /** All that waits, at once: whatever is asked now is asked behind it. */
  proposeGathered(nowMs: number): Effect[] {
    const gathered = this.#gathered;
    if (gathered.length === 0) return [];
    this.#gathered = [];
    this.#gatheredCount = 0;
    const txns: Txn[] = [];
    for (const { requests, from, wallMs } of gathered) {
      for (const request of requests) {
        txns.push(this.#input.state.prepare(request, from, this.#nextZxid(), wallMs));
      }
    }
    return this.#propose(txns, nowMs);
  }

  #nextZxid(): Zxid {
    const { epoch } = this.#stream;
    const last = this.#lastProposed;
    this.#lastProposed = epochOf(last) === epoch ? last + 1 : zxidOf(epoch, 1);
    return this.#lastProposed;
  }

  #propose(txns: readonly Txn[], nowMs: number): Effect[] {
    if (txns.length === 0) return [];
    for (const { body, sessionId } of txns) {
      if (body.type === 'createSession') this.#tracker.track(sessionId, body.timeoutMs, nowMs);
      else if (body.type === 'closeSession') this.#tracker.remove(sessionId);
    }
    const run = this.#input.state.encode(txns);
    this.#proposals.add(txns, run);
    this.#times.add(run.lastZxid, nowMs);
    return [
      {
        type: 'tell',
        to: 'logger',
        event: { type: 'APPEND', run, committedZxid: this.#committed, owner: 'leader' },
      },
      this.#stream.publish({ type: 'PROPOSAL', run }),
    ];
  }

  /**
   * The config node, once in an epoch, where it tells of other members than this leader's own settings do: the members
   * of one epoch need not be those of the last.
   */
  #proposeConfig(wallMs: number, nowMs: number): Effect[] {
    if (this.#isConfigSettled) return [];
    this.#isConfigSettled = true;
    const { state } = this.#input;
    if (!state.hasNewConfig) return [];
    return this.#propose([state.prepareConfig(this.#nextZxid(), wallMs)], nowMs);
  }

  /** What was proposed and may not be on the leader's disk yet, after `through`. */
  inMemoryAfter(through: Zxid): RecordRun[] {
    return this.#proposals.after(through);
  }

  /** The leader's own acknowledgement: only its own flush counts (reference §11.5). */
  flushed(zxid: Zxid): void {
    invariant(zxid > this.#flushed, () => `flushed ${hex(zxid)} after ${hex(this.#flushed)}`);
    this.#flushed = zxid;
  }

  /** The leader's own disk takes nothing any more: what waits for it would only grow (reference §11.5). */
  isOwnDiskLate(nowMs: number): boolean {
    return nowMs - (this.#times.oldestAfter(this.#flushed) ?? nowMs) > this.#input.establishMs;
  }

  /** The same for the disk of a learner, which owes acknowledgements since it is synchronized. */
  isDiskLate({ isSynced, acked, syncedMs }: Learner, nowMs: number): boolean {
    const proposedMs = this.#times.oldestAfter(acked) ?? nowMs;
    return isSynced && nowMs - Math.max(proposedMs, syncedMs) > this.#input.establishMs;
  }

  /** What time brings: sessions of the leader's own clients were heard, others end, nodes have had their time. */
  beat(touched: readonly number[], wallMs: number, nowMs: number): Effect[] {
    this.#releaseTimes();
    this.touch(touched, nowMs);
    return [
      ...this.proposeGathered(nowMs),
      ...this.#proposeConfig(wallMs, nowMs),
      ...this.#expireSessions(wallMs, nowMs),
      ...this.#reap(wallMs, nowMs),
    ];
  }

  /** Forgets the times of what is on the disks of all learners that are synchronized, and on the leader's. */
  #releaseTimes(): void {
    let everywhere = this.#flushed;
    for (const learner of this.#learners) {
      if (learner.isSynced) everywhere = Math.min(everywhere, learner.acked);
    }
    this.#times.release(everywhere);
  }

  /** Commits, in order, what a quorum has on its disks; what has waited for that is proposed. */
  commitReached(nowMs: number): Effect[] {
    const reached = this.#learners.ackedByQuorum(this.#flushed);
    const effects: Effect[] = [];
    if (reached > this.#committed) {
      invariant(
        reached <= this.#lastProposed,
        () => `acknowledged ${hex(reached)} was never proposed`,
      );
      this.#committed = reached;
      effects.push(this.#stream.publish({ type: 'COMMIT', zxid: reached }));
      const txns = this.#proposals.take(reached);
      this.#returning.answered(txns);
      effects.push({ type: 'deliver', txns });
    }
    this.#proposals.release(Math.min(this.#committed, this.#flushed));
    effects.push(...this.#proposeIfWorth(nowMs));
    return effects;
  }

  // --- sessions

  touch(sessionIds: readonly number[], nowMs: number): void {
    for (const sessionId of sessionIds) this.#tracker.touch(sessionId, nowMs);
  }

  /** A session's client has come to `member`; `false` if there is no such session, or not with that password. */
  revalidate(
    session: {
      readonly sessionId: number;
      readonly timeoutMs: number;
      readonly password: Uint8Array;
    },
    member: number,
    nowMs: number,
  ): boolean {
    const { sessionId, timeoutMs, password } = session;
    const valid = this.#input.state.revalidate(sessionId, password, member);
    if (valid) this.#tracker.track(sessionId, timeoutMs, nowMs);
    return valid;
  }

  /** The member has lost its clients: their sessions get their time afresh to move elsewhere. */
  memberDropped(member: number, nowMs: number): void {
    for (const sessionId of this.#tracker.sessionIds()) {
      if (this.#input.state.ownerOf(sessionId) === member) this.#tracker.touch(sessionId, nowMs);
    }
  }

  /**
   * A session whose own server is not heard from is not expired: its client may well be there.
   */
  #expireSessions(wallMs: number, nowMs: number): Effect[] {
    const { state, silenceMs } = this.#input;
    const txns: Txn[] = [];
    for (const sessionId of this.#tracker.due(nowMs)) {
      const owner = state.ownerOf(sessionId);
      const learner = owner === undefined ? undefined : this.#learners.get(owner);
      if (learner !== undefined && nowMs - learner.lastHeardMs > silenceMs / 4) {
        this.#tracker.touch(sessionId, nowMs);
        continue;
      }
      txns.push(state.prepareExpiry(sessionId, this.#nextZxid(), wallMs));
    }
    if (txns.length === 0) return [];
    const expired = txns.map((txn) => hex(txn.sessionId)).join(' ');
    return [note('info', `sessions expired: ${expired}`), ...this.#propose(txns, nowMs)];
  }

  /** Deletes containers and TTL nodes whose time has come (reference §9.8). */
  #reap(wallMs: number, nowMs: number): Effect[] {
    const { state } = this.#input;
    const paths = this.#reaper.due(wallMs, nowMs);
    const txns = paths.map((path) => state.prepareReaping(path, this.#nextZxid(), wallMs));
    return this.#propose(txns, nowMs);
  }
}
