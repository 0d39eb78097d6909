import { invariant } from '../invariant.ts';
import { ErrorCode } from '../jute/error-code.ts';
import { Opcode } from '../jute/opcode.ts';
import type { RequestHeader, WriteOperation } from '../jute/request.ts';
import type { Summary } from '../summary.ts';
import type { Zxid } from '../zab/zxid.ts';
import type { Txn } from '../znode/txn.ts';
import type { TxnResult } from '../znode/txn-result.ts';
import { answerWrite, isMoved } from './answer.ts';
import type { Client, Waiting } from './client.ts';
import { createsEphemeral } from './ephemeral-request.ts';
import { type LargeRequestLimits, LargeRequests } from './large-requests.ts';
import type { LocalSessions } from './local-sessions.ts';
import { type PendingWrite, PendingWrites } from './pending-writes.ts';
import type { ServedReplica } from './served-replica.ts';
import type { RequestStatistics } from './statistics.ts';
import { type HandOver, Submissions } from './submissions.ts';

export interface WriteRequestsOptions {
  /** First of this member's request numbers; later ones count up. Never used before by this member. */
  readonly firstRequestId: number;
  readonly localSessions: LocalSessions;
  /** Current time, ms; for statistics only. */
  readonly nowMs: () => number;
  /** There is something to hand to the leader at the end of this turn. */
  readonly submissionsWaiting: () => void;
  readonly largeRequests: LargeRequestLimits;
}

type Held = Extract<Waiting, { kind: 'held' }>;

/** Requests that need the leader: writes, which come back as txns, and syncs, which come back as a zxid. */
export class WriteRequests {
  readonly #served: ServedReplica;
  readonly #statistics: RequestStatistics;
  readonly #options: WriteRequestsOptions;
  readonly #submissions: Submissions;
  readonly #pending = new PendingWrites();
  readonly #syncing = new Set<Client>();
  readonly #large: LargeRequests;

  constructor(served: ServedReplica, statistics: RequestStatistics, options: WriteRequestsOptions) {
    this.#served = served;
    this.#statistics = statistics;
    this.#options = options;
    this.#submissions = new Submissions(options.firstRequestId);
    this.#large = new LargeRequests(options.largeRequests);
  }

  /** Writes and syncs handed on and not yet answered. */
  get outstanding(): number {
    return this.#pending.size + this.#syncing.size;
  }

  /** Clients with a sync that is not answered. */
  get syncing(): ReadonlySet<Client> {
    return this.#syncing;
  }

  forget(client: Client): void {
    this.#syncing.delete(client);
  }

  /**
   * Nobody waits any more for what the client has asked for, and it is done all the same (reference §1.6). Once for each
   * client.
   */
  abandon(client: Client): void {
    client.releaseAll((write) => this.#handOn(client, write));
    this.forget(client);
    for (const bytes of client.writtenBytes()) this.#large.ended(bytes);
  }

  /** Large requests for which there was no room. */
  get rejected(): number {
    return this.#large.rejected;
  }

  /** Whether there is room for a write of so many bytes. */
  admits(bytes: number): boolean {
    return this.#large.admits(bytes);
  }

  /** Whatever was on its way to the leader has an unknown end. */
  reset(): void {
    this.#submissions.clear();
    this.#pending.clear();
    this.#syncing.clear();
  }

  /** Asks for a new session; the number given back comes with its txn. */
  createSession(timeoutMs: number, password: Uint8Array): number {
    return this.#createSession(timeoutMs, password, 0);
  }

  #createSession(timeoutMs: number, password: Uint8Array, sessionId: number): number {
    const requestId = this.#submissions.addCreateSession(timeoutMs, password, sessionId);
    this.#pending.add(requestId, undefined);
    this.#options.submissionsWaiting();
    return requestId;
  }

  /** A number for something else that is asked of the leader. */
  nextRequestId(): number {
    return this.#submissions.nextRequestId();
  }

  takeSubmissions(): HandOver | undefined {
    return this.#submissions.take();
  }

  /** What the client waits for from now on. */
  write(
    client: Client,
    header: RequestHeader,
    operation: WriteOperation,
    body: Buffer,
    sinceMs: number,
  ): Waiting {
    const { xid, opcode } = header;
    const write: Held = {
      kind: 'held',
      xid,
      opcode,
      parts: operation.op === 'multi' ? partOpcodes(operation) : undefined,
      identities: client.identities,
      body,
      sinceMs,
      needsGlobal: createsEphemeral(operation),
    };
    if (opcode === Opcode.closeSession && client.isLocal) return { kind: 'close', request: write };
    this.#large.began(write.body.length);
    return client.isSyncing ? write : this.#handOn(client, write);
  }

  /** Ends a session that is still local when its turn comes, without a txn; another is the leader's to close (reference §9.5). */
  close(client: Client, { request }: Extract<Waiting, { kind: 'close' }>): Waiting {
    if (!client.isLocal) {
      this.#large.began(request.body.length);
      return this.#handOn(client, request);
    }
    this.#options.localSessions.close(client.sessionId);
    const { xid } = request;
    return { kind: 'answer', xid, zxid: undefined, code: ErrorCode.ok, closes: true };
  }

  sync(client: Client, xid: number, path: string): Waiting {
    const requestId = this.#submissions.addSync();
    this.#options.submissionsWaiting();
    this.#syncing.add(client);
    const sinceMs = this.#options.nowMs();
    return { kind: 'sync', xid, path, requestId, sinceMs, zxid: undefined };
  }

  /** The writes of the client that no sync is ahead of any more go to the leader. */
  releaseHeld(client: Client): void {
    client.releaseHeld((write) => this.#handOn(client, write));
  }

  #handOn(client: Client, write: Held): Waiting {
    const { xid, opcode, parts, identities, body, sinceMs } = write;
    const { sessionId } = client;
    if (write.needsGlobal && client.isLocal) this.#upgrade(sessionId);
    const { isLocal } = client;
    const request = { sessionId, isLocal, cxid: xid, opcode, identities, body };
    const requestId = this.#submissions.add(request);
    this.#pending.add(requestId, client);
    this.#options.submissionsWaiting();
    return { kind: 'write', xid, opcode, parts, requestId, bytes: body.length, sinceMs };
  }

  /** The session is made global, under its own id, before the request that needs it to be (reference §9.5). */
  #upgrade(sessionId: number): void {
    const { localSessions } = this.#options;
    const session = localSessions.get(sessionId);
    if (session === undefined || !localSessions.upgrades) return;
    localSessions.beginUpgrade(sessionId);
    this.#createSession(session.timeoutMs, session.password, sessionId);
  }

  /** The request of this member's behind a txn that was applied, where somebody still waits for it. */
  take(txn: Txn): PendingWrite | undefined {
    return this.#pending.take(txn.requestId);
  }

  /** Answers the write that the client waits for first. False: that was its last, its connection is to end. */
  answer(client: Client, txn: Txn, result: TxnResult): boolean {
    const request = client.first;
    invariant(
      request?.kind === 'write' && request.requestId === txn.requestId,
      () => `the reply to ${txn.requestId} is not the next one that its client waits for`,
    );
    client.shift();
    this.#large.ended(request.bytes);
    this.#answered(client, request, this.#statistics.updates);
    // Never told to the client: it is cut off and finds its new connection (reference §1.7).
    if (isMoved(result)) return false;
    answerWrite(client.line.outbox, request, this.#served.appliedZxid, result);
    return request.opcode !== Opcode.closeSession;
  }

  #answered(
    client: Client,
    request: Extract<Waiting, { kind: 'write' | 'sync' }>,
    by: Summary,
  ): void {
    const nowMs = this.#options.nowMs();
    this.#statistics.answered(
      client.figures,
      request.kind === 'sync' ? Opcode.sync : request.opcode,
      request.xid,
      this.#served.appliedZxid,
      nowMs,
      nowMs - request.sinceMs,
      by,
    );
  }

  /** The leader's answer to a sync: it counts for all syncs that were handed over with it. */
  synced(requestId: number, zxid: Zxid): void {
    for (const client of this.#syncing) {
      for (const sync of client.syncs()) if (sync.requestId === requestId) sync.zxid = zxid;
    }
  }

  /** Answers the sync that the client waits for first; false where this member is not there yet. */
  answerSync(client: Client, sync: Extract<Waiting, { kind: 'sync' }>): boolean {
    const { appliedZxid } = this.#served;
    if (sync.zxid === undefined || sync.zxid > appliedZxid) return false;
    client.shift();
    this.#answered(client, sync, this.#statistics.reads);
    answerWrite(client.line.outbox, sync, appliedZxid, undefined);
    return true;
  }
}

function partOpcodes(multi: Extract<WriteOperation, { op: 'multi' }>): number[] {
  return multi.parts.map((part) => (part.op === 'create' ? part.opcode : 0));
}
