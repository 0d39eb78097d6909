import type { HistoryEvent } from '../event.ts';
import { type ClientRequest, isWrite } from '../request.ts';
import { zxidText } from '../zxid-text.ts';
import { digestId } from './access.ts';
import { CODE } from './code.ts';
import type { CommittedTxn } from './committed-txn.ts';
import type { ConnectionRecord } from './connection-record.ts';
import { type Invocation, wordsOf } from './invocation.ts';
import { beganLocal, LocalSessionRecord } from './local-session.ts';
import { nothingDone, type Outcome, ReferenceTree } from './reference-tree.ts';

type Event<T extends HistoryEvent['type']> = Extract<HistoryEvent, { type: T }>;

/** The request that a reply answers, and the one that should have been answered first. */
interface Answered {
  readonly invocation: Invocation;
  readonly isNext: boolean;
  readonly next: Invocation;
}

export interface RecordOptions {
  /** There are other clients, of which the history knows nothing: what they write counts as nothing. */
  readonly isPartial?: boolean;
}

/**
 * Brings together what all checkers ask for: each request with its reply and its txn, and the tree as the committed
 * order makes it. Fed with every event once, before any checker sees that event.
 */
export class HistoryRecord {
  readonly tree = new ReferenceTree();
  readonly localSessions = new LocalSessionRecord();
  /** In the order of their zxids. */
  readonly txns: CommittedTxn[] = [];
  /** Of `txns`: those that the event being seen has added. */
  fresh: readonly CommittedTxn[] = [];
  /** Where the event being seen is a reply: what it answers, if anything. */
  answered: Answered | undefined;
  readonly #isPartial: boolean;
  readonly #byZxid = new Map<number, CommittedTxn>();
  readonly #byInvocation = new Map<Invocation, CommittedTxn>();
  readonly #connections = new Map<number, ConnectionRecord>();
  /** By session and xid: every write that was sent. */
  readonly #writes = new Map<number, Map<number, Invocation>>();
  /** Delivered ahead of their requests, which a history may tell later. */
  #waiting: Event<'delivered'>[] = [];
  #lastDelivered = 0;
  #newestShown = 0;

  constructor(options: RecordOptions = {}) {
    this.#isPartial = options.isPartial ?? false;
  }

  txnAt(zxid: number): CommittedTxn | undefined {
    return this.#byZxid.get(zxid);
  }

  /** What came of a write, where it was committed. */
  txnOf(invocation: Invocation): CommittedTxn | undefined {
    return this.#byInvocation.get(invocation);
  }

  get lastZxid(): number {
    return this.txns.at(-1)?.zxid ?? 0;
  }

  connection(connection: number): ConnectionRecord {
    const record = this.#connections.get(connection);
    if (record === undefined) throw new Error(`the history has no connection ${connection}`);
    return record;
  }

  /**
   * Whether the member of the connection answers the request by itself: it has no leader, or the session that is to end is known to
   * nobody else.
   */
  isLocalAffair(connection: number, { request, session }: Invocation): boolean {
    if (this.connection(connection).isReadOnly) return true;
    return request.op === 'closeSession' && beganLocal(session) && !this.tree.sessions.has(session);
  }

  see(event: HistoryEvent): string | undefined {
    this.fresh = [];
    this.answered = undefined;
    switch (event.type) {
      case 'connected':
        this.localSessions.connected(event);
        this.#connections.set(event.connection, {
          connection: event.connection,
          session: event.session,
          member: event.member,
          isReadOnly: event.isReadOnly ?? false,
          outstanding: [],
          identities: [],
        });
        // The id of a session is the zxid that made it, unless none did.
        return this.#shown(event.resumed || beganLocal(event.session) ? 0 : event.session);
      case 'disconnected':
        this.#connections.delete(event.connection);
        return undefined;
      case 'invoke':
        return this.#invoked(event);
      case 'reply':
        return this.#replied(event);
      case 'notified':
        return this.#shown(event.zxid);
      case 'delivered':
        return this.#delivered(event);
      case 'crashed':
        this.localSessions.crashed(event);
        return undefined;
      default:
        return undefined;
    }
  }

  end(): string | undefined {
    return this.#shown(Number.POSITIVE_INFINITY);
  }

  #invoked(event: Event<'invoke'>): string | undefined {
    const { connection, session, xid, request, atMs } = event;
    const record = this.connection(connection);
    if (request.op === 'auth') this.#authenticated(record, request);
    const invocation: Invocation = {
      connection,
      session,
      xid,
      request,
      atMs,
      identities: record.identities,
      shownBefore: this.#newestShown,
    };
    record.outstanding.push(invocation);
    if (!isWrite(request)) return undefined;
    let writes = this.#writes.get(session);
    if (writes === undefined) {
      writes = new Map();
      this.#writes.set(session, writes);
    }
    if (writes.has(xid)) throw new Error(`the history has ${wordsOf(invocation)} twice`);
    writes.set(xid, invocation);
    return this.#commitWaiting();
  }

  #authenticated(
    record: ConnectionRecord,
    { scheme, credentials }: Extract<ClientRequest, { op: 'auth' }>,
  ): void {
    const id = scheme === 'digest' ? digestId(credentials) : undefined;
    if (id === undefined || record.identities.includes(id)) return;
    record.identities = [...record.identities, id];
  }

  #replied({ connection, session, xid, zxid, atMs }: Event<'reply'>): string | undefined {
    const opened = beganLocal(session) ? this.tree.sessions.get(session) : undefined;
    if (opened !== undefined && zxid >= opened.openedZxid) {
      this.localSessions.seenGlobal(session, atMs);
    }
    const { outstanding } = this.connection(connection);
    const next = outstanding[0];
    const at = outstanding.findIndex((one) => one.xid === xid);
    const invocation = outstanding[at];
    if (next !== undefined && invocation !== undefined) {
      outstanding.splice(at, 1);
      this.answered = { invocation, isNext: at === 0, next };
    }
    return this.#shown(zxid);
  }

  /** A client has seen the effect of everything up to `zxid`: whoever asked for it had asked by then. */
  #shown(zxid: number): string | undefined {
    this.#newestShown = Math.max(this.#newestShown, zxid);
    const first = this.#waiting[0];
    if (first === undefined || first.zxid > zxid) return undefined;
    return `${zxidText(first.zxid)} is a ${first.kind} with xid ${first.cxid} of session ${zxidText(first.session)}, which no client asked for`;
  }

  #delivered(event: Event<'delivered'>): string | undefined {
    const { zxid } = event;
    if (zxid <= this.#lastDelivered) {
      if (this.#byZxid.has(zxid) || this.#waiting.some((one) => one.zxid === zxid))
        return undefined;
      return `member ${event.member} delivered ${zxidText(zxid)} after ${zxidText(this.#lastDelivered)} had been delivered without it`;
    }
    this.#lastDelivered = zxid;
    this.#waiting.push(event);
    return this.#commitWaiting();
  }

  #commitWaiting(): string | undefined {
    const fresh: CommittedTxn[] = [];
    this.fresh = fresh;
    let taken = 0;
    for (const event of this.#waiting) {
      const txn = this.#commit(event);
      if (typeof txn === 'string') return txn;
      if (txn === undefined) break;
      taken += 1;
      this.txns.push(txn);
      this.#byZxid.set(txn.zxid, txn);
      if (txn.invocation !== undefined) this.#byInvocation.set(txn.invocation, txn);
      fresh.push(txn);
    }
    this.#waiting = taken === this.#waiting.length ? [] : this.#waiting.slice(taken);
    return undefined;
  }

  /** `undefined` while its request is not known; a sentence where it cannot be what was asked. */
  #commit(event: Event<'delivered'>): CommittedTxn | string | undefined {
    const { zxid, session, cxid, kind, sum, atMs, timeMs, paths } = event;
    const invocation = this.#writes.get(session)?.get(cxid);
    const outcome = this.#outcome(event, invocation);
    if (outcome === undefined) return undefined;
    if (typeof outcome === 'string') return outcome;
    return { zxid, session, cxid, kind, sum, atMs, timeMs, invocation, outcome, paths };
  }

  #outcome(
    event: Event<'delivered'>,
    invocation: Invocation | undefined,
  ): Outcome | string | undefined {
    const { zxid, session, cxid, kind, timeMs } = event;
    if (kind === 'createSession') {
      return this.tree.openSession(session, event.timeoutMs ?? 0, zxid);
    }
    if (session === 0) return this.#byLeader(event);
    if (invocation === undefined) {
      if (kind === 'closeSession' && (cxid === 0 || this.#isPartial)) {
        return this.tree.closeSession(session, zxid, event.paths ?? []);
      }
      return this.#isPartial ? nothingDone(CODE.ok) : undefined;
    }
    const before = this.#byInvocation.get(invocation);
    if (before !== undefined) {
      return `${wordsOf(invocation)} is committed twice, at ${zxidText(before.zxid)} and ${zxidText(zxid)}`;
    }
    const { request, identities } = invocation;
    if (!isWrite(request)) return undefined;
    if (isMoved(event)) return nothingDone(CODE.sessionMoved);
    const outcome =
      request.op === 'closeSession'
        ? this.tree.closeSession(session, zxid, event.paths ?? [])
        : this.tree.write(request, { session, identities }, zxid, timeMs);
    return contradiction(event, invocation, outcome) ?? outcome;
  }

  /** No session stands behind it: the leader has said who the members are, or deleted a node, or could not (reference §9.8). */
  #byLeader({ zxid, kind, code, paths, config, timeMs }: Event<'delivered'>): Outcome | string {
    if (kind === 'setConfig' && config !== undefined) {
      return this.tree.setConfig(config, zxid, timeMs);
    }
    if (kind === 'error') return nothingDone(code ?? CODE.ok);
    const [path = ''] = paths ?? [];
    const outcome = kind === 'delete' ? this.tree.reap(path, zxid) : undefined;
    if (outcome !== undefined) return outcome;
    if (this.#isPartial) return nothingDone(CODE.ok);
    return `${zxidText(zxid)} is a ${kind} of ${path} that the leader made by itself, and could not`;
  }
}

/** Whether the txn says so itself: the tree knows nothing of who owns a session (reference §9.4). */
function isMoved({ code }: Event<'delivered'>): boolean {
  return code === CODE.sessionMoved;
}

function contradiction(
  { zxid, kind, code }: Event<'delivered'>,
  invocation: Invocation,
  outcome: Outcome,
): string | undefined {
  const { op } = invocation.request;
  const expected = outcome.code === CODE.ok ? op : 'error';
  if (kind !== expected) {
    const because = outcome.refusal === CODE.ok ? 'done' : `refused with ${outcome.refusal}`;
    return `${zxidText(zxid)} makes a txn '${kind}' of ${wordsOf(invocation)}, which had to be ${because}`;
  }
  if (code !== undefined && code !== outcome.refusal) {
    return `${zxidText(zxid)} gives ${wordsOf(invocation)} the code ${code}, which had to be ${outcome.refusal}`;
  }
  return undefined;
}
