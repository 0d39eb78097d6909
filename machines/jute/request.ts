import type { Acl } from '../znode/acl.ts';
import type { WatcherType } from '../znode/watch.ts';

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
  | ReconfigOperation
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

/** Texts as they came, not yet looked at (reference §12); absent ones came as null. */
export interface ReconfigOperation {
  readonly op: 'reconfig';
  readonly joining: string | null;
  readonly leaving: string | null;
  readonly newMembers: string | null;
  /** zxid of the configuration that is to be changed, -1 for whatever it is. */
  readonly fromConfig: number;
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
  /** Both setWatches and setWatches2: the former names no persistent ones (reference §7.5). */
  | {
      readonly op: 'setWatches';
      readonly relativeZxid: number;
      readonly data: readonly string[];
      readonly exist: readonly string[];
      readonly child: readonly string[];
      readonly persistent: readonly string[];
      readonly persistentRecursive: readonly string[];
    }
  | { readonly op: 'getEphemerals'; readonly prefix: string }
  | { readonly op: 'multiRead'; readonly parts: readonly ReadPart[] };

/** One read of a multiRead (reference §3.6). None of them watches. */
export type ReadPart = {
  readonly op: 'getData' | 'getChildren';
  readonly path: string;
};

/** Concern the connection alone. */
export type ConnectionOperation =
  | { readonly op: 'ping' }
  | { readonly op: 'addWatch'; readonly path: string; readonly recursive: boolean }
  | {
      readonly op: 'removeWatches' | 'checkWatches';
      readonly path: string;
      readonly type: WatcherType;
    }
  | { readonly op: 'whoAmI' }
  | { readonly op: 'sasl' };

/** Answered by the member alone, when the request's turn has come. */
export type LocalOperation = ReadOperation | ConnectionOperation;

/** Counts at once for whatever comes behind it; only its answer waits for its turn. */
export type AuthOperation = {
  readonly op: 'auth';
  readonly scheme: string;
  readonly auth: Uint8Array | null;
};

/** How many nodes there are below one: may take several turns. */
export type CountOperation = { readonly op: 'getAllChildrenNumber'; readonly path: string };

export type SyncOperation = { readonly op: 'sync'; readonly path: string };

export type Operation =
  | WriteOperation
  | LocalOperation
  | CountOperation
  | AuthOperation
  | SyncOperation;

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
