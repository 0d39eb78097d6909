import type { Acl } from '../znode/acl.ts';

/** Decoded request bodies of the client protocol, by operation (reference §3.1). Bytes are views, not copies. */
export type WriteOperation =
  | CreateOperation
  | { readonly op: 'delete'; readonly path: string; readonly version: number }
  | {
      readonly op: 'setData';
      readonly path: string;
      readonly data: Uint8Array | null;
      readonly version: number;
    }
  | {
      readonly op: 'setAcl';
      readonly path: string;
      readonly acl: readonly Acl[] | null;
      readonly version: number;
    }
  | { readonly op: 'multi'; readonly parts: readonly MultiOperation[] }
  | { readonly op: 'createSession'; readonly timeoutMs: number; readonly password: Uint8Array }
  | { readonly op: 'closeSession' };

/** `flags` is the CreateMode of reference §3.4, not yet checked. An entry's scheme or id that came as null is ''. */
export interface CreateOperation {
  readonly op: 'create';
  readonly opcode: 1 | 15 | 19 | 21;
  readonly path: string;
  readonly data: Uint8Array | null;
  readonly acl: readonly Acl[] | null;
  readonly flags: number;
  readonly ttlMs: number;
}

export type MultiOperation =
  | CreateOperation
  | { readonly op: 'delete'; readonly path: string; readonly version: number }
  | {
      readonly op: 'setData';
      readonly path: string;
      readonly data: Uint8Array | null;
      readonly version: number;
    }
  | { readonly op: 'check'; readonly path: string; readonly version: number };

/** Answered from the member's own copy of the tree. */
export type ReadOperation =
  | { readonly op: 'exists'; readonly path: string; readonly watch: boolean }
  | { readonly op: 'getData'; readonly path: string; readonly watch: boolean }
  | { readonly op: 'getAcl'; readonly path: string }
  | { readonly op: 'getChildren'; readonly path: string; readonly watch: boolean }
  | { readonly op: 'getChildren2'; readonly path: string; readonly watch: boolean }
  | {
      readonly op: 'setWatches';
      readonly relativeZxid: number;
      readonly data: readonly string[];
      readonly exist: readonly string[];
      readonly child: readonly string[];
    };

/** Concern the connection alone. */
export type ConnectionOperation =
  | { readonly op: 'ping' }
  | { readonly op: 'auth'; readonly scheme: string; readonly auth: Uint8Array };

export type SyncOperation = { readonly op: 'sync'; readonly path: string };

export type Operation = WriteOperation | ReadOperation | ConnectionOperation | SyncOperation;

/** First frame of a connection (reference §1.2). */
export interface ConnectRequest {
  readonly protocolVersion: number;
  readonly lastZxidSeen: number;
  readonly timeoutMs: number;
  readonly sessionId: number;
  readonly password: Uint8Array;
  /** `undefined` where the client sent no readOnly byte: the reply then carries none either. */
  readonly readOnly: boolean | undefined;
}

/** Header of every later frame. */
export interface RequestHeader {
  readonly xid: number;
  readonly opcode: number;
}
