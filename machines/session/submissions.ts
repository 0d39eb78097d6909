import { Opcode } from '../jute/opcode.ts';
import type { ForwardedRequest } from '../zab/message.ts';

/** What a member hands to the leader at the end of a turn. */
export interface HandOver {
  readonly requests: readonly ForwardedRequest[];
  /** One SYNC for all clients that asked in this turn. */
  readonly syncRequestId: number | undefined;
}

/** Gathers the requests of one turn, and numbers them. */
export class Submissions {
  #nextRequestId: number;
  #requests: ForwardedRequest[] = [];
  #syncRequestId: number | undefined;

  /** @param firstRequestId later ones count up; none of them was used by this member before */
  constructor(firstRequestId: number) {
    this.#nextRequestId = firstRequestId;
  }

  nextRequestId(): number {
    return this.#nextRequestId++;
  }

  add(request: Omit<ForwardedRequest, 'requestId'>): number {
    const requestId = this.nextRequestId();
    const { sessionId, isLocal = false, cxid, opcode, identities, body } = request;
    this.#requests.push({ requestId, sessionId, isLocal, cxid, opcode, identities, body });
    return requestId;
  }

  /**
   * The body of a createSession is a member's own: timeout and password.
   *
   * @param sessionId of the local session that becomes global; 0 for a new one
   */
  addCreateSession(timeoutMs: number, password: Uint8Array, sessionId: number): number {
    const body = Buffer.alloc(8 + password.length);
    body.writeInt32BE(timeoutMs, 0);
    body.writeInt32BE(password.length, 4);
    body.set(password, 8);
    return this.add({ sessionId, cxid: 0, opcode: Opcode.createSession, identities: [], body });
  }

  addSync(): number {
    this.#syncRequestId ??= this.nextRequestId();
    return this.#syncRequestId;
  }

  take(): HandOver | undefined {
    if (this.#requests.length === 0 && this.#syncRequestId === undefined) return undefined;
    const handOver = { requests: this.#requests, syncRequestId: this.#syncRequestId };
    this.clear();
    return handOver;
  }

  clear(): void {
    this.#requests = [];
    this.#syncRequestId = undefined;
  }
}
