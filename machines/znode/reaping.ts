import { ErrorCode } from '../jute/error-code.ts';
import { hasParent, isSpecialPath, parentOf } from './path.ts';
import type { PendingChanges } from './pending.ts';
import type { DeleteTxn, ErrorTxn } from './txn.ts';
import { isReapableKind, NodeKind, type Znode } from './znode.ts';

/**
 * Whether the leader may delete the node by itself (reference §9.8). Time counts from the last setData, in the wall
 * clock that times of txns are told in: what its children do renews neither.
 *
 * @param maxNeverUsedMs after which a container goes that has never had a child; 0: it stays
 */
export function mayReap(node: Znode, wallMs: number, maxNeverUsedMs: number): boolean {
  if (node.childCount !== 0) return false;
  const ageMs = wallMs - node.mtimeMs;
  switch (node.kind) {
    case NodeKind.container:
      return node.childCreates > 0 || (maxNeverUsedMs > 0 && ageMs > maxNeverUsedMs);
    case NodeKind.ttl:
      return ageMs > node.ttlMs;
    default:
      return false;
  }
}

/**
 * deleteContainer, which the leader asks of itself: the checks of reference §3.2 once more, against everything that
 * was prepared before it. They ask neither session nor ACL.
 */
export function deletionByLeader(
  path: string,
  pending: PendingChanges,
  zxid: number,
): DeleteTxn | ErrorTxn {
  if (!hasParent(path) || isSpecialPath(path)) return refused(ErrorCode.badArguments);
  const parentPath = parentOf(path);
  const parent = pending.get(parentPath);
  const node = pending.get(path);
  if (parent === undefined || node === undefined) return refused(ErrorCode.noNode);
  if (node.childCount !== 0) return refused(ErrorCode.notEmpty);
  // Made anew or written since: it is not the node that was looked at, and may have its whole time before it.
  if (!isReapableKind(node.kind) || pending.isChanging(path)) return refused(ErrorCode.badVersion);
  pending.deleted(path, node, zxid);
  pending.childDeleted(parentPath, parent, zxid);
  return { type: 'delete', path };
}

function refused(code: ErrorCode): ErrorTxn {
  return { type: 'error', code };
}
