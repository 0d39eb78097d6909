import { unreachable } from '../invariant.ts';
import { ErrorCode } from '../jute/error-code.ts';
import { Opcode } from '../jute/opcode.ts';
import {
  type ClientInfo,
  replyClientInfos,
  replyEmpty,
  replyError,
  replyInt,
  replyNoToken,
} from '../jute/reply.ts';
import type { AuthOperation, ConnectionOperation } from '../jute/request.ts';
import type { Identity } from '../znode/acl.ts';
import {
  type AuthenticationOptions,
  authenticate,
  isAdmitted,
  UNCHECKED_IDENTITY,
  withIdentities,
} from '../znode/authentication.ts';
import { canonicalPath } from '../znode/path.ts';
import type { WatchManager } from '../znode/watch.ts';
import type { Client } from './client.ts';
import type { ServedReplica } from './served-replica.ts';

export const PING_XID = -2;
/** In the header of whatever has nothing to do with the tree (reference §1.5). */
export const OUTSIDE_PIPELINE_ZXID = 0;

/** Requests that concern nothing but the connection they come through. */
export class ConnectionRequests {
  readonly #served: ServedReplica;
  readonly #watches: WatchManager<Client>;
  readonly #authentication: AuthenticationOptions;

  constructor(
    served: ServedReplica,
    watches: WatchManager<Client>,
    authentication: AuthenticationOptions,
  ) {
    this.#served = served;
    this.#watches = watches;
    this.#authentication = authentication;
  }

  admits(client: Client, opcode: number): boolean {
    if (isAdmitted(client.identities, this.#authentication)) return true;
    return opcode === Opcode.auth || opcode === Opcode.sasl;
  }

  /** Counts for every request behind it at once, though its answer waits for its turn (reference §8.2). */
  auth(client: Client, { scheme, auth }: AuthOperation): ErrorCode {
    const added = authenticate(scheme, auth, this.#authentication);
    if (added === undefined) return ErrorCode.authFailed;
    client.identities = withIdentities(client.identities, added);
    return ErrorCode.ok;
  }

  /** @param as who the client was when it asked */
  answer(
    client: Client,
    xid: number,
    operation: ConnectionOperation,
    as: readonly Identity[],
  ): void {
    const { outbox } = client.line;
    const { appliedZxid } = this.#served;
    switch (operation.op) {
      case 'ping':
        // The xid is a ping's, whatever the request said (reference §1.5).
        replyEmpty(outbox, PING_XID, appliedZxid);
        return;
      case 'sasl':
        replyNoToken(outbox, xid, OUTSIDE_PIPELINE_ZXID);
        return;
      case 'whoAmI':
        replyClientInfos(outbox, xid, appliedZxid, clientInfos(as));
        return;
      case 'addWatch': {
        const path = canonicalPath(operation.path);
        if (operation.recursive) this.#watches.addPersistentRecursive(path, client);
        else this.#watches.addPersistent(path, client);
        replyInt(outbox, xid, appliedZxid, ErrorCode.ok);
        return;
      }
      case 'checkWatches':
      case 'removeWatches': {
        const path = canonicalPath(operation.path);
        const found =
          operation.op === 'checkWatches'
            ? this.#watches.has(path, client, operation.type)
            : this.#watches.removeType(path, client, operation.type);
        if (found) replyEmpty(outbox, xid, appliedZxid);
        else replyError(outbox, xid, appliedZxid, ErrorCode.noWatcher);
        return;
      }
      default:
        unreachable(operation);
    }
  }
}

/** Of a digest only the user: the rest of the id is made of the password (reference §3.8). */
function clientInfos(identities: readonly Identity[]): ClientInfo[] {
  return identities
    .filter((identity) => identity !== UNCHECKED_IDENTITY)
    .map(({ scheme, id }) => ({
      scheme,
      user: scheme === 'digest' ? (id.split(':')[0] ?? '') : id,
    }));
}
