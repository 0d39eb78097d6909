import { BETWEEN_MEMBERS, type Checker } from '../checker.ts';
import type { HistoryEvent } from '../event.ts';
import { CODE } from '../model/code.ts';
import type { HistoryRecord } from '../model/history-record.ts';
import { wordsOf } from '../model/invocation.ts';
import type { ClientResult, MultiPartResult } from '../request.ts';
import { zxidText } from '../zxid-text.ts';

/**
 * The parts of a multi are all done or none (reference §3.5): its reply says one or the other for all of them, and of
 * one that failed nobody ever sees a trace.
 */
export class MultiAtomic implements Checker {
  readonly name = 'multi atomic';
  readonly ignores = BETWEEN_MEMBERS;
  readonly #record: HistoryRecord;
  /** zxids of multis that came to nothing. */
  readonly #failed = new Set<number>();

  constructor(record: HistoryRecord) {
    this.#record = record;
  }

  see(event: HistoryEvent): string | undefined {
    for (const { zxid, kind, outcome } of this.#record.fresh) {
      if (kind === 'multi' && outcome.refusal !== CODE.ok) this.#failed.add(zxid);
    }
    const invocation = this.#record.answered?.invocation;
    if (event.type !== 'reply' || invocation === undefined) return undefined;
    const { request } = invocation;
    if (request.op === 'multi' && event.code === CODE.ok) {
      const parts = event.result.parts ?? [];
      if (parts.length !== request.parts.length || !(isDone(parts) || isUndone(parts))) {
        return `${wordsOf(invocation)} of ${request.parts.length} parts was told ${JSON.stringify(parts)}: neither all nor nothing`;
      }
      if (!isDone(parts)) this.#failed.add(event.zxid);
    }
    const trace = zxidsIn(event.result).find((zxid) => this.#failed.has(zxid));
    if (trace === undefined) return undefined;
    return `${wordsOf(invocation)} shows what ${zxidText(trace)} has changed, a multi that failed`;
  }

  end(): undefined {
    return undefined;
  }
}

function isDone(parts: readonly MultiPartResult[]): boolean {
  return parts.every(({ code }) => code === CODE.ok);
}

/** 0 before the part that failed, its code, -2 after it; and nothing else. */
function isUndone(parts: readonly MultiPartResult[]): boolean {
  const failedAt = parts.findIndex(({ code }) => code !== CODE.ok);
  return parts.every(
    ({ code, path, stat }, at) =>
      path === undefined &&
      stat === undefined &&
      (at <= failedAt || code === CODE.runtimeInconsistency),
  );
}

function zxidsIn({ stat, parts }: ClientResult): number[] {
  const stats = [stat, ...(parts ?? []).map((part) => part.stat)];
  return stats.flatMap((one) =>
    one === undefined ? [] : [one.czxid, one.mzxid, one.pzxid].filter((zxid) => zxid !== 0),
  );
}
