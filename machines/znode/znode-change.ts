import type { Zxid } from '../zab/zxid.ts';
import type { Acl } from './acl.ts';
import type { CreateTxn } from './txn.ts';
import { NO_DIGEST, NodeKind, type Znode } from './znode.ts';

/** Largest value of a create counter: an int32 on the wire and in a sequence suffix. */
export const CHILD_CREATES_MAX = 0x7fffffff;

/** The version after `version`: an int32 that skips -1, which in a request means "any" (reference §5.3). */
export function nextVersion(version: number): number {
  const next = (version + 1) | 0;
  return next === -1 ? 0 : next;
}

/** The create counter after one more create; it stays at its end instead of turning negative. */
export function nextChildCreates(childCreates: number): number {
  return childCreates < CHILD_CREATES_MAX ? childCreates + 1 : CHILD_CREATES_MAX;
}

/** The cversion that clients see: creates and deletes of children (reference §5.2), an int32. */
export function visibleCversion(node: Znode): number {
  return (2 * node.childCreates - node.childCount) | 0;
}

/** The node that `create` makes. `data` and `acl` as the tree will keep them. */
export function createdNode(
  create: CreateTxn,
  data: Uint8Array | null,
  acl: readonly Acl[],
  zxid: Zxid,
  timeMs: number,
): Znode {
  return {
    data,
    acl,
    czxid: zxid,
    mzxid: zxid,
    pzxid: zxid,
    ctimeMs: timeMs,
    mtimeMs: timeMs,
    version: 0,
    childCreates: 0,
    aversion: 0,
    childCount: 0,
    kind: create.kind,
    ephemeralOwner: create.ephemeralOwner,
    ttlMs: create.ttlMs,
    digest: NO_DIGEST,
  };
}

/** A node of a fresh tree: every stat zero (reference §5.3). */
export function initialNode(acl: readonly Acl[], childCount: number, aversion: number): Znode {
  return {
    data: new Uint8Array(0),
    acl,
    czxid: 0,
    mzxid: 0,
    pzxid: 0,
    ctimeMs: 0,
    mtimeMs: 0,
    version: 0,
    childCreates: 0,
    aversion,
    childCount,
    kind: NodeKind.persistent,
    ephemeralOwner: 0,
    ttlMs: 0,
    digest: NO_DIGEST,
  };
}

/** Fields are spelled out: one shape for every node, and no generic copy on the hot path. */
function changed(
  node: Znode,
  data: Uint8Array | null,
  acl: readonly Acl[],
  mzxid: Zxid,
  pzxid: Zxid,
  mtimeMs: number,
  version: number,
  childCreates: number,
  aversion: number,
  childCount: number,
): Znode {
  return {
    data,
    acl,
    czxid: node.czxid,
    mzxid,
    pzxid,
    ctimeMs: node.ctimeMs,
    mtimeMs,
    version,
    childCreates,
    aversion,
    childCount,
    kind: node.kind,
    ephemeralOwner: node.ephemeralOwner,
    ttlMs: node.ttlMs,
    digest: NO_DIGEST,
  };
}

/** `node` after a child was created: only cversion, pzxid and the count change (reference §5.1). */
export function withChildCreated(node: Znode, childCreates: number, zxid: Zxid): Znode {
  return withChildren(node, childCreates, node.childCount + 1, zxid);
}

/** `node` after a child was deleted. */
export function withChildDeleted(node: Znode, zxid: Zxid): Znode {
  return withChildren(node, node.childCreates, node.childCount - 1, zxid);
}

function withChildren(node: Znode, childCreates: number, childCount: number, zxid: Zxid): Znode {
  const { data, acl, mzxid, mtimeMs, version, aversion } = node;
  return changed(
    node,
    data,
    acl,
    mzxid,
    zxid,
    mtimeMs,
    version,
    childCreates,
    aversion,
    childCount,
  );
}

/** `node` after setData. */
export function withData(
  node: Znode,
  data: Uint8Array | null,
  version: number,
  zxid: Zxid,
  timeMs: number,
): Znode {
  const { acl, pzxid, childCreates, aversion, childCount } = node;
  return changed(node, data, acl, zxid, pzxid, timeMs, version, childCreates, aversion, childCount);
}

/** `node`, which tells what a quota's nodes use, with another text: nothing of its stat moves (reference §6.4). */
export function withUsage(node: Znode, data: Uint8Array): Znode {
  const { acl, mzxid, pzxid, mtimeMs, version, childCreates, aversion, childCount } = node;
  return changed(
    node,
    data,
    acl,
    mzxid,
    pzxid,
    mtimeMs,
    version,
    childCreates,
    aversion,
    childCount,
  );
}

/** `node` after setAcl: aversion and nothing else beside the list (reference §5.1). */
export function withAcl(node: Znode, acl: readonly Acl[], aversion: number): Znode {
  const { data, mzxid, pzxid, mtimeMs, version, childCreates, childCount } = node;
  return changed(
    node,
    data,
    acl,
    mzxid,
    pzxid,
    mtimeMs,
    version,
    childCreates,
    aversion,
    childCount,
  );
}
