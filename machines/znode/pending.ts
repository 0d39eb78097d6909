import { InvariantViolation } from '../invariant.ts';
import type { Zxid } from '../zab/zxid.ts';
import type { Acl } from './acl.ts';
import type { DataTree } from './tree.ts';
import { NodeKind, type Znode } from './znode.ts';

/** What the checks of a write ask of a node. */
export type NodeState = Pick<
  Znode,
  | 'data'
  | 'acl'
  | 'version'
  | 'childCreates'
  | 'aversion'
  | 'childCount'
  | 'kind'
  | 'ephemeralOwner'
>;

const NO_ACL: readonly Acl[] = Object.freeze([]);

/** A path as it will be once everything prepared so far is applied. One record per path, changed in place. */
class PendingNode implements NodeState {
  readonly path: string;
  /** The last txn that changed it. */
  zxid: Zxid;
  /** False: deleted. The other fields then mean nothing. */
  exists = false;
  /** A view of the request that brought it, or what the tree has. */
  data: Uint8Array | null = null;
  acl: readonly Acl[] = NO_ACL;
  version = 0;
  childCreates = 0;
  aversion = 0;
  childCount = 0;
  kind: NodeKind = NodeKind.persistent;
  ephemeralOwner = 0;

  constructor(path: string, zxid: Zxid) {
    this.path = path;
    this.zxid = zxid;
  }

  become(node: NodeState): void {
    this.exists = true;
    this.data = node.data;
    this.acl = node.acl;
    this.version = node.version;
    this.childCreates = node.childCreates;
    this.aversion = node.aversion;
    this.childCount = node.childCount;
    this.kind = node.kind;
    this.ephemeralOwner = node.ephemeralOwner;
  }

  copy(): PendingNode {
    const copy = new PendingNode(this.path, this.zxid);
    copy.become(this);
    copy.exists = this.exists;
    return copy;
  }
}

/** How to take back what a failed multi did to one record. `before` is `undefined` where the multi made it. */
interface Undo {
  readonly record: PendingNode;
  readonly before: PendingNode | undefined;
}

const NO_PATHS: ReadonlySet<string> = new Set();
/** Settled changes are cut off the queue in runs of at least this many. */
const COMPACTION = 1024;

/**
 * The changes of txns that were prepared and not yet applied, on top of the tree (reference §10.2): what
 * lets a client send create, setData and delete of a node without waiting for the first reply.
 */
export class PendingChanges {
  readonly #tree: DataTree;
  readonly #records = new Map<string, PendingNode>();
  /** Every change in zxid order, from `#settled` on: which record, and by which txn. */
  #queue: PendingNode[] = [];
  #queueZxids: Zxid[] = [];
  #settled = 0;
  /** By session: the records that exist and are its ephemerals. */
  readonly #ephemerals = new Map<number, Set<string>>();
  /** Kept while a multi is prepared. */
  #undo: Undo[] | undefined;
  #undoQueueLength = 0;

  constructor(tree: DataTree) {
    this.#tree = tree;
  }

  /** Paths with a pending state. */
  get size(): number {
    return this.#records.size;
  }

  get(path: string): NodeState | undefined {
    const record = this.#records.get(path);
    if (record === undefined) return this.#tree.get(path);
    return record.exists ? record : undefined;
  }

  /** Whether something that is prepared and not applied concerns the node. */
  isChanging(path: string): boolean {
    return this.#records.has(path);
  }

  /** `path` does not exist so far. */
  created(
    path: string,
    data: Uint8Array | null,
    acl: readonly Acl[],
    kind: NodeKind,
    owner: number,
    zxid: Zxid,
  ): void {
    let record = this.#records.get(path);
    if (record === undefined) record = this.#add(path, zxid);
    else this.#touch(record, zxid);
    record.exists = true;
    record.data = data;
    record.acl = acl;
    record.version = 0;
    record.childCreates = 0;
    record.aversion = 0;
    record.childCount = 0;
    record.kind = kind;
    record.ephemeralOwner = owner;
    this.#own(record);
  }

  /** In this and the following, `node` is what `get(path)` has just answered. */
  deleted(path: string, node: NodeState, zxid: Zxid): void {
    const record = this.#recordOf(path, node, zxid);
    this.#disown(record);
    record.exists = false;
    record.data = null;
    record.acl = NO_ACL;
  }

  dataSet(
    path: string,
    node: NodeState,
    data: Uint8Array | null,
    version: number,
    zxid: Zxid,
  ): void {
    const record = this.#recordOf(path, node, zxid);
    record.data = data;
    record.version = version;
  }

  aclSet(path: string, node: NodeState, acl: readonly Acl[], aversion: number, zxid: Zxid): void {
    const record = this.#recordOf(path, node, zxid);
    record.acl = acl;
    record.aversion = aversion;
  }

  childCreated(path: string, node: NodeState, childCreates: number, zxid: Zxid): void {
    const record = this.#recordOf(path, node, zxid);
    record.childCreates = childCreates;
    record.childCount++;
  }

  childDeleted(path: string, node: NodeState, zxid: Zxid): void {
    this.#recordOf(path, node, zxid).childCount--;
  }

  /** The ephemerals that `sessionId` will own: the committed ones, corrected by what is pending. */
  ephemeralsOf(sessionId: number): string[] {
    const committed = this.#tree.sessions.get(sessionId)?.ephemerals ?? NO_PATHS;
    const paths: string[] = [];
    for (const path of committed) if (!this.#records.has(path)) paths.push(path);
    const pending = this.#ephemerals.get(sessionId);
    if (pending !== undefined) paths.push(...pending);
    return paths;
  }

  /** From here to `keep` or `rollback` every change can be taken back. */
  begin(): void {
    this.#undo = [];
    this.#undoQueueLength = this.#queue.length;
  }

  keep(): void {
    this.#undo = undefined;
  }

  /** Back to how it was at `begin`, records that were there before included. */
  rollback(): void {
    const undo = this.#undo;
    if (undo === undefined) throw new InvariantViolation('no multi is being prepared');
    this.#undo = undefined;
    // The newest change first: a path is in the list once, but its ephemeral may have changed hands.
    for (let at = undo.length - 1; at >= 0; at--) {
      const step = undo[at];
      if (step === undefined) continue;
      const { record, before } = step;
      this.#disown(record);
      if (before === undefined) {
        this.#records.delete(record.path);
      } else {
        record.zxid = before.zxid;
        record.become(before);
        record.exists = before.exists;
        this.#own(record);
      }
    }
    this.#queue.length = this.#undoQueueLength;
    this.#queueZxids.length = this.#undoQueueLength;
  }

  /** The tree has applied everything up to `zxid`, and answers for it. */
  settle(zxid: Zxid): void {
    const queue = this.#queue;
    const zxids = this.#queueZxids;
    let at = this.#settled;
    for (; at < queue.length; at++) {
      const record = queue[at];
      const changedBy = zxids[at];
      if (record === undefined || changedBy === undefined || changedBy > zxid) break;
      // A record that a later txn changed again stays: it is newer than the tree.
      if (record.zxid === changedBy) {
        this.#disown(record);
        this.#records.delete(record.path);
      }
    }
    this.#settled = at;
    if (at >= COMPACTION && at * 2 >= queue.length) {
      this.#queue = queue.slice(at);
      this.#queueZxids = zxids.slice(at);
      this.#settled = 0;
    }
  }

  clear(): void {
    this.#records.clear();
    this.#queue = [];
    this.#queueZxids = [];
    this.#settled = 0;
    this.#ephemerals.clear();
    this.#undo = undefined;
  }

  /** The record of a node that exists, about to be changed by `zxid`. */
  #recordOf(path: string, node: NodeState, zxid: Zxid): PendingNode {
    if (node instanceof PendingNode) {
      this.#touch(node, zxid);
      return node;
    }
    const record = this.#add(path, zxid);
    record.become(node);
    this.#own(record);
    return record;
  }

  #add(path: string, zxid: Zxid): PendingNode {
    const record = new PendingNode(path, zxid);
    this.#records.set(path, record);
    this.#undo?.push({ record, before: undefined });
    this.#queue.push(record);
    this.#queueZxids.push(zxid);
    return record;
  }

  #touch(record: PendingNode, zxid: Zxid): void {
    if (record.zxid === zxid) return;
    this.#undo?.push({ record, before: record.copy() });
    record.zxid = zxid;
    this.#queue.push(record);
    this.#queueZxids.push(zxid);
  }

  #own(record: PendingNode): void {
    if (!record.exists || record.ephemeralOwner === 0) return;
    const paths = this.#ephemerals.get(record.ephemeralOwner);
    if (paths === undefined) this.#ephemerals.set(record.ephemeralOwner, new Set([record.path]));
    else paths.add(record.path);
  }

  #disown(record: PendingNode): void {
    if (!record.exists || record.ephemeralOwner === 0) return;
    const paths = this.#ephemerals.get(record.ephemeralOwner);
    if (paths?.delete(record.path) === true && paths.size === 0) {
      this.#ephemerals.delete(record.ephemeralOwner);
    }
  }
}
