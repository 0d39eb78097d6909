import { ErrorCode } from '../jute/error-code.ts';
import type { Zxid } from '../zab/zxid.ts';
import type { DataTree } from './tree.ts';

interface Opening {
  readonly zxid: Zxid;
  readonly password: Uint8Array;
}

/**
 * Whether a session may still write, and through which member: what the leader knows of the sessions
 * beyond the tree (reference §9.4). A leader starts it empty, and takes the first member that asks for a
 * session as its owner.
 */
export class SessionGate {
  readonly #tree: DataTree;
  readonly #owners = new Map<number, number>();
  /** Prepared and not yet applied, with the txn that does it. Insertion order is zxid order. */
  readonly #opening = new Map<number, Opening>();
  readonly #closing = new Map<number, Zxid>();

  constructor(tree: DataTree) {
    this.#tree = tree;
  }

  owner(sessionId: number): number | undefined {
    return this.#owners.get(sessionId);
  }

  /** Of a session that is not open nothing is kept. */
  setOwner(sessionId: number, member: number): void {
    if (this.isOpen(sessionId)) this.#owners.set(sessionId, member);
  }

  isOpen(sessionId: number): boolean {
    if (this.#closing.size !== 0 && this.#closing.has(sessionId)) return false;
    return this.isKnown(sessionId);
  }

  /** `undefined` where a write through `member` is in order. */
  check(sessionId: number, member: number): ErrorCode | undefined {
    if (!this.isOpen(sessionId)) return ErrorCode.sessionExpired;
    const owner = this.#owners.get(sessionId);
    if (owner === undefined) this.#owners.set(sessionId, member);
    else if (owner !== member) return ErrorCode.sessionMoved;
    return undefined;
  }

  /** Whether there is such a session, or was one a moment ago. */
  isKnown(sessionId: number): boolean {
    return this.#tree.sessions.has(sessionId) || this.#opening.has(sessionId);
  }

  /**
   * Of a session that is open. One that was local is presented by its client while the txn that makes it global is under way;
   * the id of any other is not known before that is applied.
   */
  passwordOf(sessionId: number): Uint8Array | undefined {
    if (!this.isOpen(sessionId)) return undefined;
    return (this.#tree.sessions.get(sessionId) ?? this.#opening.get(sessionId))?.password;
  }

  opened(sessionId: number, password: Uint8Array, member: number, zxid: Zxid): void {
    this.#opening.set(sessionId, { zxid, password });
    this.#owners.set(sessionId, member);
  }

  closed(sessionId: number, zxid: Zxid): void {
    this.#closing.set(sessionId, zxid);
    this.#owners.delete(sessionId);
  }

  /** The tree has applied everything up to `zxid`, and answers for it. */
  settle(zxid: Zxid): void {
    dropThrough(this.#opening, zxid, (opening) => opening.zxid);
    dropThrough(this.#closing, zxid, (closing) => closing);
  }

  clear(): void {
    this.#owners.clear();
    this.#opening.clear();
    this.#closing.clear();
  }
}

function dropThrough<T>(sessions: Map<number, T>, zxid: Zxid, zxidOf: (entry: T) => Zxid): void {
  if (sessions.size === 0) return;
  for (const [sessionId, by] of sessions) {
    if (zxidOf(by) > zxid) return;
    sessions.delete(sessionId);
  }
}
