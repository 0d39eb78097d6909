import { InvariantViolation, unreachable } from '../invariant.ts';
import { ErrorCode } from '../jute/error-code.ts';
import { Opcode } from '../jute/opcode.ts';
import type { Outbox } from '../jute/outbox.ts';
import {
  type MultiReplyPart,
  replyAcl,
  replyChildren,
  replyChildrenStat,
  replyData,
  replyEmpty,
  replyError,
  replyMulti,
  replyPath,
  replyPathStat,
  replyStat,
} from '../jute/reply.ts';
import type { Zxid } from '../zab/zxid.ts';
import type { ReadResult } from '../znode/read.ts';
import type { TxnPartResult, TxnResult } from '../znode/txn-result.ts';
import type { Waiting } from './client.ts';

export function answerRead(out: Outbox, xid: number, zxid: Zxid, result: ReadResult): void {
  switch (result.type) {
    case 'exists':
      replyStat(out, xid, zxid, result.node);
      return;
    case 'getData':
      replyData(out, xid, zxid, result.node);
      return;
    case 'getAcl':
      replyAcl(out, xid, zxid, result.acl, result.node);
      return;
    case 'getChildren':
      replyChildren(out, xid, zxid, result.names, result.names.length);
      return;
    case 'getChildren2':
      replyChildrenStat(out, xid, zxid, result.names, result.names.length, result.node);
      return;
    case 'setWatches':
      replyEmpty(out, xid, zxid);
      return;
    case 'getEphemerals':
      replyChildren(out, xid, zxid, result.paths, result.paths.length);
      return;
    case 'multiRead':
      replyMulti(out, xid, zxid, result.parts);
      return;
    case 'error':
      replyError(out, xid, zxid, result.code);
      return;
    default:
      unreachable(result);
  }
}

/** @param result what applying the txn came to; `undefined` for a sync, which has none */
export function answerWrite(
  out: Outbox,
  request: Extract<Waiting, { kind: 'write' | 'sync' }>,
  zxid: Zxid,
  result: TxnResult | undefined,
): void {
  const { xid } = request;
  if (request.kind === 'sync') {
    replyPath(out, xid, zxid, request.path);
    return;
  }
  if (result === undefined) throw new InvariantViolation('a write without a result');
  switch (result.type) {
    case 'create':
      if (request.opcode === Opcode.create) replyPath(out, xid, zxid, result.path);
      else replyPathStat(out, xid, zxid, result.path, result.node);
      return;
    case 'setData':
    case 'setAcl':
      replyStat(out, xid, zxid, result.node);
      return;
    case 'delete':
    case 'check':
    case 'closeSession':
      replyEmpty(out, xid, zxid);
      return;
    case 'error':
      replyError(out, xid, zxid, result.code);
      return;
    case 'multi':
      replyMulti(out, xid, zxid, replyParts(result.parts, request.parts ?? []));
      return;
    case 'setConfig':
      throw new InvariantViolation('nobody asks for a change of the config node');
    case 'createSession':
      throw new InvariantViolation('a new session is answered by a ConnectResponse');
    default:
      unreachable(result);
  }
}

function replyParts(parts: readonly TxnPartResult[], opcodes: readonly number[]): MultiReplyPart[] {
  return parts.map((part, at): MultiReplyPart => {
    switch (part.type) {
      case 'create':
        return opcodes[at] === Opcode.create
          ? { type: 'create', path: part.path }
          : { type: 'create2', path: part.path, node: part.node };
      case 'setData':
        return { type: 'setData', node: part.node };
      case 'delete':
        return { type: 'delete' };
      case 'check':
        return { type: 'check' };
      case 'error':
        return part;
      default:
        return unreachable(part);
    }
  });
}

/** Never told to a client: its connection is cut instead (reference §1.7). */
export function isMoved(result: TxnResult): boolean {
  if (result.type === 'error') return result.code === ErrorCode.sessionMoved;
  if (result.type !== 'multi') return false;
  return result.parts.some((part) => part.type === 'error' && part.code === ErrorCode.sessionMoved);
}
