import { BETWEEN_MEMBERS, type Checker } from '../checker.ts';
import type { HistoryEvent } from '../event.ts';
import { CODE } from '../model/code.ts';
import type { HistoryRecord } from '../model/history-record.ts';
import { type Invocation, wordsOf } from '../model/invocation.ts';
import { beganLocal } from '../model/local-session.ts';
import { isWrite } from '../request.ts';
import { zxidText } from '../zxid-text.ts';

type Event<T extends HistoryEvent['type']> = Extract<HistoryEvent, { type: T }>;

/**
 * A session that is still local lives in one life of one member, and one that was made without a leader as long as there is none
 * (reference §9.5, §9.7). A member without a leader serves no global session, writes nothing, and says so to whoever asks
 * it to; no other says that.
 */
export class LocalSessions implements Checker {
  readonly name = 'local sessions';
  readonly ignores = BETWEEN_MEMBERS;
  readonly #record: HistoryRecord;
  /** Connections with members that have no leader. */
  readonly #readOnly = new Set<number>();

  constructor(record: HistoryRecord) {
    this.#record = record;
  }

  see(event: HistoryEvent): string | undefined {
    for (const { invocation, zxid } of this.#record.fresh) {
      if (invocation === undefined || !this.#readOnly.has(invocation.connection)) continue;
      return `${zxidText(zxid)} commits ${wordsOf(invocation)}, which was asked of a member without a leader`;
    }
    if (event.type === 'connected') return this.#connected(event);
    const invocation = this.#record.answered?.invocation;
    if (event.type !== 'reply' || invocation === undefined) return undefined;
    return this.#replied(event, invocation);
  }

  end(): undefined {
    return undefined;
  }

  #connected(event: Event<'connected'>): string | undefined {
    const { connection, session, member, isReadOnly } = event;
    if (isReadOnly === true) this.#readOnly.add(connection);
    const name = `session ${zxidText(session)}`;
    if (!beganLocal(session) || this.#record.tree.sessions.has(session)) {
      if (isReadOnly !== true) return undefined;
      return `member ${member} has no leader and serves ${name}, which is global`;
    }
    const reason = this.#record.localSessions.reasonAgainst(event);
    return reason === undefined ? undefined : `member ${member} serves ${name}, and ${reason}`;
  }

  #replied({ connection, code }: Event<'reply'>, invocation: Invocation): string | undefined {
    const { request } = invocation;
    const takesLeader =
      request.op === 'sync' || (isWrite(request) && request.op !== 'closeSession');
    const isRefused = takesLeader && this.#readOnly.has(connection);
    if (isRefused === (code === CODE.notReadOnly)) return undefined;
    const because = isRefused ? 'has no leader' : 'was not asked to write without one';
    return `${wordsOf(invocation)} was answered with ${code}, and its member ${because}`;
  }
}
