import type { ClientResult, ReadRequest } from '../request.ts';
import { type Identities, PERM, permits, shownAcl } from './access.ts';
import { CODE } from './code.ts';
import { type ModelNode, statOf } from './node.ts';
import { readPath } from './path.ts';
import type { Versions } from './versions.ts';

export interface ReadAnswer {
  readonly code: number;
  /** Names of children are in no order that anybody promises. */
  readonly result: ClientResult;
}

/** What a read has to be told of the tree as it was at `zxid`, in the check order of reference §3.3. */
export function readAnswer(
  request: Exclude<ReadRequest, { op: 'sync' }>,
  identities: Identities,
  versions: Versions,
  zxid: number,
): ReadAnswer {
  if (request.op === 'setWatches') return { code: CODE.ok, result: {} };
  if (request.op === 'exists' && request.path.includes('\0')) return refused(CODE.badArguments);
  const path = readPath(request.path);
  const node = versions.at(path, zxid);
  if (node === undefined) return refused(CODE.noNode);
  const perms = request.op === 'getAcl' ? PERM.read | PERM.admin : PERM.read;
  if (!permits(node.acl, perms, identities)) return refused(CODE.noAuth);
  return { code: CODE.ok, result: resultOf(request.op, path, node, identities, versions, zxid) };
}

function resultOf(
  op: 'exists' | 'getData' | 'getAcl' | 'getChildren' | 'getChildren2',
  path: string,
  node: ModelNode,
  identities: Identities,
  versions: Versions,
  zxid: number,
): ClientResult {
  switch (op) {
    case 'exists':
      return { stat: statOf(node) };
    case 'getData':
      return { data: node.data, stat: statOf(node) };
    case 'getAcl':
      return { acl: shownAcl(node.acl, identities), stat: statOf(node) };
    case 'getChildren':
      return { names: versions.childrenAt(path, zxid) };
    case 'getChildren2':
      return { names: versions.childrenAt(path, zxid), stat: statOf(node) };
  }
}

function refused(code: number): ReadAnswer {
  return { code, result: {} };
}
