import type { ErrorCode } from '../jute/error-code.ts';
import type { Zxid } from '../zab/zxid.ts';
import type { Acl } from './acl.ts';
import type { NodeKind } from './znode.ts';

/**
 * A transaction: what the leader made of one request. Deterministic and absolute (final path, new
 * version numbers, time), so that every member that applies it gets the same tree (reference §10.1).
 */
export interface Txn {
  readonly zxid: Zxid;
  /** The leader's wall clock when it prepared the txn, ms since 1970. */
  readonly timeMs: number;
  /** 0 where no session is behind it; for createSession the id of the new session. */
  readonly sessionId: number;
  /** The client's xid. */
  readonly cxid: number;
  /** Member whose client asked, and that member's number of the request, by which it knows its own again. */
  readonly originMember: number;
  readonly requestId: number;
  readonly body: TxnBody;
}

export type TxnBody =
  | CreateTxn
  | DeleteTxn
  | SetDataTxn
  | SetAclTxn
  | CheckTxn
  | SetConfigTxn
  | CreateSessionTxn
  | CloseSessionTxn
  | ErrorTxn
  | MultiTxn;

/** The parts that a multi may hold. `create` and `create2` differ only in the reply. */
export type MultiPart = CreateTxn | DeleteTxn | SetDataTxn | CheckTxn | ErrorTxn;

export interface CreateTxn {
  readonly type: 'create';
  readonly path: string;
  readonly data: Uint8Array | null;
  readonly acl: readonly Acl[];
  readonly kind: NodeKind;
  /** Session id of an ephemeral, else 0. */
  readonly ephemeralOwner: number;
  readonly ttlMs: number;
  /** The parent's stored cversion after this create. */
  readonly parentChildCreates: number;
}
export interface DeleteTxn {
  readonly type: 'delete';
  readonly path: string;
}
export interface SetDataTxn {
  readonly type: 'setData';
  readonly path: string;
  readonly data: Uint8Array | null;
  /** The version after it. */
  readonly version: number;
}
export interface SetAclTxn {
  readonly type: 'setAcl';
  readonly path: string;
  readonly acl: readonly Acl[];
  /** The aversion after it. */
  readonly aversion: number;
}
export interface CheckTxn {
  readonly type: 'check';
  readonly path: string;
}
/** The config node, as the leader has it. Its version stays -1 (reference §5.3). */
export interface SetConfigTxn {
  readonly type: 'setConfig';
  readonly data: Uint8Array;
}
export interface CreateSessionTxn {
  readonly type: 'createSession';
  readonly timeoutMs: number;
  readonly password: Uint8Array;
}
export interface CloseSessionTxn {
  readonly type: 'closeSession';
  /** The ephemerals that go with the session. */
  readonly paths: readonly string[];
}
export interface ErrorTxn {
  readonly type: 'error';
  readonly code: ErrorCode;
}
export interface MultiTxn {
  readonly type: 'multi';
  readonly parts: readonly MultiPart[];
}
