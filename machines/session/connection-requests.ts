import { ErrorCode } from '../jute/error-code.ts';
import { replyError } from '../jute/reply.ts';
import type { ConnectionOperation } from '../jute/request.ts';
import {
  type AuthenticationOptions,
  authenticate,
  withIdentities,
} from '../znode/authentication.ts';
import type { Client } from './client.ts';
import type { ServedReplica } from './served-replica.ts';

export const PING_XID = -2;

type Auth = Extract<ConnectionOperation, { op: 'auth' }>;

/** Requests that concern nothing but the connection they come through. */
export class ConnectionRequests {
  readonly #served: ServedReplica;
  readonly #authentication: AuthenticationOptions;

  constructor(served: ServedReplica, authentication: AuthenticationOptions) {
    this.#served = served;
    this.#authentication = authentication;
  }

  /** The xid is a ping's, whatever the request said (reference §1.5). */
  ping(client: Client): void {
    replyError(client.line.outbox, PING_XID, this.#served.appliedZxid, ErrorCode.ok);
  }

  /** Counts for every request behind it at once, though its answer waits for its turn (reference §8.2). */
  auth(client: Client, { scheme, auth }: Auth): ErrorCode {
    const added = authenticate(scheme, auth, this.#authentication);
    if (added === undefined) return ErrorCode.authFailed;
    client.identities = withIdentities(client.identities, added);
    return ErrorCode.ok;
  }
}
