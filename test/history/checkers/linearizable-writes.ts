import { isDeepStrictEqual } from 'node:util';
import { BETWEEN_MEMBERS, type Checker } from '../checker.ts';
import type { HistoryEvent } from '../event.ts';
import { CODE } from '../model/code.ts';
import type { CommittedTxn } from '../model/committed-txn.ts';
import type { HistoryRecord } from '../model/history-record.ts';
import { type Invocation, refusalAtMember, wordsOf } from '../model/invocation.ts';
import { isWrite } from '../request.ts';
import { zxidText } from '../zxid-text.ts';

type Reply = Extract<HistoryEvent, { type: 'reply' }>;

/**
 * Every write takes effect at one moment between request and reply, its zxid, and its client is told what came of it
 * there. What anybody was shown before a write or a sync was sent is behind it.
 */
export class LinearizableWrites implements Checker {
  readonly name = 'linearizable writes';
  readonly ignores = BETWEEN_MEMBERS;
  readonly #record: HistoryRecord;
  /** By connection: what a sync promised to those who ask on it. A session that has moved may still hear its old one. */
  readonly #synced = new Map<number, number>();

  constructor(record: HistoryRecord) {
    this.#record = record;
  }

  see(event: HistoryEvent): string | undefined {
    for (const txn of this.#record.fresh) {
      const broken = outOfTime(txn);
      if (broken !== undefined) return broken;
    }
    const invocation = this.#record.answered?.invocation;
    if (event.type !== 'reply' || invocation === undefined) return undefined;
    if (isWrite(invocation.request)) return this.#written(event, invocation);
    return this.#read(event, invocation);
  }

  end(): undefined {
    return undefined;
  }

  #written(reply: Reply, invocation: Invocation): string | undefined {
    const txn = this.#record.txnOf(invocation);
    if (txn === undefined && this.#record.isLocalAffair(reply.connection, invocation)) {
      return undefined;
    }
    const told = () =>
      `${wordsOf(invocation)} was answered with ${reply.code} at ${zxidText(reply.zxid)}`;
    if (txn === undefined) {
      const refusal = refusalAtMember(invocation.request);
      if (refusal !== undefined && refusal === reply.code) return undefined;
      return `${told()}, and no txn of it is committed`;
    }
    // The connection ends instead (reference §1.7).
    if (txn.outcome.refusal === CODE.sessionMoved) {
      return `${told()}, and ${zxidText(txn.zxid)} refuses it because its session has moved`;
    }
    if (reply.zxid !== txn.zxid) return `${told()}, and its txn is ${zxidText(txn.zxid)}`;
    const { code, result } = txn.outcome;
    if (reply.code === code && isDeepStrictEqual(reply.result, result)) return undefined;
    return `${told()}: ${JSON.stringify(reply.result)}, and had to be ${code}: ${JSON.stringify(result)}`;
  }

  #read({ code, zxid, connection }: Reply, invocation: Invocation): string | undefined {
    if (zxid <= 0) return undefined;
    const { shownBefore, request } = invocation;
    const synced = this.#synced.get(connection) ?? 0;
    if (zxid < synced) {
      return `${wordsOf(invocation)} was answered at ${zxidText(zxid)}, and a sync had brought the connection to ${zxidText(synced)}`;
    }
    if (request.op !== 'sync' || code !== 0) return undefined;
    if (zxid < shownBefore) {
      return `${wordsOf(invocation)} was answered at ${zxidText(zxid)}, and ${zxidText(shownBefore)} had been shown before it was sent`;
    }
    this.#synced.set(connection, Math.max(synced, shownBefore));
    return undefined;
  }
}

function outOfTime({ zxid, invocation }: CommittedTxn): string | undefined {
  if (invocation === undefined || invocation.shownBefore < zxid) return undefined;
  const { shownBefore } = invocation;
  return `${wordsOf(invocation)} is committed at ${zxidText(zxid)}, and ${zxidText(shownBefore)} had been shown before it was sent`;
}
