import { BETWEEN_MEMBERS, type Checker } from '../checker.ts';
import type { HistoryEvent } from '../event.ts';
import type { CommittedTxn } from '../model/committed-txn.ts';
import type { HistoryRecord } from '../model/history-record.ts';
import { type Invocation, refusalAtMember, wordsOf } from '../model/invocation.ts';
import { isWrite } from '../request.ts';
import { zxidText } from '../zxid-text.ts';

/**
 * A client's requests are carried out and answered in the order in which it sent them (reference §1.6): every
 * reply of a connection is the next one due, its writes are committed in order and without a gap, and what a session changes
 * is changed in the order of its xids.
 */
export class FifoClientOrder implements Checker {
  readonly name = 'FIFO client order';
  readonly ignores = BETWEEN_MEMBERS;
  readonly #record: HistoryRecord;
  /** By connection: writes that are not committed, in the order in which they were sent. */
  readonly #uncommitted = new Map<number, Invocation[]>();
  /** By session: the last write that was done. */
  readonly #done = new Map<number, CommittedTxn>();

  constructor(record: HistoryRecord) {
    this.#record = record;
  }

  see(event: HistoryEvent): string | undefined {
    if (event.type === 'invoke') this.#invoked(event.connection);
    for (const txn of this.#record.fresh) {
      const broken = this.#committed(txn);
      if (broken !== undefined) return broken;
    }
    return event.type === 'reply' ? this.#replied(event.connection, event.xid) : undefined;
  }

  end(): undefined {
    return undefined;
  }

  #invoked(connection: number): void {
    const invocation = this.#record.connection(connection).outstanding.at(-1);
    if (invocation === undefined || !isWrite(invocation.request)) return;
    if (refusalAtMember(invocation.request) !== undefined) return;
    const writes = this.#uncommitted.get(connection);
    if (writes === undefined) this.#uncommitted.set(connection, [invocation]);
    else writes.push(invocation);
  }

  #committed(txn: CommittedTxn): string | undefined {
    const { invocation, session, cxid, zxid, outcome } = txn;
    if (invocation === undefined) return undefined;
    const writes = this.#uncommitted.get(invocation.connection) ?? [];
    const first = writes[0];
    if (refusalAtMember(invocation.request) === undefined) {
      if (first !== invocation) {
        const due = first === undefined ? 'nothing' : wordsOf(first);
        return `${zxidText(zxid)} commits ${wordsOf(invocation)}, and ${due} was due before it`;
      }
      writes.shift();
    }
    if (outcome.refusal !== 0) return undefined;
    const before = this.#done.get(session);
    // Whoever asks for the end of its session and moves gets it, wherever it is: the last word needs no owner.
    if (invocation.request.op === 'closeSession') return undefined;
    if (before !== undefined && before.cxid >= cxid) {
      return `session ${zxidText(session)} has its xid ${cxid} done at ${zxidText(zxid)}, behind xid ${before.cxid} at ${zxidText(before.zxid)}`;
    }
    this.#done.set(session, txn);
    return undefined;
  }

  #replied(connection: number, xid: number): string | undefined {
    const { answered } = this.#record;
    if (answered === undefined) {
      return `connection ${connection} was told a reply with xid ${xid}, for which no request waits`;
    }
    if (answered.isNext) return undefined;
    return `${wordsOf(answered.invocation)} was answered before ${wordsOf(answered.next)}, which was sent before it`;
  }
}
