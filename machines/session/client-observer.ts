import type { Zxid } from '../zab/zxid.ts';
import type { Acl } from '../znode/acl.ts';
import type { TreeObserver } from '../znode/tree-observer.ts';
import type { WatchManager } from '../znode/watch.ts';
import type { Client } from './client.ts';
import type { CountRequests } from './count-requests.ts';

/** What applying a txn changed, on its way to the clients of this member: to those who watch or count, and to whose session ended. */
export class ClientObserver implements TreeObserver {
  readonly #watches: WatchManager<Client>;
  readonly #counts: CountRequests;
  readonly #sessionEnded: (sessionId: number) => void;

  constructor(
    watches: WatchManager<Client>,
    counts: CountRequests,
    sessionEnded: (sessionId: number) => void,
  ) {
    this.#watches = watches;
    this.#counts = counts;
    this.#sessionEnded = sessionEnded;
  }

  nodeCreated(path: string, zxid: Zxid, acl: readonly Acl[]): void {
    this.#counts.nodeCreated(path);
    this.#watches.nodeCreated(path, zxid, acl);
  }

  nodeDeleted(path: string, zxid: Zxid, acl: readonly Acl[]): void {
    this.#counts.nodeDeleted(path);
    this.#watches.nodeDeleted(path, zxid, acl);
  }

  dataChanged(path: string, zxid: Zxid, acl: readonly Acl[]): void {
    this.#watches.dataChanged(path, zxid, acl);
  }

  childrenChanged(path: string, zxid: Zxid, acl: readonly Acl[]): void {
    this.#watches.childrenChanged(path, zxid, acl);
  }

  sessionClosed(sessionId: number): void {
    this.#sessionEnded(sessionId);
  }
}
