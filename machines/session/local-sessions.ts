import { sameBytes } from '../same-bytes.ts';
import { SessionTracker } from './expiry.ts';
import { LocalSessionIds } from './local-session-ids.ts';

/** A session that only the member knows that accepted it (reference §9.5, §9.7). */
export interface LocalSession {
  readonly sessionId: number;
  readonly timeoutMs: number;
  readonly password: Uint8Array;
  /** Made while the member had no leader: it ends when there is one. */
  readonly isReadOnly: boolean;
  /** The leader was asked to make it global: from then on it is the leader's affair. */
  readonly isUpgrading: boolean;
}

interface Held extends LocalSession {
  timeoutMs: number;
  isUpgrading: boolean;
  heardMs: number;
}

export interface LocalSessionsOptions {
  readonly member: number;
  readonly incarnation: number;
  /** Whether new sessions are local while there is a leader. */
  readonly isEnabled: boolean;
  /** Whether an ephemeral makes a local session global; else it is refused (reference §9.5). */
  readonly isUpgrading: boolean;
  /** Width of an expiry bucket. */
  readonly expiryIntervalMs: number;
  /** The time that the member lived: a stall of its own expires nobody. */
  readonly livedMs: () => number;
}

/** What the member itself can say of a session without a leader: `unknown` is one that may be global. */
export type SessionKnowledge = 'local' | 'over' | 'unknown';

/**
 * The local sessions of a member: made, kept alive and expired here, without a txn. They outlive the loss of a leader, and end
 * with the process.
 */
export class LocalSessions {
  readonly #options: LocalSessionsOptions;
  readonly #ids: LocalSessionIds;
  readonly #tracker: SessionTracker;
  readonly #sessions = new Map<number, Held>();

  constructor(options: LocalSessionsOptions) {
    this.#options = options;
    this.#ids = new LocalSessionIds(options.member, options.incarnation);
    this.#tracker = new SessionTracker(options.expiryIntervalMs, options.livedMs());
  }

  get size(): number {
    return this.#sessions.size;
  }

  /** Whether there are such sessions here at all; without a leader there may be some all the same. */
  get areThere(): boolean {
    return this.#options.isEnabled || this.size > 0;
  }

  /** Ends of buckets on the member's lived time, soonest first, with the sessions that end there. */
  get expiry(): (readonly [timeMs: number, sessionIds: readonly number[]])[] {
    return this.#tracker.expiry;
  }

  /** Whether a new client gets a local session. A member without a leader has no other (reference §9.7). */
  takesNew(isReadOnly: boolean): boolean {
    return (this.#options.isEnabled || isReadOnly) && !this.#ids.isUsedUp;
  }

  /** Whether a session becomes global with its first ephemeral. */
  get upgrades(): boolean {
    return this.#options.isUpgrading;
  }

  get(sessionId: number): LocalSession | undefined {
    return this.#sessions.get(sessionId);
  }

  /** @param isGlobal whether the member's own copy of the tree has it */
  knowledgeOf(sessionId: number, isGlobal: boolean): SessionKnowledge {
    const session = this.#sessions.get(sessionId);
    if (session !== undefined) return session.isUpgrading ? 'unknown' : 'local';
    return this.#ids.hasGiven(sessionId) && !isGlobal ? 'over' : 'unknown';
  }

  create(timeoutMs: number, password: Uint8Array, isReadOnly: boolean): LocalSession {
    const sessionId = this.#ids.next();
    const heardMs = this.#options.livedMs();
    const session = { sessionId, timeoutMs, password, isReadOnly, isUpgrading: false, heardMs };
    this.#sessions.set(sessionId, session);
    this.#tracker.track(sessionId, timeoutMs, heardMs);
    return session;
  }

  /** Its client is back, with a timeout that may be another; false where it is not the session's. */
  revive(sessionId: number, password: Uint8Array, timeoutMs: number): boolean {
    const session = this.#sessions.get(sessionId);
    if (session === undefined || session.isUpgrading) return false;
    if (!sameBytes(session.password, password)) return false;
    session.timeoutMs = timeoutMs;
    session.heardMs = this.#options.livedMs();
    this.#tracker.track(sessionId, timeoutMs, session.heardMs);
    return true;
  }

  touch(sessionId: number): void {
    const session = this.#sessions.get(sessionId);
    if (session === undefined) return;
    session.heardMs = this.#options.livedMs();
    this.#tracker.touch(sessionId, session.heardMs);
  }

  close(sessionId: number): void {
    this.#sessions.delete(sessionId);
    this.#tracker.remove(sessionId);
  }

  /** Ends those whose clients were not heard from for their timeout, and gives their ids. */
  expire(): number[] {
    const due = this.#tracker.due(this.#options.livedMs());
    for (const sessionId of due) this.close(sessionId);
    return due;
  }

  // --- upgrade

  /** The leader is asked to make it global; from now on the leader expires it. */
  beginUpgrade(sessionId: number): void {
    const session = this.#sessions.get(sessionId);
    if (session === undefined) return;
    session.isUpgrading = true;
    this.#tracker.remove(sessionId);
  }

  /** It is global now. */
  upgraded(sessionId: number): void {
    this.#sessions.delete(sessionId);
  }

  /**
   * The member serves again, and its tree has all that was committed before: an upgrade that was under way when it lost its
   * leader has happened, or never will.
   */
  settle(isGlobal: (sessionId: number) => boolean): void {
    const nowMs = this.#options.livedMs();
    for (const session of this.#sessions.values()) {
      if (!session.isUpgrading) continue;
      const { sessionId, timeoutMs, heardMs } = session;
      if (isGlobal(sessionId)) this.upgraded(sessionId);
      else {
        session.isUpgrading = false;
        this.#tracker.track(sessionId, timeoutMs, Math.max(heardMs, nowMs - timeoutMs));
      }
    }
  }

  /** There may be a leader again: what was made without one is over. */
  endReadOnly(): void {
    for (const { sessionId, isReadOnly } of this.#sessions.values()) {
      if (isReadOnly) this.close(sessionId);
    }
  }
}
