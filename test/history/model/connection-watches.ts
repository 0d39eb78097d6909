import type { ReadRequest } from '../request.ts';
import { type Identities, PERM, permits } from './access.ts';
import { type Change, EVENT_KIND } from './change.ts';
import type { CommittedTxn } from './committed-txn.ts';
import { readPath } from './path.ts';
import type { Versions } from './versions.ts';

type SetWatches = Extract<ReadRequest, { op: 'setWatches' }>;

export interface Notification {
  readonly zxid: number;
  readonly kind: number;
  readonly path: string;
}

interface Due extends Notification {
  /** An auth is under way: whether the event may be told depends on which came first. */
  readonly isOptional: boolean;
}

/** Header zxid of an event that setWatches found missed (reference §7.5). */
const NO_ZXID = -1;

/** The watches of one connection, and the events that are due to it (reference §7.2). */
export class ConnectionWatches {
  readonly #versions: Versions;
  /** Set by exists and getData. */
  readonly #data = new Set<string>();
  /** Set by getChildren. */
  readonly #children = new Set<string>();
  /** Set by addWatch, and stay (reference §7.2). */
  readonly #persistent = new Set<string>();
  readonly #recursive = new Set<string>();
  readonly #due: Due[] = [];
  /** Up to where changes have been held against the watches: index into the committed order. */
  #next = 0;

  constructor(versions: Versions) {
    this.#versions = versions;
  }

  /**
   * Everything up to `zxid` has come to pass where the connection is.
   * @param certain identities that it surely had for all of it
   * @param possible those that it may have had
   */
  advance(
    txns: readonly CommittedTxn[],
    zxid: number,
    certain: Identities,
    possible: Identities,
  ): void {
    if (this.#isEmpty) {
      this.#next = Math.max(this.#next, countThrough(txns, zxid));
      return;
    }
    for (; this.#next < txns.length; this.#next++) {
      const txn = txns[this.#next];
      if (txn === undefined || txn.zxid > zxid) return;
      for (const change of txn.outcome.changes) {
        if (!this.#trigger(change)) continue;
        // Who may not read it does not hear of it; the watch is spent all the same (reference §7.2).
        if (!permits(change.acl, PERM.read, possible)) continue;
        const isOptional = !permits(change.acl, PERM.read, certain);
        this.#due.push({ zxid: txn.zxid, kind: change.kind, path: change.path, isOptional });
      }
    }
  }

  get #isEmpty(): boolean {
    return (
      this.#data.size + this.#children.size + this.#persistent.size + this.#recursive.size === 0
    );
  }

  /** What had to be told and was not. */
  takeMissing(): Notification | undefined {
    const missing = this.#due.find((due) => !due.isOptional);
    this.#due.length = 0;
    return missing;
  }

  /** `undefined` if it is the next one due, else what was due: `null` for nothing. */
  told(notification: Notification): Notification | null | undefined {
    for (;;) {
      const due = this.#due.shift();
      if (due === undefined) return null;
      if (isSame(due, notification)) return undefined;
      if (!due.isOptional) return due;
    }
  }

  watchData(path: string): void {
    this.#data.add(readPath(path));
  }

  watchChildren(path: string): void {
    this.#children.add(readPath(path));
  }

  add(path: string, recursive: boolean): void {
    (recursive ? this.#recursive : this.#persistent).add(readPath(path));
  }

  /** Whether there is a watch of the type on exactly this path. */
  has(path: string, type: number): boolean {
    return this.#ofType(type).some((paths) => paths.has(readPath(path)));
  }

  remove(path: string, type: number): void {
    for (const paths of this.#ofType(type)) paths.delete(readPath(path));
  }

  #ofType(type: number): Set<string>[] {
    const all = [this.#children, this.#data, this.#persistent, this.#recursive];
    const paths = [this.#children, this.#data, undefined, this.#persistent, this.#recursive][
      type - 1
    ];
    return paths === undefined ? all : [paths];
  }

  /** The events that a setWatches carried out at `zxid` fires; the other watches are set (reference §7.5). */
  set(request: SetWatches, zxid: number): Notification[] {
    const { data, exist, child, relativeZxid } = request;
    const missed: Notification[] = [];
    const tell = (kind: number, path: string) => missed.push({ zxid: NO_ZXID, kind, path });
    for (const path of data.map(readPath)) {
      const node = this.#versions.at(path, zxid);
      if (node === undefined) tell(EVENT_KIND.deleted, path);
      else if (node.mzxid > relativeZxid) tell(EVENT_KIND.dataChanged, path);
      else this.#data.add(path);
    }
    for (const path of exist.map(readPath)) {
      if (this.#versions.at(path, zxid) === undefined) this.#data.add(path);
      else tell(EVENT_KIND.created, path);
    }
    for (const path of child.map(readPath)) {
      const node = this.#versions.at(path, zxid);
      if (node === undefined) tell(EVENT_KIND.deleted, path);
      else if (node.pzxid > relativeZxid) tell(EVENT_KIND.childrenChanged, path);
      else this.#children.add(path);
    }
    for (const path of request.persistent ?? []) this.add(path, false);
    for (const path of request.persistentRecursive ?? []) this.add(path, true);
    return missed;
  }

  /** Whether a watch is hit. A change is one event, however many of them are. */
  #trigger({ kind, path }: Change): boolean {
    const isStaying = this.#persistent.has(path);
    switch (kind) {
      case EVENT_KIND.created:
      case EVENT_KIND.dataChanged:
        return this.#data.delete(path) || isStaying || this.#isBelowRecursive(path);
      case EVENT_KIND.childrenChanged:
        return this.#children.delete(path) || isStaying;
      case EVENT_KIND.deleted: {
        const isData = this.#data.delete(path);
        const isChildren = this.#children.delete(path);
        return isData || isChildren || isStaying || this.#isBelowRecursive(path);
      }
    }
  }

  #isBelowRecursive(path: string): boolean {
    if (this.#recursive.size === 0) return false;
    for (const top of this.#recursive) {
      if (top === path || top === '/' || path.startsWith(`${top}/`)) return true;
    }
    return false;
  }
}

function isSame(one: Notification, other: Notification): boolean {
  return one.zxid === other.zxid && one.kind === other.kind && one.path === other.path;
}

/** How many of `txns` are not above `zxid`. */
function countThrough(txns: readonly CommittedTxn[], zxid: number): number {
  let low = 0;
  let high = txns.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((txns[middle]?.zxid ?? 0) <= zxid) low = middle + 1;
    else high = middle;
  }
  return low;
}
