import { Audience } from './audience.ts';
import type { Checker } from './checker.ts';
import type { DeliveredTxn, Happening, HistoryEvent } from './event.ts';
import type { ClientRequest, ClientResult, NodeStat } from './request.ts';

/** First txn of the first epoch; what is given as a counter is added to its epoch. */
const EPOCH = 0x100000000;

export const zxidOf = (counter: number): number => EPOCH + counter;

/** Above every zxid, as the ids of all sessions are that began as local ones. */
export const localId = (number: number): number => 2 ** 52 + number;

/** Writes down a small history by hand, in words that say only what matters. */
export class HistoryScript {
  readonly events: HistoryEvent[] = [];
  atMs = 0;
  readonly #sessions = new Map<number, number>();
  readonly #xids = new Map<number, number>();

  tell(happening: Happening): this {
    this.events.push({ atMs: this.atMs, ...happening });
    return this;
  }

  wait(ms: number): this {
    this.atMs += ms;
    return this;
  }

  /** A session is named by the counter of the txn that makes it. */
  session(counter: number, timeoutMs = 4000): this {
    const kind = 'createSession';
    return this.deliver(counter, { session: zxidOf(counter), cxid: 0, kind, timeoutMs });
  }

  connect(connection: number, session: number, more: { resumed?: boolean; seen?: number } = {}) {
    this.#sessions.set(connection, zxidOf(session));
    return this.tell({
      type: 'connected',
      connection,
      session: zxidOf(session),
      member: 1,
      timeoutMs: 4000,
      resumed: more.resumed ?? false,
      ...(more.seen === undefined ? {} : { lastZxidSeen: zxidOf(more.seen) }),
    });
  }

  /** Its session began without a txn. */
  connectLocal(
    connection: number,
    number: number,
    more: { resumed?: boolean; member?: number; isReadOnly?: boolean } = {},
  ): this {
    const session = localId(number);
    this.#sessions.set(connection, session);
    const said = { member: 1, resumed: false, ...more };
    const askedMs = this.atMs;
    return this.tell({ type: 'connected', connection, session, timeoutMs: 4000, askedMs, ...said });
  }

  disconnect(connection: number): this {
    return this.tell({ type: 'disconnected', connection, session: this.#sessionOf(connection) });
  }

  invoke(connection: number, xid: number, request: ClientRequest): this {
    const session = this.#sessionOf(connection);
    return this.tell({ type: 'invoke', connection, session, xid, request });
  }

  reply(connection: number, xid: number, counter: number, result: ClientResult = {}, code = 0) {
    const session = this.#sessionOf(connection);
    const zxid = counter <= 0 ? counter : zxidOf(counter);
    return this.tell({ type: 'reply', connection, session, xid, zxid, code, result });
  }

  notify(connection: number, counter: number, kind: number, path: string): this {
    const session = this.#sessionOf(connection);
    const zxid = counter < 0 ? counter : zxidOf(counter);
    return this.tell({ type: 'notified', connection, session, zxid, kind, path });
  }

  deliver(
    counter: number,
    txn: Pick<DeliveredTxn, 'session' | 'cxid' | 'kind'> & Partial<DeliveredTxn>,
    member = 1,
  ): this {
    const zxid = zxidOf(counter);
    return this.tell({ type: 'delivered', member, zxid, timeMs: 1000 + counter, sum: 1, ...txn });
  }

  /** The request and its txn; the reply, where it has one, follows by hand. */
  commit(
    connection: number,
    xid: number,
    counter: number,
    request: ClientRequest,
    more: Partial<DeliveredTxn> = {},
  ): this {
    this.invoke(connection, xid, request);
    const session = this.#sessionOf(connection);
    return this.deliver(counter, { session, cxid: xid, kind: request.op, ...more });
  }

  /** A request that is answered at once, by what its member had applied. */
  ask(
    connection: number,
    counter: number,
    request: ClientRequest,
    result: ClientResult = {},
    code = 0,
  ): this {
    const xid = (this.#xids.get(connection) ?? 1000) + 1;
    this.#xids.set(connection, xid);
    return this.invoke(connection, xid, request).reply(connection, xid, counter, result, code);
  }

  #sessionOf(connection: number): number {
    const session = this.#sessions.get(connection);
    if (session === undefined) throw new Error(`connection ${connection} was not made`);
    return session;
  }
}

/** Stat of a node that the txn `counter` of a script has made and nothing has changed since. */
export function madeAt(counter: number, more: Partial<NodeStat> = {}): NodeStat {
  return {
    czxid: zxidOf(counter),
    mzxid: zxidOf(counter),
    ctimeMs: 1000 + counter,
    mtimeMs: 1000 + counter,
    version: 0,
    cversion: 0,
    aversion: 0,
    ephemeralOwner: 0,
    dataLength: 0,
    numChildren: 0,
    pzxid: zxidOf(counter),
    ...more,
  };
}

export function create(path: string, mode = 0, data = ''): ClientRequest & { op: 'create' } {
  return { op: 'create', opcode: 1, path, data, acl: ['31:world:anyone'], mode, ttlMs: 0 };
}

export function setData(
  path: string,
  data: string,
  version = -1,
): ClientRequest & { op: 'setData' } {
  return { op: 'setData', path, data, version };
}

export function getData(path: string, watch = false): ClientRequest {
  return { op: 'getData', path, watch };
}

/** What each checker objected to first. */
export function objections(
  checkers: readonly Checker[],
  events: readonly HistoryEvent[],
): Map<string, string> {
  const objections = new Map<string, string>();
  const object = (checker: Checker, what: string | undefined) => {
    if (what !== undefined && !objections.has(checker.name)) objections.set(checker.name, what);
  };
  const audience = new Audience(checkers);
  for (const event of events) {
    for (const checker of audience.of(event.type)) object(checker, checker.see(event));
  }
  for (const checker of checkers) object(checker, checker.end());
  return objections;
}
