import { unreachable } from '../invariant.ts';
import type { Summary } from '../summary.ts';
import type { Zxid } from '../zab/zxid.ts';
import { checkAcl } from './access.ts';
import { type Acl, type Identity, OPEN_ACL, Perm } from './acl.ts';
import type { NodeObserver } from './tree-observer.ts';
import { countWatchers, WatchFigures } from './watch-figures.ts';
import { ANY_MODE, WatchMode, WatchTable } from './watch-table.ts';

/** What a notification says has happened (reference §7.1). */
export const WatchEventType = {
  nodeCreated: 1,
  nodeDeleted: 2,
  nodeDataChanged: 3,
  nodeChildrenChanged: 4,
} as const;
export type WatchEventType = (typeof WatchEventType)[keyof typeof WatchEventType];

/** What removeWatches and checkWatches name (reference §3.8). */
export const WatcherType = {
  children: 1,
  data: 2,
  any: 3,
  persistent: 4,
  persistentRecursive: 5,
} as const;
export type WatcherType = (typeof WatcherType)[keyof typeof WatcherType];

/** Who watches: a connection. Watches end with it. */
export interface Watcher {
  readonly sessionId: number;
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
  /** Set by exists, getData and addWatch. */
  readonly data = new WatchTable<W>();
  /** Set by getChildren, and by addWatch unless it is recursive. */
  readonly children = new WatchTable<W>();
  readonly figures = new WatchFigures();
  readonly #deliver: Deliver<W>;

  constructor(deliver: Deliver<W>) {
    this.#deliver = deliver;
  }

  nodeCreated(path: string, zxid: Zxid, acl: readonly Acl[]): void {
    this.#triggerData(WatchEventType.nodeCreated, path, zxid, acl, this.figures.created);
  }

  dataChanged(path: string, zxid: Zxid, acl: readonly Acl[]): void {
    const { dataChanged } = this.figures;
    this.#triggerData(WatchEventType.nodeDataChanged, path, zxid, acl, dataChanged);
  }

  /** A watcher of the data and of the children hears of it once; both watches are spent (reference §7.2). */
  nodeDeleted(path: string, zxid: Zxid, acl: readonly Acl[]): void {
    const type = WatchEventType.nodeDeleted;
    const { deleted } = this.figures;
    if (!this.children.isWatched(path)) {
      this.#triggerData(type, path, zxid, acl, deleted);
      return;
    }
    const told = new Set<W>();
    this.#triggerData(type, path, zxid, acl, deleted, told);
    const ofChildren = this.children.trigger(path, (watcher) => {
      if (!told.has(watcher)) this.#notify(watcher, type, path, zxid, acl);
    });
    countWatchers(deleted, ofChildren);
  }

  /** Recursive watches do not hear of it: they hear of the child itself (reference §7.2). */
  childrenChanged(path: string, zxid: Zxid, acl: readonly Acl[]): void {
    const type = WatchEventType.nodeChildrenChanged;
    const watchers = this.children.trigger(path, (watcher) =>
      this.#notify(watcher, type, path, zxid, acl),
    );
    countWatchers(this.figures.childrenChanged, watchers);
  }

  /** An event for one watcher that was due when its watch was set again (reference §7.5): no ACL is asked. */
  deliverMissed(watcher: W, type: WatchEventType, path: string): void {
    this.#deliver(watcher, type, path, NO_ZXID, OPEN_ACL);
  }

  /** The node need not be there, nor be readable (reference §3.8). */
  addPersistent(path: string, watcher: W): void {
    this.data.add(path, watcher, WatchMode.persistent);
    this.children.add(path, watcher, WatchMode.persistent);
  }

  /** Only among the data: of the children of a node it is never told (reference §7.2). */
  addPersistentRecursive(path: string, watcher: W): void {
    this.data.add(path, watcher, WatchMode.persistentRecursive);
  }

  /** Whether the watcher has a watch of the type on exactly this path. */
  has(path: string, watcher: W, type: WatcherType): boolean {
    const { data, children } = modesOf(type);
    return this.data.has(path, watcher, data) || this.children.has(path, watcher, children);
  }

  /** Removes what `has` asks for, other modes stay; false where there is nothing. No event tells of it. */
  removeType(path: string, watcher: W, type: WatcherType): boolean {
    const { data, children } = modesOf(type);
    const ofData = this.data.remove(path, watcher, data);
    const ofChildren = this.children.remove(path, watcher, children);
    return ofData || ofChildren;
  }

  /** Forgets the watcher, in time proportional to its own watches. */
  remove(watcher: W): void {
    this.data.removeWatcher(watcher);
    this.children.removeWatcher(watcher);
  }

  /** Watches in both tables, so that a persistent one counts twice (reference §7.6). */
  get count(): number {
    return this.data.count + this.children.count;
  }

  /**
   * One event for each watcher, however many of its watches match.
   * @param told takes those who were told
   */
  #triggerData(
    type: WatchEventType,
    path: string,
    zxid: Zxid,
    acl: readonly Acl[],
    figure: Summary,
    told?: Set<W>,
  ): void {
    const above = this.data.above(path);
    if (above.length === 0) {
      const watchers = this.data.trigger(path, (watcher) => {
        told?.add(watcher);
        this.#notify(watcher, type, path, zxid, acl);
      });
      countWatchers(figure, watchers);
      return;
    }
    const once = told ?? new Set<W>();
    const tell = (watcher: W) => {
      if (once.has(watcher)) return;
      once.add(watcher);
      this.#notify(watcher, type, path, zxid, acl);
    };
    this.data.trigger(path, tell);
    for (const watchers of above) for (const watcher of watchers) tell(watcher);
    countWatchers(figure, once.size);
  }

  /** Who may not read the node does not hear of it; the watch is spent all the same (reference §7.2). */
  #notify(watcher: W, type: WatchEventType, path: string, zxid: Zxid, acl: readonly Acl[]): void {
    if (checkAcl(acl, Perm.read, watcher.identities)) {
      this.#deliver(watcher, type, path, zxid, acl);
    }
  }
}

const NONE = 0;

function modesOf(type: WatcherType): { readonly data: number; readonly children: number } {
  switch (type) {
    case WatcherType.children:
      return { data: NONE, children: WatchMode.standard };
    case WatcherType.data:
      return { data: WatchMode.standard, children: NONE };
    case WatcherType.any:
      return { data: ANY_MODE, children: ANY_MODE };
    case WatcherType.persistent:
      return { data: WatchMode.persistent, children: WatchMode.persistent };
    case WatcherType.persistentRecursive:
      return { data: WatchMode.persistentRecursive, children: NONE };
    default:
      return unreachable(type);
  }
}
