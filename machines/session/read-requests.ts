import { invariant } from '../invariant.ts';
import type { ReadOperation } from '../jute/request.ts';
import type { Replica } from '../replica.ts';
import type { Identity } from '../znode/acl.ts';
import { Reads } from '../znode/read.ts';
import type { WatchManager } from '../znode/watch.ts';
import { answerRead } from './answer.ts';
import type { Client } from './client.ts';
import type { ServedReplica } from './served-replica.ts';

/** Requests that a member answers from its own copy of the tree. */
export class ReadRequests {
  readonly #served: ServedReplica;
  readonly #watches: WatchManager<Client>;
  #reads: Reads<Client> | undefined;

  constructor(served: ServedReplica, watches: WatchManager<Client>) {
    this.#served = served;
    this.#watches = watches;
  }

  useReplica(replica: Replica): void {
    this.#reads = new Reads(replica.tree, this.#watches);
  }

  /** @param as who the client was when it asked */
  read(client: Client, xid: number, operation: ReadOperation, as: readonly Identity[]): void {
    invariant(this.#reads !== undefined, 'a read before there is a tree');
    const result = this.#reads.read(operation, client, as);
    answerRead(client.line.outbox, xid, this.#served.appliedZxid, result);
  }
}
