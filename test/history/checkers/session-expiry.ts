import { BETWEEN_MEMBERS, type Checker } from '../checker.ts';
import type { HistoryEvent } from '../event.ts';
import type { HistoryRecord } from '../model/history-record.ts';
import { wordsOf } from '../model/invocation.ts';
import { isWrite } from '../request.ts';
import { zxidText } from '../zxid-text.ts';

export interface ExpiryOptions {
  /**
   * How much sooner than its timeout a session may end, ms: its clocks may differ, and its own member tells the leader of it only now
   * and then (reference §9.1).
   */
  readonly allowanceMs: number;
  /** How long it may take until the end of a session that has been decided upon is committed, ms. */
  readonly commitMs?: number;
  /** How long a session may have been silent at the end and still be there, ms. */
  readonly silenceMs?: number;
}

interface Life {
  /** The least that any member has granted. */
  timeoutMs: number;
  /** When the last request that was answered had been sent. */
  heardMs: number;
  /** When its client was told of it: its time may have begun long before, if it was committed late. */
  grantedMs: number;
  /** When it was heard again after a silence for which it could have been expired. */
  backMs: number;
  /** When its client last said anything, answered or not. */
  spokeMs: number;
  closing: boolean;
}

const COMMIT_MS = 5000;

/** No session expires early, and a silent one expires at all; what has expired is not served (reference §9.1). */
export class SessionExpiry implements Checker {
  readonly name = 'session expiry';
  readonly ignores = BETWEEN_MEMBERS;
  readonly #record: HistoryRecord;
  readonly #options: ExpiryOptions;
  readonly #lives = new Map<number, Life>();

  constructor(record: HistoryRecord, options: ExpiryOptions) {
    this.#record = record;
    this.#options = options;
  }

  see(event: HistoryEvent): string | undefined {
    for (const { kind, session, cxid, zxid, atMs } of this.#record.fresh) {
      if (kind !== 'closeSession' || cxid !== 0) continue;
      // A session that its client has closed may be found silent as well, and is closed once more.
      if (this.#record.tree.sessions.get(session)?.closedZxid !== zxid) continue;
      const early = this.#tooEarly(session, atMs);
      const { commitMs = COMMIT_MS } = this.#options;
      const grantedMs = this.#lives.get(session)?.grantedMs ?? 0;
      if (early !== undefined && atMs - grantedMs > commitMs)
        return `${zxidText(zxid)} expires session ${zxidText(session)} ${early}`;
    }
    switch (event.type) {
      case 'connected': {
        const life = this.#life(event.session, event.atMs);
        life.timeoutMs = Math.min(life.timeoutMs, event.timeoutMs);
        life.spokeMs = event.atMs;
        if (!event.resumed) life.grantedMs = event.atMs;
        return undefined;
      }
      case 'invoke': {
        const life = this.#life(event.session, event.atMs);
        life.spokeMs = event.atMs;
        if (event.request.op === 'closeSession') life.closing = true;
        return undefined;
      }
      case 'reply':
        return this.#replied(event);
      case 'refused':
        return this.#refused(event);
      case 'phase':
        return event.phase === 'end' ? this.#outliving(event.atMs) : undefined;
      default:
        return undefined;
    }
  }

  end(): undefined {
    return undefined;
  }

  #life(session: number, atMs: number): Life {
    let life = this.#lives.get(session);
    if (life === undefined) {
      const granted = this.#record.tree.sessions.get(session)?.timeoutMs;
      const timeoutMs = granted ?? Number.POSITIVE_INFINITY;
      life = {
        timeoutMs,
        heardMs: atMs,
        grantedMs: Number.NEGATIVE_INFINITY,
        backMs: Number.NEGATIVE_INFINITY,
        spokeMs: atMs,
        closing: false,
      };
      this.#lives.set(session, life);
    }
    return life;
  }

  #tooEarly(session: number, atMs: number): string | undefined {
    const life = this.#lives.get(session);
    if (life === undefined) return undefined;
    const silentMs = atMs - life.heardMs;
    const { allowanceMs, commitMs = COMMIT_MS } = this.#options;
    if (silentMs >= life.timeoutMs - allowanceMs) return undefined;
    // Its member serves a session that is heard again until the end that was decided before is committed.
    if (atMs - life.backMs <= commitMs) return undefined;
    return `after ${silentMs} ms of silence, and its timeout is ${life.timeoutMs} ms (less ${allowanceMs} ms)`;
  }

  #replied({ session, zxid, code }: Extract<HistoryEvent, { type: 'reply' }>): string | undefined {
    const invocation = this.#record.answered?.invocation;
    if (invocation === undefined) return undefined;
    const life = this.#life(session, invocation.atMs);
    if (invocation.atMs - life.heardMs >= life.timeoutMs - this.#options.allowanceMs) {
      life.backMs = invocation.atMs;
    }
    life.heardMs = Math.max(life.heardMs, invocation.atMs);
    const { request } = invocation;
    if (code !== 0 || !isWrite(request) || request.op === 'closeSession') return undefined;
    const refusal = this.#record.txnOf(invocation)?.outcome.refusal;
    if (refusal !== undefined && refusal !== 0) return undefined;
    const closedZxid = this.#record.tree.sessions.get(session)?.closedZxid;
    if (closedZxid === undefined || zxid < closedZxid) return undefined;
    return `${wordsOf(invocation)} was done at ${zxidText(zxid)}, and the session was closed at ${zxidText(closedZxid)}`;
  }

  /** A leader that is about to close a session refuses it already: then it was due, or its client had asked for it. */
  #refused(event: Extract<HistoryEvent, { type: 'refused' }>): string | undefined {
    const { session, atMs } = event;
    if (!this.#record.localSessions.mustKnow(event)) return undefined;
    const known = this.#record.tree.sessions.get(session);
    if (known?.closedZxid !== undefined || this.#lives.get(session)?.closing) return undefined;
    const early = this.#tooEarly(session, atMs);
    if (early === undefined) return undefined;
    return `session ${zxidText(session)} was refused, is not closed, and would be ${early}`;
  }

  #outliving(atMs: number): string | undefined {
    const { silenceMs } = this.#options;
    if (silenceMs === undefined) return undefined;
    for (const [session, { openedZxid, closedZxid }] of this.#record.tree.sessions) {
      const madeMs = this.#record.txnAt(openedZxid)?.atMs ?? atMs;
      const silentMs = atMs - (this.#lives.get(session)?.spokeMs ?? madeMs);
      if (closedZxid !== undefined || silentMs <= silenceMs) continue;
      return `session ${zxidText(session)} is still there after ${silentMs} ms of silence, ${silenceMs} ms are the most`;
    }
    return undefined;
  }
}
