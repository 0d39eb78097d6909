import { unreachable } from '../invariant.ts';
import { ErrorCode } from '../jute/error-code.ts';
import type { ReadOperation, ReadPart } from '../jute/request.ts';
import { checkAcl, visibleAcl } from './access.ts';
import { type Acl, type Identity, Perm } from './acl.ts';
import { canonicalPath, ROOT } from './path.ts';
import type { DataTree } from './tree.ts';
import { WatchEventType, type Watcher, type WatchManager } from './watch.ts';
import { WatchMode } from './watch-table.ts';
import { dataLength, type Znode } from './znode.ts';

/** What a read comes to: everything that its reply says, not yet encoded. */
export type ReadResult =
  | { readonly type: 'exists'; readonly node: Znode }
  | { readonly type: 'getData'; readonly node: Znode }
  | { readonly type: 'getAcl'; readonly node: Znode; readonly acl: readonly Acl[] }
  | {
      readonly type: 'getChildren' | 'getChildren2';
      readonly node: Znode;
      /** The same array until the children change. */
      readonly names: readonly string[];
    }
  | { readonly type: 'setWatches' }
  | { readonly type: 'getEphemerals'; readonly paths: readonly string[] }
  | { readonly type: 'multiRead'; readonly parts: readonly ReadPartResult[] }
  | { readonly type: 'error'; readonly code: ErrorCode };

/** Of one read of a multiRead. */
export type ReadPartResult =
  | { readonly type: 'getData'; readonly node: Znode }
  | { readonly type: 'getChildren'; readonly node: Znode; readonly names: readonly string[] }
  | { readonly type: 'error'; readonly code: ErrorCode };

type SetWatches = Extract<ReadOperation, { op: 'setWatches' }>;

const NO_NODE: ReadPartResult = Object.freeze({ type: 'error', code: ErrorCode.noNode });
const NO_AUTH: ReadPartResult = Object.freeze({ type: 'error', code: ErrorCode.noAuth });
const BAD_ARGUMENTS: ReadResult = Object.freeze({ type: 'error', code: ErrorCode.badArguments });
/** Of the reply to one multiRead: clients take less, unless they are told otherwise. */
export const MULTI_READ_BYTES_MAX = 16 * 1024 * 1024;
const TOO_LARGE: ReadPartResult = Object.freeze({
  type: 'error',
  code: ErrorCode.marshallingError,
});
const WATCHES_SET: ReadResult = Object.freeze({ type: 'setWatches' });

/**
 * Answers reads from the tree of this member, in the check order of reference §3.3, and sets the watches
 * they ask for in the same step, so that no txn comes between the two.
 */
export class Reads<W extends Watcher> {
  readonly #tree: DataTree;
  readonly #watches: WatchManager<W>;

  constructor(tree: DataTree, watches: WatchManager<W>) {
    this.#tree = tree;
    this.#watches = watches;
  }

  /** @param identities who the client was when it asked: an `auth` behind the read does not count for it */
  read(
    operation: ReadOperation,
    watcher: W,
    identities: readonly Identity[] = watcher.identities,
  ): ReadResult {
    switch (operation.op) {
      case 'exists':
        return this.exists(operation.path, operation.watch, watcher, identities);
      case 'getData':
        return this.getData(operation.path, operation.watch, watcher, identities);
      case 'getAcl':
        return this.getAcl(operation.path, watcher, identities);
      case 'getChildren':
      case 'getChildren2':
        return this.getChildren(operation.op, operation.path, operation.watch, watcher, identities);
      case 'setWatches':
        return this.setWatches(operation, watcher);
      case 'getEphemerals':
        return this.getEphemerals(operation.prefix, watcher);
      case 'multiRead':
        return { type: 'multiRead', parts: this.#parts(operation.parts, identities) };
      default:
        return unreachable(operation);
    }
  }

  /** The only read that may watch a node which is not there: it waits for its creation. */
  exists(
    requested: string,
    watch: boolean,
    watcher: W,
    identities = watcher.identities,
  ): ReadResult {
    if (requested.includes('\0')) return BAD_ARGUMENTS;
    const path = canonicalPath(requested);
    const node = this.#tree.get(path);
    if (node !== undefined && !checkAcl(node.acl, Perm.read, identities)) return NO_AUTH;
    if (watch) this.#watches.data.add(path, watcher, WatchMode.standard);
    return node === undefined ? NO_NODE : { type: 'exists', node };
  }

  getData(
    requested: string,
    watch: boolean,
    watcher: W,
    identities = watcher.identities,
  ): ReadResult {
    const path = canonicalPath(requested);
    const node = this.#tree.get(path);
    if (node === undefined) return NO_NODE;
    if (!checkAcl(node.acl, Perm.read, identities)) return NO_AUTH;
    if (watch) this.#watches.data.add(path, watcher, WatchMode.standard);
    return { type: 'getData', node };
  }

  getAcl(requested: string, watcher: W, identities = watcher.identities): ReadResult {
    const node = this.#tree.get(canonicalPath(requested));
    if (node === undefined) return NO_NODE;
    if (!checkAcl(node.acl, Perm.read | Perm.admin, identities)) return NO_AUTH;
    return { type: 'getAcl', node, acl: visibleAcl(node.acl, identities) };
  }

  getChildren(
    type: 'getChildren' | 'getChildren2',
    requested: string,
    watch: boolean,
    watcher: W,
    identities = watcher.identities,
  ): ReadResult {
    const path = canonicalPath(requested);
    const node = this.#tree.get(path);
    if (node === undefined) return NO_NODE;
    if (!checkAcl(node.acl, Perm.read, identities)) return NO_AUTH;
    if (watch) this.#watches.children.add(path, watcher, WatchMode.standard);
    return { type, node, names: this.#tree.childNames(path) };
  }

  /** Of the session that asks, as the session table has them: those whose path begins with the text (reference §3.8). */
  getEphemerals(prefix: string, { sessionId }: Watcher): ReadResult {
    const paths = [...(this.#tree.sessions.get(sessionId)?.ephemerals ?? [])];
    const wanted = prefix.trim();
    return {
      type: 'getEphemerals',
      paths:
        wanted === '' || wanted === ROOT ? paths : paths.filter((path) => path.startsWith(prefix)),
    };
  }

  /** One frame may name the same large node ten thousand times, which would take more memory than there is. */
  #parts(parts: readonly ReadPart[], identities: readonly Identity[]): readonly ReadPartResult[] {
    let left = MULTI_READ_BYTES_MAX;
    return parts.map((part) => {
      if (left < 0) return TOO_LARGE;
      const result = this.#part(part, identities);
      left -= bytesOf(result);
      return left < 0 ? TOO_LARGE : result;
    });
  }

  /** One read of a multiRead: what fails of it concerns no other (reference §3.6). */
  #part({ op, path: requested }: ReadPart, identities: readonly Identity[]): ReadPartResult {
    const path = canonicalPath(requested);
    const node = this.#tree.get(path);
    if (node === undefined) return NO_NODE;
    if (!checkAcl(node.acl, Perm.read, identities)) return NO_AUTH;
    return op === 'getData'
      ? { type: op, node }
      : { type: op, node, names: this.#tree.childNames(path) };
  }

  /**
   * Sets the watches of a client that has come back, and tells it at once what it has missed since
   * `relativeZxid` (reference §7.5). No ACL is asked.
   */
  setWatches(operation: SetWatches, watcher: W): ReadResult {
    const { relativeZxid } = operation;
    for (const requested of operation.data) {
      const path = canonicalPath(requested);
      const node = this.#tree.get(path);
      if (node === undefined) this.#missed(watcher, WatchEventType.nodeDeleted, path);
      else if (node.mzxid > relativeZxid) {
        this.#missed(watcher, WatchEventType.nodeDataChanged, path);
      } else this.#watches.data.add(path, watcher, WatchMode.standard);
    }
    for (const requested of operation.exist) {
      const path = canonicalPath(requested);
      if (this.#tree.get(path) === undefined)
        this.#watches.data.add(path, watcher, WatchMode.standard);
      else this.#missed(watcher, WatchEventType.nodeCreated, path);
    }
    for (const requested of operation.child) {
      const path = canonicalPath(requested);
      const node = this.#tree.get(path);
      if (node === undefined) this.#missed(watcher, WatchEventType.nodeDeleted, path);
      else if (node.pzxid > relativeZxid) {
        this.#missed(watcher, WatchEventType.nodeChildrenChanged, path);
      } else this.#watches.children.add(path, watcher, WatchMode.standard);
    }
    // What these have missed is lost: nothing is told (reference §7.5).
    for (const requested of operation.persistent) {
      this.#watches.addPersistent(canonicalPath(requested), watcher);
    }
    for (const requested of operation.persistentRecursive) {
      this.#watches.addPersistentRecursive(canonicalPath(requested), watcher);
    }
    return WATCHES_SET;
  }

  #missed(watcher: W, type: WatchEventType, path: string): void {
    this.#watches.deliverMissed(watcher, type, path);
  }
}

/** About what a reply needs for it. */
function bytesOf(part: ReadPartResult): number {
  if (part.type === 'getData') return dataLength(part.node);
  if (part.type === 'getChildren') return part.names.reduce((sum, name) => sum + name.length, 0);
  return 0;
}
