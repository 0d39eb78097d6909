import type { Zxid } from '../zab/zxid.ts';
import type { Acl } from './acl.ts';

/** What a node is, beside its data: decides its owner field and when it goes (reference §3.4, §5.3). */
export const NodeKind = { persistent: 0, ephemeral: 1, container: 2, ttl: 3 } as const;
export type NodeKind = (typeof NodeKind)[keyof typeof NodeKind];

/** Whether nodes of this kind are ever deleted by the leader itself (reference §9.8). */
export function isReapableKind(kind: NodeKind): boolean {
  return kind === NodeKind.container || kind === NodeKind.ttl;
}

/**
 * One znode as the tree holds it. Never mutated once it is in the tree: a change makes a new record,
 * so that a checkpoint, a pending change and a reader may share one without copying.
 */
export interface Znode {
  /** `null` is a value of its own, returned as length -1 (reference §2). */
  readonly data: Uint8Array | null;
  readonly acl: readonly Acl[];
  readonly czxid: Zxid;
  readonly mzxid: Zxid;
  readonly pzxid: Zxid;
  readonly ctimeMs: number;
  readonly mtimeMs: number;
  readonly version: number;
  /** Stored cversion: counts creates of direct children only (reference §5.2); the visible one is derived. */
  readonly childCreates: number;
  readonly aversion: number;
  readonly childCount: number;
  readonly kind: NodeKind;
  /** Session id of an ephemeral, else 0. */
  readonly ephemeralOwner: number;
  /** Milliseconds of a TTL node, else 0. */
  readonly ttlMs: number;
  /**
   * What `digest.ts` has made of the node and its path, kept for the change that takes the node's place: the one thing
   * that is written into a node that is there, and says nothing that the rest does not.
   */
  digest?: number;
}

/** A node whose digest nobody has asked for. Of the same kind as any digest, so that all nodes have one shape. */
export const NO_DIGEST = -0.5;

/** Bytes of a node's data; 0 where it has none (reference §5.1). */
export function dataLength({ data }: Pick<Znode, 'data'>): number {
  return data === null ? 0 : data.length;
}

/** A session as it is replicated. The table of these is part of the tree's state. */
export interface SessionRecord {
  readonly timeoutMs: number;
  /** 16 bytes, made where the client connected and carried by the createSession txn. */
  readonly password: Uint8Array;
  /** Paths of the ephemeral nodes that the session owns, in no order. */
  readonly ephemerals: ReadonlySet<string>;
}

/** Sums over the whole tree, kept with every checkpoint so that none is ever counted by a scan. */
export interface TreeTotals {
  /** The system's nodes included; the root counts once (ZooKeeper counts its alias as well). */
  readonly nodeCount: number;
  readonly ephemeralCount: number;
  /** Sum of path and data lengths in bytes. */
  readonly dataBytes: number;
  /** Sum of the digests of all nodes and sessions modulo 2^52 (AdHash, reference §10.5). */
  readonly digest: number;
}

/** The tree as of its last checkpoint, as storage offers it. Reads are synchronous and exact at `zxid`. */
export interface TreeReader {
  readonly zxid: Zxid;
  readonly totals: TreeTotals | undefined;
  get(path: string): Znode | undefined;
  /** Names (not paths) of the children of `path`. */
  childNames(path: string): string[];
  sessions(): Iterable<readonly [sessionId: number, record: SessionRecord]>;
  /**
   * Paths of containers and TTL nodes, at most `limit` of them, in an order of storage's own: those behind `after`,
   * which need not be there any more, or the first. Costs no more than it gives.
   */
  reapablePaths(after: string | undefined, limit: number): string[];
}

/** Everything that changed between the last checkpoint and `zxid`, to be written in one atomic commit. */
export interface Checkpoint {
  readonly zxid: Zxid;
  readonly totals: TreeTotals;
  /** Path to its node, `null` where it was deleted. */
  readonly nodes: ReadonlyMap<string, Znode | null>;
  readonly sessions: ReadonlyMap<number, SessionRecord | null>;
  /** Containers and TTL nodes that came (`true`) or went: how they are found without going through all nodes. */
  readonly reapables: ReadonlyMap<string, boolean>;
}
