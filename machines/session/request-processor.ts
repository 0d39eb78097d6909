import { REQUEST_HEADER_BYTES } from '../jute/decode.ts';
import { ErrorCode } from '../jute/error-code.ts';
import { Opcode } from '../jute/opcode.ts';
import type { JuteReader } from '../jute/reader.ts';
import { replyError, watcherEvent } from '../jute/reply.ts';
import type { LocalOperation, Operation, RequestHeader, WriteOperation } from '../jute/request.ts';
import type { Replica } from '../replica.ts';
import type { Zxid } from '../zab/zxid.ts';
import type { TreeObserver } from '../znode/tree-observer.ts';
import type { Txn } from '../znode/txn.ts';
import type { TxnResult } from '../znode/txn-result.ts';
import { WatchManager } from '../znode/watch.ts';
import { AttachedClients } from './attached-clients.ts';
import { BackPressure } from './back-pressure.ts';
import type { Client, Waiting } from './client.ts';
import { ClientObserver } from './client-observer.ts';
import { OUTSIDE_PIPELINE_ZXID } from './connection-requests.ts';
import { CountRequests } from './count-requests.ts';
import { NO_LARGE_REQUESTS } from './large-requests.ts';
import { LocalRequests } from './local-requests.ts';
import type { FrameSource, ProcessorListener, ProcessorOptions } from './processor-contract.ts';
import { takesLeader } from './read-only.ts';
import { headerOf, operationOf } from './request-frame.ts';
import { ServedReplica } from './served-replica.ts';
import { RequestStatistics } from './statistics.ts';
import type { HandOver } from './submissions.ts';
import { WriteRequests } from './write-requests.ts';

const UNIMPLEMENTED_ZXID = -1;
/** With more than this in its outbox a client is given it before anything else is answered. */
const OUTBOX_BYTES_MAX = 64 * 1024 * 1024;

/**
 * Serves the clients of one member (reference §1.6): decodes their requests, answers reads from its own copy
 * of the tree, hands writes on, and sends every reply in the order of its client's requests. A read waits
 * behind a write of the same session, never behind those of others.
 *
 * What a request does is said by kind, in `LocalRequests`, `CountRequests` and `WriteRequests`; here is whose turn
 * it is.
 */
export class RequestProcessor {
  readonly statistics = new RequestStatistics();
  readonly watches: WatchManager<Client>;
  /** Hears what applying a txn changes. */
  readonly observer: TreeObserver;
  readonly #options: ProcessorOptions;
  readonly #listener: ProcessorListener;
  readonly #served = new ServedReplica();
  readonly #local: LocalRequests;
  readonly #counts: CountRequests;
  readonly #writes: WriteRequests;
  readonly #clients: AttachedClients;
  readonly #backPressure: BackPressure;
  /** When the frames came that are being received. */
  #receivedMs = 0;

  constructor(options: ProcessorOptions, listener: ProcessorListener) {
    this.#options = options;
    this.#listener = listener;
    this.#backPressure = new BackPressure(options.outstandingLimit);
    this.#clients = new AttachedClients(options.localSessions);
    this.watches = new WatchManager<Client>((client, type, path, zxid) => {
      const { outbox } = client.line;
      const before = outbox.length;
      watcherEvent(outbox, zxid, type, path);
      this.statistics.watchBytes += outbox.length - before;
      listener.outboxFilled(client);
    });
    this.#counts = new CountRequests(this.#served, () => listener.countsWaiting());
    this.observer = new ClientObserver(this.watches, this.#counts, (sessionId) =>
      this.#sessionEnded(sessionId),
    );
    this.#local = new LocalRequests(
      this.#served,
      this.watches,
      this.statistics,
      options.authentication,
    );
    this.#writes = new WriteRequests(this.#served, this.statistics, {
      firstRequestId: options.firstRequestId,
      localSessions: options.localSessions,
      nowMs: options.nowMs,
      submissionsWaiting: () => listener.submissionsWaiting(),
      largeRequests: options.largeRequests ?? NO_LARGE_REQUESTS,
    });
  }

  /** The tree to answer from: given once at the start, and again when a snapshot has replaced it. */
  useReplica(replica: Replica): void {
    this.#served.use(replica);
    this.#local.useReplica(replica);
  }

  get clients(): ReadonlyMap<number, Client> {
    return this.#clients.bySession;
  }

  /** Writes and syncs handed on and not yet answered. */
  get outstanding(): number {
    return this.#writes.outstanding;
  }

  /** Large requests for which there was no room. */
  get rejectedRequests(): number {
    return this.#writes.rejected;
  }

  // --- sessions

  /**
   * `previous` is the connection that had the session until now, which the caller closes.
   *
   * @param isNew the session began with this connection
   */
  attach(client: Client, isNew = false): Client | undefined {
    if (isNew) {
      const nowMs = this.#options.nowMs();
      client.figures.answered(Opcode.createSession, 0, this.#served.appliedZxid, nowMs, 0);
    }
    const previous = this.#clients.get(client.sessionId);
    if (previous !== undefined) this.detach(previous);
    this.#clients.add(client);
    return previous;
  }

  /** The connection is gone: its watches go with it, what it asked for goes on (reference §1.6). */
  detach(client: Client): void {
    if (client.isOpen) this.#writes.abandon(client);
    client.isOpen = false;
    this.watches.remove(client);
    this.#counts.forget(client);
    this.#backPressure.forget(client);
    this.#clients.remove(client);
  }

  #end(client: Client): void {
    this.detach(client);
    client.line.close();
  }

  /** The member serves nobody any more: whatever was on its way to the leader has an unknown end. */
  reset(): void {
    this.#writes.reset();
    this.#counts.reset();
    this.#backPressure.clear();
    this.#clients.forgetTouched();
  }

  takeTouched(): number[] {
    return this.#clients.takeTouched();
  }

  /** Asks for a new session; the number given back comes with `sessionCreated`. */
  createSession(timeoutMs: number, password: Uint8Array): number {
    return this.#writes.createSession(timeoutMs, password);
  }

  /** A number for something else that is asked of the leader. */
  nextRequestId(): number {
    return this.#writes.nextRequestId();
  }

  takeSubmissions(): HandOver | undefined {
    return this.#writes.takeSubmissions();
  }

  // --- requests

  /** The frames of a client with a session that came together: all of them at the same time, for statistics. */
  receive(client: Client, frames: FrameSource): void {
    let frame = frames.nextFrame();
    if (frame === undefined || !client.isHeard) return;
    this.#clients.touch(client);
    this.#receivedMs = this.#options.nowMs();
    for (; frame !== undefined; frame = frames.nextFrame()) {
      if (client.isHeard) this.#request(client, frame);
    }
  }

  #request(client: Client, frame: JuteReader): void {
    this.statistics.received += 1;
    const header = headerOf(frame);
    if (header === undefined) {
      client.line.close();
      return;
    }
    if (!this.#local.admits(client, header.opcode)) {
      const code = ErrorCode.sessionClosedRequireSaslAuth;
      this.#answer(client, header.xid, code, OUTSIDE_PIPELINE_ZXID, true);
      return;
    }
    if (client.isReadOnly && takesLeader(header.opcode)) {
      this.#answer(client, header.xid, ErrorCode.notReadOnly, undefined, false);
      return;
    }
    const operation = operationOf(header, frame);
    if (operation === 'malformed') {
      this.#answer(client, header.xid, ErrorCode.marshallingError, undefined, false);
      return;
    }
    if (operation === undefined) {
      this.#answer(client, header.xid, ErrorCode.unimplemented, UNIMPLEMENTED_ZXID, true);
      return;
    }
    this.#process(client, header, operation, frame);
  }

  #process(client: Client, header: RequestHeader, operation: Operation, frame: JuteReader): void {
    switch (operation.op) {
      case 'auth': {
        const code = this.#local.auth(client, operation);
        client.isRefused = code !== ErrorCode.ok;
        if (client.isRefused) this.statistics.authFailures += 1;
        this.#answer(client, header.xid, code, OUTSIDE_PIPELINE_ZXID, client.isRefused);
        return;
      }
      case 'sync':
        this.#wait(client, this.#writes.sync(client, header.xid, operation.path));
        return;
      case 'getAllChildrenNumber': {
        const sinceMs = this.#receivedMs;
        const { path } = operation;
        const { identities } = client;
        this.#wait(client, { kind: 'count', xid: header.xid, path, sinceMs, identities });
        if (client.waiting === 1) this.#drain(client);
        return;
      }
      case 'create':
      case 'delete':
      case 'setData':
      case 'setAcl':
      case 'multi':
      case 'reconfig':
      case 'createSession':
      case 'closeSession':
        this.#write(client, header, operation, frame.copyBehind(REQUEST_HEADER_BYTES));
        return;
      default:
        this.#processLocally(client, header, operation);
    }
  }

  #processLocally(client: Client, header: RequestHeader, operation: LocalOperation): void {
    const { identities } = client;
    const { xid, opcode } = header;
    const sinceMs = this.#receivedMs;
    if (client.waiting !== 0) {
      this.#wait(client, { kind: 'local', xid, opcode, sinceMs, operation, identities });
      return;
    }
    this.#local.answer(client, xid, operation, identities);
    this.#local.answered(client, header, sinceMs, sinceMs);
    this.#listener.outboxFilled(client);
  }

  #write(client: Client, header: RequestHeader, operation: WriteOperation, body: Buffer): void {
    if (!this.#writes.admits(body.length)) {
      this.#end(client);
      return;
    }
    const write = this.#writes.write(client, header, operation, body, this.#receivedMs);
    this.#wait(client, write);
    client.isClosing = write.kind === 'close';
    if (client.isClosing) this.#drain(client);
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
    const zxid = answer.zxid ?? this.#served.appliedZxid;
    replyError(client.line.outbox, answer.xid, zxid, answer.code);
    this.#listener.outboxFilled(client);
    if (answer.closes) this.#end(client);
  }

  // --- commits

  /** Txns that ZAB delivers, in zxid order: applied, and answered where a client of this member asked. */
  deliver(txns: readonly Txn[]): void {
    const replica = this.#served.current;
    for (const txn of txns) {
      const result = replica.apply(txn);
      if (txn.originMember === this.#options.member) this.#answerOwn(txn, result);
    }
    replica.rememberDigest();
    this.#drainSyncing();
  }

  #answerOwn(txn: Txn, result: TxnResult): void {
    const pending = this.#writes.take(txn);
    if (pending === undefined) return;
    if (result.type === 'createSession') {
      this.#options.localSessions.upgraded(result.sessionId);
      this.#listener.sessionCreated(pending.requestId, result);
      return;
    }
    const { client } = pending;
    if (client === undefined || !client.isOpen) return;
    const goesOn = this.#writes.answer(client, txn, result);
    this.#listener.outboxFilled(client);
    if (goesOn) this.#drain(client);
    else this.#end(client);
  }

  synced(requestId: number, zxid: Zxid): void {
    this.#writes.synced(requestId, zxid);
    this.#drainSyncing();
  }

  /** Carries on what takes more than one turn. */
  countOn(): void {
    const client = this.#counts.work();
    if (client !== undefined) this.#drain(client);
    this.#backPressure.release(this.outstanding);
  }

  #drainSyncing(): void {
    for (const client of this.#writes.syncing) this.#drain(client);
    this.#backPressure.release(this.outstanding);
  }

  /** Everything of the client that waits for nothing any more. */
  #drain(client: Client): void {
    let nowMs: number | undefined;
    while (client.isOpen) {
      if (client.line.outbox.length > OUTBOX_BYTES_MAX && !this.#relieve(client)) return;
      const request = client.first;
      if (request === undefined || request.kind === 'write') break;
      if (request.kind === 'held') {
        this.#writes.releaseHeld(client);
        break;
      }
      if (request.kind === 'sync') {
        if (!this.#writes.answerSync(client, request)) break;
        this.#listener.outboxFilled(client);
        continue;
      }
      if (request.kind === 'count') {
        if (!this.#counts.answer(client, request)) break;
        const header = { xid: request.xid, opcode: Opcode.getAllChildrenNumber };
        nowMs ??= this.#options.nowMs();
        this.#local.answered(client, header, request.sinceMs, nowMs);
        this.#listener.outboxFilled(client);
        continue;
      }
      client.shift();
      if (request.kind === 'close') {
        this.#wait(client, this.#writes.close(client, request));
        continue;
      }
      if (request.kind === 'answer') {
        this.#giveAnswer(client, request);
        continue;
      }
      const { xid, operation, identities, sinceMs } = request;
      this.#local.answer(client, xid, operation, identities);
      nowMs ??= this.#options.nowMs();
      this.#local.answered(client, request, sinceMs, nowMs);
      this.#listener.outboxFilled(client);
    }
    if (!client.isSyncing) this.#writes.forget(client);
  }

  /** A thousand reads that waited may bring far more than a client takes at a time. False: it took nothing, and is cut off. */
  #relieve(client: Client): boolean {
    client.line.flush();
    if (client.line.outbox.length === 0) return true;
    this.#end(client);
    return false;
  }

  /** Ends the local sessions that nobody was heard in, and their connections (reference §9.5). */
  expireLocalSessions(): void {
    for (const sessionId of this.#options.localSessions.expire()) this.#sessionEnded(sessionId);
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
