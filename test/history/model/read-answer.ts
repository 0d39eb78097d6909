import type { ClientResult, MultiPartResult, ReadPart, ReadRequest } from '../request.ts';
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

type Read = Exclude<ReadRequest, { op: 'sync' }>;

/** What a read has to be told of the tree as it was at `zxid`, in the check order of reference §3.3. */
export function readAnswer(
  request: Read,
  { session, identities }: Reader,
  versions: Versions,
  zxid: number,
): ReadAnswer {
  switch (request.op) {
    case 'setWatches':
      return { code: CODE.ok, result: {} };
    case 'getEphemerals':
      return {
        code: CODE.ok,
        result: { names: ephemerals(request.path, session, versions, zxid) },
      };
    case 'multiRead':
      return {
        code: CODE.ok,
        result: {
          parts: request.parts.map((part) => partAnswer(part, identities, versions, zxid)),
        },
      };
    default:
      return nodeAnswer(request, identities, versions, zxid);
  }
}

/** Who reads: who a connection is, and whose session it is. */
export interface Reader {
  readonly session: number;
  readonly identities: Identities;
}

type NodeRead = Exclude<Read, { op: 'setWatches' | 'getEphemerals' | 'multiRead' }>;

function nodeAnswer(
  request: Pick<NodeRead, 'op' | 'path'>,
  identities: Identities,
  versions: Versions,
  zxid: number,
): ReadAnswer {
  if (request.op === 'exists' && request.path.includes('\0')) return refused(CODE.badArguments);
  const path = readPath(request.path);
  const node = versions.at(path, zxid);
  if (node === undefined) return refused(CODE.noNode);
  const perms = request.op === 'getAcl' ? PERM.read | PERM.admin : PERM.read;
  if (!permits(node.acl, perms, identities)) return refused(CODE.noAuth);
  return { code: CODE.ok, result: resultOf(request.op, path, node, identities, versions, zxid) };
}

/** Each read of a multiRead stands for itself (reference §3.6). */
function partAnswer(
  part: ReadPart,
  identities: Identities,
  versions: Versions,
  zxid: number,
): MultiPartResult {
  const { code, result } = nodeAnswer(part, identities, versions, zxid);
  return { code, ...result };
}

/** The prefix is plain text, not a path (reference §3.8). */
function ephemerals(prefix: string, session: number, versions: Versions, zxid: number): string[] {
  return below('/', versions, zxid).filter(
    (path) => path.startsWith(prefix) && versions.at(path, zxid)?.owner === session,
  );
}

function below(top: string, versions: Versions, zxid: number): string[] {
  const start = top === '/' ? top : `${top}/`;
  return [...versions.paths()].filter(
    (path) => path !== '/' && path.startsWith(start) && versions.at(path, zxid) !== undefined,
  );
}

function resultOf(
  op: NodeRead['op'],
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
    case 'getAllChildrenNumber':
      return { count: below(path, versions, zxid).length };
  }
}

function refused(code: number): ReadAnswer {
  return { code, result: {} };
}
