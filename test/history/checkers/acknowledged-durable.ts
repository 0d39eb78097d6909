import { BETWEEN_MEMBERS, type Checker } from '../checker.ts';
import type { HistoryEvent } from '../event.ts';
import type { HistoryRecord } from '../model/history-record.ts';
import { type Invocation, wordsOf } from '../model/invocation.ts';
import { beganLocal } from '../model/local-session.ts';
import { isWrite } from '../request.ts';
import { zxidText } from '../zxid-text.ts';

interface Copy {
  isAlive: boolean;
  /** Where its tree is; `undefined` while it has said nothing since its start. */
  zxid: number | undefined;
}

interface Acknowledged {
  readonly zxid: number;
  /** In words, for whoever finds it lost. */
  readonly what: () => string;
}

/**
 * What a client was told is done is there for good: at the end every member that lives has delivered it, the very txn
 * that was acknowledged.
 */
export class AcknowledgedDurable implements Checker {
  readonly name = 'acknowledged durable';
  readonly ignores = BETWEEN_MEMBERS;
  readonly #record: HistoryRecord;
  readonly #members = new Map<number, Copy>();
  #newest: Acknowledged | undefined;

  constructor(record: HistoryRecord) {
    this.#record = record;
  }

  see(event: HistoryEvent): string | undefined {
    switch (event.type) {
      case 'started':
        this.#members.set(event.member, { isAlive: true, zxid: event.zxid });
        return undefined;
      case 'crashed':
      case 'wiped':
        this.#members.set(event.member, { isAlive: false, zxid: undefined });
        return undefined;
      case 'installed':
      case 'digest':
        this.#move(event.member, event.zxid);
        return undefined;
      case 'delivered':
        this.#move(event.member, event.zxid);
        return this.#sameTxn(event);
      case 'connected': {
        // A new session is acknowledged as well, and its id is the zxid that made it.
        if (event.resumed || beganLocal(event.session)) return undefined;
        const what = () => `session ${zxidText(event.session)} of connection ${event.connection}`;
        if (!this.#record.tree.sessions.has(event.session)) return `${what()} was never committed`;
        this.#acknowledge({ zxid: event.session, what });
        return undefined;
      }
      case 'reply': {
        const invocation = this.#record.answered?.invocation;
        if (invocation === undefined || !isWrite(invocation.request)) return undefined;
        if (this.#record.isLocalAffair(event.connection, invocation)) return undefined;
        // What was refused has its place in the order as well.
        this.#acknowledge({ zxid: event.zxid, what: () => wordsOf(invocation) });
        return event.code === 0 ? this.#uncommitted(event, invocation) : undefined;
      }
      case 'phase':
        return event.phase === 'end' ? this.#lost() : undefined;
      default:
        return undefined;
    }
  }

  end(): undefined {
    return undefined;
  }

  #move(member: number, zxid: number): void {
    const copy = this.#members.get(member);
    if (copy === undefined) this.#members.set(member, { isAlive: true, zxid });
    else copy.zxid = zxid;
  }

  #sameTxn(event: Extract<HistoryEvent, { type: 'delivered' }>): string | undefined {
    const { member, zxid, session, cxid, sum } = event;
    const txn = this.#record.txnAt(zxid);
    if (txn === undefined) return undefined;
    if (txn.session === session && txn.cxid === cxid && txn.sum === sum) return undefined;
    return `member ${member} delivered at ${zxidText(zxid)} the xid ${cxid} of session ${zxidText(session)}, and it was xid ${txn.cxid} of session ${zxidText(txn.session)} before`;
  }

  /** A txn that nobody has delivered, and another in its place: the members that agree do not have it. */
  #uncommitted(
    { zxid, session, xid }: Extract<HistoryEvent, { type: 'reply' }>,
    invocation: Invocation,
  ): string | undefined {
    const txn = this.#record.txnAt(zxid);
    if (txn?.session === session && txn.cxid === xid) return undefined;
    const there =
      txn === undefined ? 'nothing' : `xid ${txn.cxid} of session ${zxidText(txn.session)}`;
    return `${wordsOf(invocation)} was acknowledged at ${zxidText(zxid)}, and ${there} is delivered there`;
  }

  #acknowledge(acknowledged: Acknowledged): void {
    if (acknowledged.zxid > (this.#newest?.zxid ?? 0)) this.#newest = acknowledged;
  }

  #lost(): string | undefined {
    if (this.#newest === undefined) return undefined;
    const { zxid, what } = this.#newest;
    for (const [member, copy] of this.#members) {
      if (!copy.isAlive || (copy.zxid !== undefined && copy.zxid >= zxid)) continue;
      const where = copy.zxid === undefined ? 'nowhere' : `at ${zxidText(copy.zxid)}`;
      return `member ${member} is ${where}, and ${what()} was acknowledged at ${zxidText(zxid)}`;
    }
    return undefined;
  }
}
