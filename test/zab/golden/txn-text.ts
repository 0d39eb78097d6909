import { ErrorCode } from '../../../machines/jute/error-code.ts';
import type { RecordRun } from '../../../machines/zab/message.ts';
import { decodeRecords } from '../../../machines/zab/records.ts';
import type { Txn, TxnBody } from '../../../machines/znode/txn.ts';
import { NodeKind } from '../../../machines/znode/znode.ts';
import { zxidText } from './zxid-text.ts';

export function errorText(code: number): string {
  const known = Object.entries(ErrorCode).find(([, value]) => value === code);
  return known?.[0] ?? `error ${code}`;
}

function bodyText(body: TxnBody): string {
  switch (body.type) {
    case 'create':
      return `create ${body.path}${body.kind === NodeKind.ephemeral ? ' ephemeral' : ''}`;
    case 'delete':
    case 'setData':
    case 'setAcl':
    case 'check':
      return `${body.type} ${body.path}`;
    case 'setConfig':
      return 'setConfig';
    case 'createSession':
      return `createSession ${body.timeoutMs}ms`;
    case 'closeSession':
      return ['closeSession', ...body.paths].join(' ');
    case 'error':
      return `error ${errorText(body.code)}`;
    case 'multi':
      return `multi (${body.parts.map(bodyText).join('; ')})`;
  }
}

/** zxid and content; the session is left out where it is the zxid itself. */
export function txnText({ zxid, sessionId, body }: Txn): string {
  const of = body.type === 'closeSession' ? ` of ${zxidText(sessionId)}` : '';
  return `${zxidText(zxid)} ${bodyText(body)}${of}`;
}

/** Every txn of a run, in its order. */
export function runText(run: RecordRun): string {
  const txns: Txn[] = [];
  decodeRecords(run.bytes, run.firstZxid - 1, run.lastZxid, txns);
  return txns.map(txnText).join(', ');
}
