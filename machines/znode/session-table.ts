import { InvariantViolation, invariant } from '../invariant.ts';
import type { SessionRecord } from './znode.ts';

/** A session of the table. Its set of ephemerals is copied before a change once a checkpoint may refer to it. */
class Session implements SessionRecord {
  readonly timeoutMs: number;
  readonly password: Uint8Array;
  #ephemerals: ReadonlySet<string>;
  /** The same set as `#ephemerals` while nobody else can see it. */
  #own: Set<string> | undefined;

  constructor(record: SessionRecord) {
    this.timeoutMs = record.timeoutMs;
    this.password = record.password;
    this.#ephemerals = record.ephemerals;
    this.#own = undefined;
  }

  get ephemerals(): ReadonlySet<string> {
    return this.#ephemerals;
  }

  writable(): Set<string> {
    if (this.#own === undefined) {
      this.#own = new Set(this.#ephemerals);
      this.#ephemerals = this.#own;
    }
    return this.#own;
  }

  share(): SessionRecord {
    this.#own = undefined;
    return { timeoutMs: this.timeoutMs, password: this.password, ephemerals: this.#ephemerals };
  }
}

const NO_EPHEMERALS: ReadonlySet<string> = new Set();

/** The replicated sessions, all in memory, and which of them changed since the last checkpoint. */
export class SessionTable {
  readonly #sessions = new Map<number, Session>();
  readonly #dirty = new Set<number>();

  constructor(sessions: Iterable<readonly [sessionId: number, record: SessionRecord]>) {
    for (const [sessionId, record] of sessions) this.#sessions.set(sessionId, new Session(record));
  }

  get size(): number {
    return this.#sessions.size;
  }

  get dirtyCount(): number {
    return this.#dirty.size;
  }

  get(sessionId: number): SessionRecord | undefined {
    return this.#sessions.get(sessionId);
  }

  has(sessionId: number): boolean {
    return this.#sessions.has(sessionId);
  }

  [Symbol.iterator](): IterableIterator<[sessionId: number, record: SessionRecord]> {
    return this.#sessions.entries();
  }

  open(sessionId: number, timeoutMs: number, password: Uint8Array): SessionRecord {
    invariant(!this.#sessions.has(sessionId), () => `session ${sessionId} exists already`);
    const session = new Session({ timeoutMs, password, ephemerals: NO_EPHEMERALS });
    this.#sessions.set(sessionId, session);
    this.#dirty.add(sessionId);
    return session;
  }

  close(sessionId: number): void {
    const session = this.#sessions.get(sessionId);
    invariant(session !== undefined, () => `session ${sessionId} is not there to be closed`);
    invariant(session.ephemerals.size === 0, () => `session ${sessionId} still owns ephemerals`);
    this.#sessions.delete(sessionId);
    this.#dirty.add(sessionId);
  }

  addEphemeral(sessionId: number, path: string): void {
    const session = this.#sessions.get(sessionId);
    if (session === undefined) {
      throw new InvariantViolation(`no session ${sessionId} to own ${path}`);
    }
    session.writable().add(path);
    this.#dirty.add(sessionId);
  }

  deleteEphemeral(sessionId: number, path: string): void {
    if (this.#sessions.get(sessionId)?.writable().delete(path) !== true) {
      throw new InvariantViolation(`session ${sessionId} does not own ${path}`);
    }
    this.#dirty.add(sessionId);
  }

  /** What changed since the last call, `null` for a session that is gone. */
  takeDirty(): Map<number, SessionRecord | null> {
    const records = new Map<number, SessionRecord | null>();
    for (const sessionId of this.#dirty) {
      records.set(sessionId, this.#sessions.get(sessionId)?.share() ?? null);
    }
    this.#dirty.clear();
    return records;
  }
}
