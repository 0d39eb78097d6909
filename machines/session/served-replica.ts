import { invariant } from '../invariant.ts';
import type { Replica } from '../replica.ts';
import type { Zxid } from '../zab/zxid.ts';

/** The replica that a member answers its clients from. */
export class ServedReplica {
  #replica: Replica | undefined;

  /** Once at the start, and again when a snapshot has replaced the tree. */
  use(replica: Replica): void {
    this.#replica = replica;
  }

  get current(): Replica {
    invariant(this.#replica !== undefined, 'requests before there is a tree');
    return this.#replica;
  }

  /** What a reply carries that is built now (reference §1.5). */
  get appliedZxid(): Zxid {
    return this.current.appliedZxid;
  }
}
