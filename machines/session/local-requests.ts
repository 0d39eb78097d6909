import type { ErrorCode } from '../jute/error-code.ts';
import { Opcode } from '../jute/opcode.ts';
import type { AuthOperation, LocalOperation, RequestHeader } from '../jute/request.ts';
import type { Replica } from '../replica.ts';
import type { Identity } from '../znode/acl.ts';
import type { AuthenticationOptions } from '../znode/authentication.ts';
import type { WatchManager } from '../znode/watch.ts';
import type { Client } from './client.ts';
import { ConnectionRequests, PING_XID } from './connection-requests.ts';
import { ReadRequests } from './read-requests.ts';
import type { ServedReplica } from './served-replica.ts';
import type { RequestStatistics } from './statistics.ts';

/** Requests that a member answers without its leader, when their turn has come. */
export class LocalRequests {
  readonly #served: ServedReplica;
  readonly #statistics: RequestStatistics;
  readonly #connections: ConnectionRequests;
  readonly #reads: ReadRequests;

  constructor(
    served: ServedReplica,
    watches: WatchManager<Client>,
    statistics: RequestStatistics,
    authentication: AuthenticationOptions,
  ) {
    this.#served = served;
    this.#statistics = statistics;
    this.#connections = new ConnectionRequests(served, watches, authentication);
    this.#reads = new ReadRequests(served, watches);
  }

  useReplica(replica: Replica): void {
    this.#reads.useReplica(replica);
  }

  /** Whether the client may ask for this before it has said who it is (reference §8.7). */
  admits(client: Client, opcode: number): boolean {
    return this.#connections.admits(client, opcode);
  }

  auth(client: Client, operation: AuthOperation): ErrorCode {
    return this.#connections.auth(client, operation);
  }

  /**
   * Behind it comes `answered`.
   *
   * @param as who the client was when it asked
   */
  answer(client: Client, xid: number, operation: LocalOperation, as: readonly Identity[]): void {
    switch (operation.op) {
      case 'ping':
      case 'whoAmI':
      case 'sasl':
      case 'addWatch':
      case 'removeWatches':
      case 'checkWatches':
        this.#connections.answer(client, xid, operation, as);
        break;
      default:
        this.#reads.read(client, xid, operation, as);
    }
  }

  /** A reply that no txn stands behind was written. Requests that came or are answered together have one time. */
  answered(client: Client, { opcode, xid }: RequestHeader, sinceMs: number, nowMs: number): void {
    this.#statistics.answered(
      client.figures,
      opcode,
      // The reply to a ping has an xid of its own (reference §1.5).
      opcode === Opcode.ping ? PING_XID : xid,
      this.#served.appliedZxid,
      nowMs,
      nowMs - sinceMs,
      this.#statistics.reads,
    );
  }
}
