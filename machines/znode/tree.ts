import { InvariantViolation, invariant } from '../invariant.ts';
import type { Zxid } from '../zab/zxid.ts';
import { AclTable } from './acl-table.ts';
import { ChildNames } from './child-names.ts';
import {
  addDigest,
  nodeDigestChange,
  rememberedDigest,
  sessionDigest,
  subtractDigest,
} from './digest.ts';
import { freshNodes } from './fresh-tree.ts';
import { GenerationCache } from './generation-cache.ts';
import { Overlay } from './overlay.ts';
import { nameOf, parentOf, ROOT } from './path.ts';
import { Quotas } from './quota.ts';
import { SessionTable } from './session-table.ts';
import {
  type Checkpoint,
  dataLength,
  type TreeReader,
  type TreeTotals,
  type Znode,
} from './znode.ts';

export interface DataTreeOptions {
  /** Bound of the cache of nodes read from storage, in bytes, estimated. */
  readonly nodeCacheBytes?: number | undefined;
  /** Bound of the cache of child names, in bytes, estimated. */
  readonly childNamesCacheBytes?: number | undefined;
}

const DEFAULT_NODE_CACHE_BYTES = 64 * 1024 * 1024;
const DEFAULT_CHILD_NAMES_CACHE_BYTES = 32 * 1024 * 1024;
/** What a node costs on the heap beside its path and data, roughly. */
const NODE_BYTES = 400;

const NO_NAMES: readonly string[] = Object.freeze([]);
const NO_REAPABLES: ReadonlyMap<string, boolean> = new Map();
/** So many paths of containers and TTL nodes are read from storage at a time. */
const REAPABLES_PAGE = 64;

/**
 * The replicated state: the nodes and the sessions as of `zxid`. What changed since the last checkpoint is
 * in memory, everything else in storage behind a cache (DESIGN §7). A node is looked for, newest first, in
 *   active   changes since the last freeze,
 *   frozen   the overlay that is being written,
 *   written  the overlay that was written last: storage has it, and it is likely to be asked for,
 *   cache    what was read from the reader; never a node that one of the overlays above has,
 *   reader   the last durable checkpoint.
 *
 * Only the applier changes a tree, by the verbs at the end of the class, each of which keeps children,
 * totals, digest and ephemerals in step. They do not check what the txn may do; the applier does.
 */
export class DataTree {
  readonly acls = new AclTable();
  readonly sessions: SessionTable;
  readonly quotas = new Quotas(this);
  readonly #reader: TreeReader;
  #active: Overlay;
  #frozen: Overlay | undefined;
  #frozenZxid: Zxid = 0;
  #written: ReadonlyMap<string, Znode | null> | undefined;
  readonly #cache: GenerationCache<Znode | null>;
  readonly #childNames: ChildNames;

  #zxid: Zxid;
  /** zxid of the last checkpoint that was taken, durable or frozen. */
  #checkpointZxid: Zxid;
  #nodeCount = 0;
  #ephemeralCount = 0;
  #dataBytes = 0;
  #digest = 0;

  /** Over a reader without totals, which is one that has never been written, stands a fresh tree. */
  constructor(reader: TreeReader, options: DataTreeOptions = {}) {
    this.#reader = reader;
    this.#cache = new GenerationCache(
      options.nodeCacheBytes ?? DEFAULT_NODE_CACHE_BYTES,
      nodeBytes,
    );
    this.#childNames = new ChildNames(
      options.childNamesCacheBytes ?? DEFAULT_CHILD_NAMES_CACHE_BYTES,
    );
    this.#zxid = reader.zxid;
    this.#checkpointZxid = reader.zxid;
    this.#active = new Overlay(reader.zxid);
    this.sessions = new SessionTable(reader.sessions());
    if (reader.totals === undefined) {
      invariant(reader.zxid === 0, 'a tree that txns were applied to has totals');
      for (const [path, node] of freshNodes()) {
        if (path === ROOT) this.#active.put(path, node);
        else this.#active.insert(path, parentOf(path), node);
        this.#count(path, node);
      }
    } else {
      this.#nodeCount = reader.totals.nodeCount;
      this.#ephemeralCount = reader.totals.ephemeralCount;
      this.#dataBytes = reader.totals.dataBytes;
      this.#digest = reader.totals.digest;
    }
    this.quotas.load();
  }

  /** The last txn that was applied as a whole. */
  get zxid(): Zxid {
    return this.#zxid;
  }

  get digest(): number {
    return this.#digest;
  }

  get totals(): TreeTotals {
    return {
      nodeCount: this.#nodeCount,
      ephemeralCount: this.#ephemeralCount,
      dataBytes: this.#dataBytes,
      digest: this.#digest,
    };
  }

  /** How many nodes and sessions the next checkpoint would write. */
  get dirtyCount(): number {
    return this.#active.nodes.size + this.sessions.dirtyCount;
  }

  /** Whether a checkpoint is being written. */
  get isFrozen(): boolean {
    return this.#frozen !== undefined;
  }

  /** The node at exactly `path`; any string may be asked for. */
  get(path: string): Znode | undefined {
    const known = this.#known(path);
    if (known !== undefined) return known ?? undefined;
    const cached = this.#cache.get(path);
    if (cached !== undefined) return cached ?? undefined;
    return this.#read(path);
  }

  /** As `get`, for whoever looks at many nodes once: what is read is not kept in the place of what is asked for often. */
  look(path: string): Znode | undefined {
    let node = this.#known(path);
    if (node === undefined) node = this.#cache.get(path);
    return node === undefined ? this.#reader.get(path) : (node ?? undefined);
  }

  /**
   * Names of the children of an existing node, in no order; none for any other path. The same array until
   * they change. The first request after a while costs a walk over all of them.
   */
  childNames(path: string): readonly string[] {
    const node = this.get(path);
    if (node === undefined || node.childCount === 0) return NO_NAMES;
    return this.#childNames.list(path) ?? this.#loadChildNames(path, node);
  }

  /**
   * Paths among which are all containers and TTL nodes that are there when the walk begins. It may go on over many
   * txns and checkpoints: of what comes and goes meanwhile a path may be missing, be gone, or come twice.
   */
  *reapablePaths(): Generator<string> {
    const unwritten = [this.#active.reapables, this.#frozen?.reapables ?? NO_REAPABLES];
    for (const reapables of unwritten) yield* reapables.keys();
    let last: string | undefined;
    do {
      const page = this.#reader.reapablePaths(last, REAPABLES_PAGE);
      yield* page;
      last = page.at(-1);
    } while (last !== undefined);
  }

  /**
   * Sets aside everything that changed since the last call, to be written; `undefined` if nothing did, not
   * even the zxid. Until `thaw` says that it is durable there is no other.
   */
  freeze(): Checkpoint | undefined {
    invariant(this.#frozen === undefined, 'one checkpoint is written at a time');
    if (this.dirtyCount === 0 && this.#zxid === this.#checkpointZxid) return undefined;
    this.#frozen = this.#active;
    this.#active = new Overlay(this.#zxid);
    this.#frozenZxid = this.#zxid;
    this.#checkpointZxid = this.#zxid;
    return {
      zxid: this.#zxid,
      totals: this.totals,
      nodes: this.#frozen.nodes,
      sessions: this.sessions.takeDirty(),
      reapables: this.#frozen.reapables,
    };
  }

  /** Says that the frozen checkpoint is durable and that the reader answers for it. */
  thaw(): void {
    invariant(this.#frozen !== undefined, 'only a frozen checkpoint thaws');
    invariant(
      this.#reader.zxid === this.#frozenZxid,
      () => `storage is at ${this.#reader.zxid} after the checkpoint of ${this.#frozenZxid}`,
    );
    this.#written = this.#frozen.nodes;
    this.#frozen = undefined;
  }

  /** Lets go of all that storage has as well. */
  forget(): void {
    this.#written = undefined;
    this.#cache.clear();
    this.#childNames.clear();
  }

  /** `parentPath` is that of the parent, which the caller has. */
  insert(path: string, parentPath: string, node: Znode): void {
    if (this.#active.insert(path, parentPath, node)) this.#cache.delete(path);
    this.#childNames.childCame(parentPath, path);
    this.#count(path, node);
    if (node.ephemeralOwner !== 0) {
      this.#ephemeralCount++;
      this.sessions.addEphemeral(node.ephemeralOwner, path);
    }
  }

  remove(path: string, parentPath: string, node: Znode): void {
    if (this.#active.remove(path, parentPath, node)) this.#cache.delete(path);
    this.#childNames.childWent(parentPath, path);
    this.#nodeCount--;
    this.#dataBytes -= sizeOf(path, node);
    this.#digest = subtractDigest(this.#digest, rememberedDigest(path, node));
    if (node.ephemeralOwner !== 0) {
      this.#ephemeralCount--;
      this.sessions.deleteEphemeral(node.ephemeralOwner, path);
    }
  }

  replace(path: string, before: Znode, after: Znode): void {
    // The first change since the freeze: from now on an overlay answers, and the cache must not.
    if (this.#active.put(path, after)) this.#cache.delete(path);
    this.#dataBytes += dataLength(after) - dataLength(before);
    this.#digest = addDigest(this.#digest, nodeDigestChange(path, before, after));
  }

  openSession(sessionId: number, timeoutMs: number, password: Uint8Array): void {
    const session = this.sessions.open(sessionId, timeoutMs, password);
    this.#digest = addDigest(this.#digest, sessionDigest(sessionId, session));
  }

  closeSession(sessionId: number): void {
    const session = this.sessions.get(sessionId);
    invariant(session !== undefined, 'only a session that is there is closed');
    this.sessions.close(sessionId);
    this.#digest = subtractDigest(this.#digest, sessionDigest(sessionId, session));
  }

  /** The txn of `zxid` has been applied as a whole. */
  advance(zxid: Zxid): void {
    this.#zxid = zxid;
  }

  #count(path: string, node: Znode): void {
    this.#nodeCount++;
    this.#dataBytes += sizeOf(path, node);
    this.#digest = addDigest(this.#digest, rememberedDigest(path, node));
  }

  /** What the overlays say of `path`: `null` where the node is deleted, `undefined` where they do not know. */
  #known(path: string): Znode | null | undefined {
    let node = this.#active.nodes.get(path);
    if (node !== undefined) return node;
    if (this.#frozen !== undefined) {
      node = this.#frozen.nodes.get(path);
      if (node !== undefined) return node;
    }
    return this.#written?.get(path);
  }

  #read(path: string): Znode | undefined {
    if (this.#isKnownToBeAbsent(path)) return undefined;
    const read = this.#reader.get(path);
    if (read === undefined) {
      this.#cache.set(path, null);
      return undefined;
    }
    const acl = this.acls.intern(read.acl);
    const node = acl === read.acl ? read : { ...read, acl };
    this.#cache.set(path, node);
    return node;
  }

  /** Spares a write the search for a node that it is about to create, where what is known of the parent does. */
  #isKnownToBeAbsent(path: string): boolean {
    if (path === ROOT) return false;
    // No node has such a path, and storage need not know how to look for one.
    if (!path.startsWith('/') || path.endsWith('/')) return true;
    const parentPath = parentOf(path);
    const parent = this.#known(parentPath) ?? this.#cache.get(parentPath);
    if (parent !== undefined && (parent === null || parent.childCount === 0)) return true;
    // A parent that storage does not have yet has no child there; what a former node of its path had
    // there was deleted since, so the overlays would have known.
    if (parent !== undefined && parent.czxid > this.#reader.zxid) return true;
    return this.#childNames.has(parentPath, nameOf(path)) === false;
  }

  #loadChildNames(path: string, node: Znode): readonly string[] {
    const isInStorage = node.czxid <= this.#reader.zxid && this.#reader.totals !== undefined;
    const names = new Set(isInStorage ? this.#reader.childNames(path) : NO_NAMES);
    this.#frozen?.correct(path, names);
    this.#active.correct(path, names);
    if (names.size !== node.childCount) {
      throw new InvariantViolation(
        `${path} has ${names.size} children and counts ${node.childCount}`,
      );
    }
    return this.#childNames.load(path, names);
  }
}

function sizeOf(path: string, node: Znode): number {
  return Buffer.byteLength(path) + dataLength(node);
}

function nodeBytes(path: string, node: Znode | null): number {
  return NODE_BYTES + path.length + (node === null ? 0 : dataLength(node));
}
