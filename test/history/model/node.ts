import type { AclText, NodeStat } from '../request.ts';
import { CONFIG_NODE } from './path.ts';

/** A node as it was from one zxid to the next. Never changed: a change makes another one. */
export interface ModelNode {
  readonly data: string | null;
  readonly acl: AclText;
  readonly czxid: number;
  readonly mzxid: number;
  readonly pzxid: number;
  readonly ctimeMs: number;
  readonly mtimeMs: number;
  readonly version: number;
  readonly aversion: number;
  /** Creates of children so far, from which sequence numbers come (reference §5.2). */
  readonly creates: number;
  readonly children: number;
  /** Session of an ephemeral, else 0. */
  readonly owner: number;
  /** Goes by itself once it has had a child and has none (reference §9.8). */
  readonly isContainer: boolean;
  /** Goes by itself once nobody has written to it for that long; 0: it does not. */
  readonly ttlMs: number;
}

export function statOf(node: ModelNode): NodeStat {
  return {
    czxid: node.czxid,
    mzxid: node.mzxid,
    ctimeMs: node.ctimeMs,
    mtimeMs: node.mtimeMs,
    version: node.version,
    // Creates and deletes of children, counted from what is stored (reference §5.2).
    cversion: 2 * node.creates - node.children,
    aversion: node.aversion,
    ephemeralOwner: node.owner,
    dataLength: node.data === null ? 0 : Buffer.byteLength(node.data),
    numChildren: node.children,
    pzxid: node.pzxid,
  };
}

function freshNode(acl: AclText, children: number, aversion: number): ModelNode {
  return {
    data: '',
    acl,
    czxid: 0,
    mzxid: 0,
    pzxid: 0,
    ctimeMs: 0,
    mtimeMs: 0,
    version: 0,
    aversion,
    creates: 0,
    children,
    owner: 0,
    isContainer: false,
    ttlMs: 0,
  };
}

/** What is there before any txn; none of it counted as created (reference §5.2, §5.3, §6.3). */
export const FRESH_NODES: readonly (readonly [path: string, node: ModelNode])[] = [
  ['/', freshNode(['31:world:anyone'], 1, 0)],
  ['/zookeeper', freshNode(['31:world:anyone'], 2, 0)],
  ['/zookeeper/quota', freshNode(['31:world:anyone'], 0, 0)],
  [CONFIG_NODE, freshNode(['1:world:anyone'], 0, -1)],
];
