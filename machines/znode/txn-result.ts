import type { ErrorCode } from '../jute/error-code.ts';
import type { Znode } from './znode.ts';

/**
 * What applying a txn came to: everything that the reply to its client says. `node` is the state right
 * after the txn, or right after that part of a multi: a later part does not show in it (reference §3.5).
 */
export type TxnResult =
  | TxnPartResult
  | { readonly type: 'setAcl'; readonly path: string; readonly node: Znode }
  | { readonly type: 'setConfig' }
  | {
      readonly type: 'createSession';
      readonly sessionId: number;
      readonly timeoutMs: number;
      readonly password: Uint8Array;
    }
  | { readonly type: 'closeSession'; readonly sessionId: number }
  | { readonly type: 'multi'; readonly parts: readonly TxnPartResult[] };

export type TxnPartResult =
  | { readonly type: 'create'; readonly path: string; readonly node: Znode }
  | { readonly type: 'delete'; readonly path: string }
  | { readonly type: 'setData'; readonly path: string; readonly node: Znode }
  | { readonly type: 'check'; readonly path: string }
  | { readonly type: 'error'; readonly code: ErrorCode };
