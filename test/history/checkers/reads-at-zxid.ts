import { isDeepStrictEqual } from 'node:util';
import { BETWEEN_MEMBERS, type Checker } from '../checker.ts';
import type { HistoryEvent } from '../event.ts';
import { CODE } from '../model/code.ts';
import type { HistoryRecord } from '../model/history-record.ts';
import { type Invocation, wordsOf } from '../model/invocation.ts';
import { type ReadAnswer, readAnswer } from '../model/read-answer.ts';
import type { ClientResult, MultiPartResult } from '../request.ts';
import { zxidText } from '../zxid-text.ts';

/** What a read is told is the tree as it was at the zxid that the reply names: all of one state, and the right one. */
export class ReadsAtZxid implements Checker {
  readonly name = 'reads at zxid';
  readonly ignores = BETWEEN_MEMBERS;
  readonly #record: HistoryRecord;

  constructor(record: HistoryRecord) {
    this.#record = record;
  }

  see(event: HistoryEvent): string | undefined {
    if (event.type !== 'reply' && event.type !== 'notified') return undefined;
    if (event.zxid > this.#record.lastZxid) {
      return `connection ${event.connection} was shown ${zxidText(event.zxid)}, and nothing behind ${zxidText(this.#record.lastZxid)} is committed`;
    }
    const invocation = this.#record.answered?.invocation;
    if (event.type !== 'reply' || invocation === undefined) return undefined;
    const expected = this.#expected(invocation, event.zxid);
    if (expected === undefined) return undefined;
    if (event.code === expected.code && isSame(event.result, expected.result)) return undefined;
    return (
      `${wordsOf(invocation)} was answered at ${zxidText(event.zxid)} with ${event.code}: ${JSON.stringify(event.result)}, ` +
      `and had to be ${expected.code}: ${JSON.stringify(expected.result)}`
    );
  }

  end(): undefined {
    return undefined;
  }

  #expected(invocation: Invocation, zxid: number): ReadAnswer | undefined {
    const { request } = invocation;
    switch (request.op) {
      case 'exists':
      case 'getData':
      case 'getAcl':
      case 'getChildren':
      case 'getChildren2':
      case 'setWatches':
      case 'getEphemerals':
      case 'getAllChildrenNumber':
      case 'multiRead':
        return readAnswer(request, invocation, this.#record.tree.versions, zxid);
      case 'sync':
        if (this.#record.connection(invocation.connection).isReadOnly) {
          return { code: CODE.notReadOnly, result: {} };
        }
        return { code: CODE.ok, result: { path: request.path } };
      case 'ping':
      case 'addWatch':
        return { code: CODE.ok, result: {} };
      case 'auth': {
        const isKnown = request.scheme === 'digest';
        return { code: isKnown ? CODE.ok : CODE.authFailed, result: {} };
      }
      default:
        return undefined;
    }
  }
}

function isSame(told: ClientResult, expected: ClientResult): boolean {
  return isDeepStrictEqual(sorted(told), sorted(expected));
}

function sorted(result: ClientResult): ClientResult {
  const { names, parts } = result;
  return {
    ...result,
    ...(names === undefined ? {} : { names: [...names].sort() }),
    ...(parts === undefined ? {} : { parts: parts.map(withSortedNames) }),
  };
}

function withSortedNames(part: MultiPartResult): MultiPartResult {
  return part.names === undefined ? part : { ...part, names: [...part.names].sort() };
}
