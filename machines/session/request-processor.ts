import { invariant } from '../invariant.ts';
import { decodeHeader, decodeOperation, REQUEST_HEADER_BYTES } from '../jute/decode.ts';
import { ErrorCode } from '../jute/error-code.ts';
import { Opcode } from '../jute/opcode.ts';
import { JuteError } from '../jute/reader.ts';
import { replyError, watcherEvent } from '../jute/reply.ts';
import type { Operation, ReadOperation, RequestHeader, WriteOperation } from '../jute/request.ts';
import type { Replica } from '../replica.ts';
import type { Zxid } from '../zab/zxid.ts';
import {
  type AuthenticationOptions,
  authenticate,
  withIdentities,
} from '../znode/authentication.ts';
import { Reads } from '../znode/read.ts';
import type { TreeObserver } from '../znode/tree-observer.ts';
import type { Txn } from '../znode/txn.ts';
import type { TxnResult } from '../znode/txn-result.ts';
import { WatchManager } from '../znode/watch.ts';
import { answerRead, answerWrite, isMoved } from './answer.ts';
import { BackPressure } from './back-pressure.ts';
import type { Client, Waiting } from './client.ts';
import { ClientObserver } from './client-observer.ts';
import { PendingWrites } from './pending-writes.ts';
import { RequestStatistics } from './statistics.ts';
import { type HandOver, Submissions } from './submissions.ts';

const PING_XID = -2;
const UNIMPLEMENTED_ZXID = -1;
const OUTSIDE_PIPELINE_ZXID = 0;

export interface ProcessorOptions {
  readonly member: number;
  /** First of this member's request numbers; later ones count up. Never used before by this member. */
  readonly firstRequestId: number;
  readonly authentication: AuthenticationOptions;
  /** Requests in work above which connections that have some are not read any further (reference §1.8). */
  readonly outstandingLimit: number;
  /** Current time, ms; for statistics only. */
  readonly nowMs: () => number;
}

/** What the processor tells its member. */
export interface ProcessorListener {
  /** There is something to hand to the leader at the end of this turn. */
  submissionsWaiting(): void;
  /** The client's outbox has something new. */
  outboxFilled(client: Client): void;
  sessionCreated(
    requestId: number,
    session: { sessionId: number; timeoutMs: number; password: Uint8Array },
  ): void;
  /** The session is over: its connection ends once what it is owed has left. */
  sessionClosed(client: Client): void;
}

/**
 * Serves the clients of one member (reference §1.6): decodes their requests, answers reads from its own copy
 * of the tree, hands writes on, and sends every reply in the order of its client's requests. A read waits
 * behind a write of the same session, never behind those of others.
 */
export class RequestProcessor {
  readonly statistics = new RequestStatistics();
  readonly watches: WatchManager<Client>;
  /** Hears what applying a txn changes. */
  readonly observer: TreeObserver;
  readonly #options: ProcessorOptions;
  readonly #listener: ProcessorListener;
  #replica: Replica | undefined;
  #reads: Reads<Client> | undefined;
  readonly #clients = new Map<number, Client>();
  readonly #submissions: Submissions;
  readonly #pending = new PendingWrites();
  readonly #backPressure: BackPressure;
  readonly #syncing = new Set<Client>();
  readonly #touched = new Set<number>();

  constructor(options: ProcessorOptions, listener: ProcessorListener) {
    this.#options = options;
    this.#listener = listener;
    this.#submissions = new Submissions(options.firstRequestId);
    this.#backPressure = new BackPressure(options.outstandingLimit);
    this.watches = new WatchManager<Client>((client, type, path, zxid) => {
      watcherEvent(client.line.outbox, zxid, type, path);
      listener.outboxFilled(client);
    });
    this.observer = new ClientObserver(this.watches, (sessionId) => this.#sessionEnded(sessionId));
  }

  /** The tree to answer from: given once at the start, and again when a snapshot has replaced it. */
  useReplica(replica: Replica): void {
    this.#replica = replica;
    this.#reads = new Reads(replica.tree, this.watches);
  }

  get #copy(): Replica {
    invariant(this.#replica !== undefined, 'requests before there is a tree');
    return this.#replica;
  }

  get clients(): ReadonlyMap<number, Client> {
    return this.#clients;
  }

  /** Writes and syncs handed on and not yet answered. */
  get outstanding(): number {
    return this.#pending.size + this.#syncing.size;
  }

  // --- sessions

  /** `previous` is the connection that had the session until now, which the caller closes. */
  attach(client: Client): Client | undefined {
    const previous = this.#clients.get(client.sessionId);
    if (previous !== undefined) this.detach(previous);
    this.#clients.set(client.sessionId, client);
    this.#touched.add(client.sessionId);
    return previous;
  }

  /** The connection is gone: its watches go with it, what it asked for goes on (reference §1.6). */
  detach(client: Client): void {
    client.isOpen = false;
    this.watches.remove(client);
    this.#syncing.delete(client);
    this.#backPressure.forget(client);
    if (this.#clients.get(client.sessionId) === client) this.#clients.delete(client.sessionId);
  }

  /** The member serves nobody any more: whatever was on its way to the leader has an unknown end. */
  reset(): void {
    this.#submissions.clear();
    this.#pending.clear();
    this.#syncing.clear();
    this.#backPressure.clear();
    this.#touched.clear();
  }

  takeTouched(): number[] {
    const touched = [...this.#touched];
    this.#touched.clear();
    return touched;
  }

  /** Asks for a new session; the number given back comes with `sessionCreated`. */
  createSession(timeoutMs: number, password: Uint8Array): number {
    const requestId = this.#submissions.addCreateSession(timeoutMs, password);
    this.#pending.add(requestId, undefined);
    this.#listener.submissionsWaiting();
    return requestId;
  }

  /** A number for something else that is asked of the leader. */
  nextRequestId(): number {
    return this.#submissions.nextRequestId();
  }

  takeSubmissions(): HandOver | undefined {
    return this.#submissions.take();
  }

  // --- requests

  /** One frame of a client with a session. `payload` is not kept. */
  receive(client: Client, payload: Buffer): void {
    if (!client.isOpen) return;
    this.#touched.add(client.sessionId);
    this.statistics.received += 1;
    let header: RequestHeader;
    try {
      header = decodeHeader(payload);
    } catch (error) {
      if (!(error instanceof JuteError)) throw error;
      client.line.close();
      return;
    }
    let operation: Operation | undefined;
    try {
      operation = decodeOperation(header.opcode, payload, REQUEST_HEADER_BYTES);
    } catch (error) {
      if (!(error instanceof JuteError)) throw error;
      this.#answer(client, header.xid, ErrorCode.marshallingError, undefined, false);
      return;
    }
    if (operation === undefined) {
      this.#answer(client, header.xid, ErrorCode.unimplemented, UNIMPLEMENTED_ZXID, true);
      return;
    }
    this.#process(client, header, operation, payload);
  }

  #process(client: Client, header: RequestHeader, operation: Operation, payload: Buffer): void {
    switch (operation.op) {
      case 'exists':
      case 'getData':
      case 'getAcl':
      case 'getChildren':
      case 'getChildren2':
      case 'setWatches':
        if (client.waiting === 0) this.#read(client, header.xid, operation, client.identities);
        else this.#wait(client, client.read(header.xid, operation));
        return;
      case 'ping':
        if (client.waiting === 0) this.#ping(client);
        else this.#wait(client, { kind: 'ping' });
        return;
      case 'auth': {
        const { scheme, auth } = operation;
        const added = authenticate(scheme, auth, this.#options.authentication);
        if (added === undefined) {
          this.#answer(client, header.xid, ErrorCode.authFailed, OUTSIDE_PIPELINE_ZXID, true);
        } else {
          client.identities = withIdentities(client.identities, added);
          this.#answer(client, header.xid, ErrorCode.ok, OUTSIDE_PIPELINE_ZXID, false);
        }
        return;
      }
      case 'sync': {
        const requestId = this.#submissions.addSync();
        this.#listener.submissionsWaiting();
        this.#syncing.add(client);
        this.#wait(client, {
          kind: 'sync',
          xid: header.xid,
          path: operation.path,
          requestId,
          sinceMs: this.#options.nowMs(),
          zxid: undefined,
        });
        return;
      }
      default:
        this.#write(client, header, operation, payload);
    }
  }

  #write(client: Client, header: RequestHeader, operation: WriteOperation, payload: Buffer): void {
    const { xid, opcode } = header;
    const write = {
      kind: 'held',
      xid,
      opcode,
      parts: operation.op === 'multi' ? partOpcodes(operation) : undefined,
      identities: client.identities,
      body: Buffer.from(payload.subarray(REQUEST_HEADER_BYTES)),
      sinceMs: this.#options.nowMs(),
    } as const;
    this.#wait(client, client.isSyncing ? write : this.#handOn(client, write));
  }

  #handOn(client: Client, write: Extract<Waiting, { kind: 'held' }>): Waiting {
    const { xid, opcode, parts, identities, body, sinceMs } = write;
    const { sessionId } = client;
    const requestId = this.#submissions.add({ sessionId, cxid: xid, opcode, identities, body });
    this.#pending.add(requestId, client);
    this.#listener.submissionsWaiting();
    return { kind: 'write', xid, opcode, parts, requestId, sinceMs };
  }

  #wait(client: Client, request: Waiting): void {
    client.push(request);
    this.#backPressure.consider(client, this.outstanding);
  }

  #answer(
    client: Client,
    xid: number,
    code: ErrorCode,
    zxid: Zxid | undefined,
    closes: boolean,
  ): void {
    const answer: Waiting = { kind: 'answer', xid, zxid, code, closes };
    if (client.waiting === 0) this.#giveAnswer(client, answer);
    else this.#wait(client, answer);
  }

  #giveAnswer(client: Client, answer: Extract<Waiting, { kind: 'answer' }>): void {
    const zxid = answer.zxid ?? this.#copy.appliedZxid;
    replyError(client.line.outbox, answer.xid, zxid, answer.code);
    this.#listener.outboxFilled(client);
    if (answer.closes) {
      this.detach(client);
      client.line.close();
    }
  }

  #ping(client: Client): void {
    replyError(client.line.outbox, PING_XID, this.#copy.appliedZxid, ErrorCode.ok);
    this.#listener.outboxFilled(client);
  }

  #read(client: Client, xid: number, operation: ReadOperation, as: Client['identities']): void {
    invariant(this.#reads !== undefined, 'a read before there is a tree');
    const result = this.#reads.read(operation, client, as);
    answerRead(client.line.outbox, xid, this.#copy.appliedZxid, result);
    this.#listener.outboxFilled(client);
  }

  // --- commits

  /** Txns that ZAB delivers, in zxid order: applied, and answered where a client of this member asked. */
  deliver(txns: readonly Txn[]): void {
    const replica = this.#copy;
    for (const txn of txns) {
      const result = replica.apply(txn);
      if (txn.originMember === this.#options.member) this.#answerOwn(txn, result);
    }
    replica.rememberDigest();
    for (const client of this.#syncing) this.#drain(client);
    this.#backPressure.release(this.outstanding);
  }

  #answerOwn(txn: Txn, result: TxnResult): void {
    const pending = this.#pending.take(txn.requestId);
    if (pending === undefined) return;
    if (result.type === 'createSession') {
      this.#listener.sessionCreated(pending.requestId, result);
      return;
    }
    const { client } = pending;
    if (client === undefined || !client.isOpen) return;
    this.#answerWrite(client, txn, result);
  }

  #answerWrite(client: Client, txn: Txn, result: TxnResult): void {
    const request = client.first;
    invariant(
      request?.kind === 'write' && request.requestId === txn.requestId,
      `the reply to ${txn.requestId} is not the next one that its client waits for`,
    );
    client.shift();
    this.statistics.answered(this.#options.nowMs() - request.sinceMs);
    if (isMoved(result)) {
      // Never told to the client: it is cut off and finds its new connection (reference §1.7).
      this.detach(client);
      client.line.close();
      return;
    }
    answerWrite(client.line.outbox, request, this.#copy.appliedZxid, result);
    this.#listener.outboxFilled(client);
    if (request.opcode === Opcode.closeSession) {
      this.detach(client);
      client.line.close();
      return;
    }
    this.#drain(client);
  }

  /** Everything of the client that waits for nothing any more. */
  #drain(client: Client): void {
    while (client.isOpen) {
      const request = client.first;
      if (request === undefined || request.kind === 'write') break;
      if (request.kind === 'sync') {
        if (request.zxid === undefined || request.zxid > this.#copy.appliedZxid) break;
        client.shift();
        this.statistics.answered(this.#options.nowMs() - request.sinceMs);
        answerWrite(client.line.outbox, request, this.#copy.appliedZxid, undefined);
        this.#listener.outboxFilled(client);
        continue;
      }
      if (request.kind === 'held') {
        client.releaseHeld((write) => this.#handOn(client, write));
        break;
      }
      client.shift();
      if (request.kind === 'read')
        this.#read(client, request.xid, request.operation, request.identities);
      else if (request.kind === 'ping') this.#ping(client);
      else this.#giveAnswer(client, request);
    }
    if (!client.isSyncing) this.#syncing.delete(client);
  }

  synced(requestId: number, zxid: Zxid): void {
    for (const client of this.#syncing) {
      for (const sync of client.syncs()) if (sync.requestId === requestId) sync.zxid = zxid;
      this.#drain(client);
    }
    this.#backPressure.release(this.outstanding);
  }

  #sessionEnded(sessionId: number): void {
    const client = this.#clients.get(sessionId);
    if (client === undefined) return;
    const request = client.first;
    // Its own closeSession is answered first; a session that expired is just cut off (reference §1.7).
    if (request?.kind === 'write' && request.opcode === Opcode.closeSession) return;
    this.#listener.sessionClosed(client);
  }
}

function partOpcodes(multi: Extract<WriteOperation, { op: 'multi' }>): number[] {
  return multi.parts.map((part) => (part.op === 'create' ? part.opcode : 0));
}
