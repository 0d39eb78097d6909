import type { ClientRequest } from '../request.ts';
import { zxidText } from '../zxid-text.ts';
import type { Identities } from './access.ts';
import { CODE } from './code.ts';

/** A request that a client has sent. */
export interface Invocation {
  readonly connection: number;
  readonly session: number;
  readonly xid: number;
  readonly request: ClientRequest;
  readonly atMs: number;
  /** What the connection had proven when it was sent: it holds for this request (reference §8.2). */
  readonly identities: Identities;
  /** The newest zxid that any client had been shown by then. */
  readonly shownBefore: number;
}

/** The error that a member gives of itself, without a txn, to what it does not read (reference §3.1, §3.5). */
export function refusalAtMember(request: ClientRequest): number | undefined {
  if (request.op !== 'multi') return undefined;
  const isUnread = request.parts.some(
    (part) => part.op === 'create' && (part.mode < 0 || part.mode > (part.opcode === 21 ? 6 : 4)),
  );
  return isUnread ? CODE.marshallingError : undefined;
}

export function wordsOf({ connection, session, xid, request }: Invocation): string {
  const path = 'path' in request ? ` ${request.path}` : '';
  return `${request.op}${path} (xid ${xid} of session ${zxidText(session)} on connection ${connection})`;
}
