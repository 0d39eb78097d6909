import { type Acl, OPEN_ACL, Perm } from './acl.ts';
import { CONFIG_NODE, QUOTA_ROOT, ROOT, SYSTEM_ROOT } from './path.ts';
import type { Znode } from './znode.ts';
import { initialNode } from './znode-change.ts';

const READ_ONLY_ACL: readonly Acl[] = Object.freeze([
  Object.freeze({ perms: Perm.read, scheme: 'world', id: 'anyone' }),
]);

/**
 * The nodes of a tree that no txn has touched, parents first. Their creates were never counted, so the
 * visible cversion of `/` is -1 and that of `/zookeeper` -2; the ACL of the config node was set once at
 * version -1 (reference §5.2, §5.3).
 */
export function freshNodes(): readonly (readonly [path: string, node: Znode])[] {
  return [
    [ROOT, initialNode(OPEN_ACL, 1, 0)],
    [SYSTEM_ROOT, initialNode(OPEN_ACL, 2, 0)],
    [QUOTA_ROOT, initialNode(OPEN_ACL, 0, 0)],
    [CONFIG_NODE, initialNode(READ_ONLY_ACL, 0, -1)],
  ];
}
