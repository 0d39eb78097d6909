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

export interface LocalRequestsOptions {
  readonly authentication: AuthenticationOptions;
  /** Current time, ms; for statistics only. */
  readonly nowMs: () => number;
}

/** Requests that a member answers without its leader, when their turn has come. */
export class LocalRequests {
  readonly #served: ServedReplica;
  readonly #statistics: RequestStatistics;
  readonly #nowMs: () => number;
  readonly #connections: ConnectionRequests;
  readonly #reads: ReadRequests;

  constructor(
    served: ServedReplica,
    watches: WatchManager<Client>,
    statistics: RequestStatistics,
    options: LocalRequestsOptions,
  ) {
    this.#served = served;
    this.#statistics = statistics;
    this.#nowMs = options.nowMs;
    this.#connections = new ConnectionRequests(served, watches, options.authentication);
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
   * @param as who the client was when it asked
   * @param sinceMs when it asked, `undefined` where it did not have to wait
   */
  answer(
    client: Client,
    header: RequestHeader,
    operation: LocalOperation,
    as: readonly Identity[],
    sinceMs: number | undefined,
  ): void {
    switch (operation.op) {
      case 'ping':
      case 'whoAmI':
      case 'sasl':
      case 'addWatch':
      case 'removeWatches':
      case 'checkWatches':
        this.#connections.answer(client, header.xid, operation, as);
        break;
      default:
        this.#reads.read(client, header.xid, operation, as);
    }
    this.answered(client, header, sinceMs);
  }

  /** A reply that no txn stands behind was written. */
  answered(client: Client, { opcode, xid }: RequestHeader, sinceMs: number | undefined): void {
    const nowMs = this.#nowMs();
    const latencyMs = sinceMs === undefined ? 0 : nowMs - sinceMs;
    this.#statistics.answered(
      client.figures,
      opcode,
      // The reply to a ping has an xid of its own (reference §1.5).
      opcode === Opcode.ping ? PING_XID : xid,
      this.#served.appliedZxid,
      nowMs,
      latencyMs,
      this.#statistics.reads,
    );
  }
}
