import type { Zxid } from '../zab/zxid.ts';
import { checkAcl } from './access.ts';
import { type Acl, type Identity, OPEN_ACL, Perm } from './acl.ts';
import type { NodeObserver } from './tree-observer.ts';
import { WatchTable } from './watch-table.ts';

/** What a notification says has happened (reference §7.1). */
export const WatchEventType = {
  nodeCreated: 1,
  nodeDeleted: 2,
  nodeDataChanged: 3,
  nodeChildrenChanged: 4,
} as const;
export type WatchEventType = (typeof WatchEventType)[keyof typeof WatchEventType];

/** Who watches: a connection. Watches end with it. */
export interface Watcher {
  readonly identities: readonly Identity[];
}

/** zxid of events that setWatches fires: they belong to no txn that the client could wait for (reference §7.5). */
export const NO_ZXID = -1;

/** Must not throw. May remove watchers, may not add watches. */
export type Deliver<W extends Watcher> = (
  watcher: W,
  type: WatchEventType,
  path: string,
  zxid: Zxid,
  acl: readonly Acl[],
) => void;

/**
 * The watches of one member's connections. Given to the applier as observer, it delivers the events of a
 * txn while it is applied: before its reply, and before any read of what it made (reference §7.3).
 */
export class WatchManager<W extends Watcher> implements NodeObserver {
  /** Set by exists and getData. */
  readonly data = new WatchTable<W>();
  /** Set by getChildren. */
  readonly children = new WatchTable<W>();
  readonly #deliver: Deliver<W>;

  constructor(deliver: Deliver<W>) {
    this.#deliver = deliver;
  }

  nodeCreated(path: string, zxid: Zxid, acl: readonly Acl[]): void {
    this.#triggerData(WatchEventType.nodeCreated, path, zxid, acl);
  }

  dataChanged(path: string, zxid: Zxid, acl: readonly Acl[]): void {
    this.#triggerData(WatchEventType.nodeDataChanged, path, zxid, acl);
  }

  /** A watcher of the data and of the children hears of it once (reference §7.2). */
  nodeDeleted(path: string, zxid: Zxid, acl: readonly Acl[]): void {
    const told = this.#triggerData(WatchEventType.nodeDeleted, path, zxid, acl);
    const watchers = this.children.trigger(path);
    if (watchers === undefined) return;
    for (const watcher of watchers.keys()) {
      if (told?.has(watcher) !== true) {
        this.#notify(watcher, WatchEventType.nodeDeleted, path, zxid, acl);
      }
    }
  }

  childrenChanged(path: string, zxid: Zxid, acl: readonly Acl[]): void {
    const watchers = this.children.trigger(path);
    if (watchers === undefined) return;
    for (const watcher of watchers.keys()) {
      this.#notify(watcher, WatchEventType.nodeChildrenChanged, path, zxid, acl);
    }
  }

  /** An event for one watcher that was due when its watch was set again (reference §7.5): no ACL is asked. */
  deliverMissed(watcher: W, type: WatchEventType, path: string): void {
    this.#deliver(watcher, type, path, NO_ZXID, OPEN_ACL);
  }

  /** Forgets the watcher, in time proportional to its own watches. */
  remove(watcher: W): void {
    this.data.removeWatcher(watcher);
    this.children.removeWatcher(watcher);
  }

  /** Watches in both tables. */
  get count(): number {
    return this.data.count + this.children.count;
  }

  #triggerData(
    type: WatchEventType,
    path: string,
    zxid: Zxid,
    acl: readonly Acl[],
  ): ReadonlyMap<W, number> | undefined {
    const watchers = this.data.trigger(path);
    if (watchers !== undefined) {
      for (const watcher of watchers.keys()) this.#notify(watcher, type, path, zxid, acl);
    }
    return watchers;
  }

  /** Who may not read the node does not hear of it; the watch is spent all the same (reference §7.2). */
  #notify(watcher: W, type: WatchEventType, path: string, zxid: Zxid, acl: readonly Acl[]): void {
    if (checkAcl(acl, Perm.read, watcher.identities)) {
      this.#deliver(watcher, type, path, zxid, acl);
    }
  }
}
