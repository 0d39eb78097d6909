/** What a client asks for and what it is told, as plain data: text for bytes, so that a history can be read. */
export type ClientRequest = WriteRequest | ReadRequest | ConnectionRequest;

export type WriteRequest =
  | SingleWrite
  | {
      readonly op: 'setAcl';
      readonly path: string;
      readonly acl: AclText;
      readonly version: number;
    }
  | { readonly op: 'multi'; readonly parts: readonly MultiPart[] }
  | { readonly op: 'closeSession' };

export type SingleWrite =
  | {
      readonly op: 'create';
      /** create 1, create2 15, createContainer 19, createTTL 21. */
      readonly opcode: 1 | 15 | 19 | 21;
      readonly path: string;
      readonly data: string | null;
      readonly acl: AclText;
      /** CreateMode of reference §3.4. */
      readonly mode: number;
      readonly ttlMs: number;
    }
  | { readonly op: 'delete'; readonly path: string; readonly version: number }
  | {
      readonly op: 'setData';
      readonly path: string;
      readonly data: string | null;
      readonly version: number;
    };

export type MultiPart =
  | SingleWrite
  | { readonly op: 'check'; readonly path: string; readonly version: number };

export type ReadRequest =
  | { readonly op: 'exists' | 'getData'; readonly path: string; readonly watch: boolean }
  | { readonly op: 'getChildren' | 'getChildren2'; readonly path: string; readonly watch: boolean }
  | { readonly op: 'getAcl'; readonly path: string }
  | { readonly op: 'sync'; readonly path: string }
  | {
      readonly op: 'setWatches';
      readonly relativeZxid: number;
      readonly data: readonly string[];
      readonly exist: readonly string[];
      readonly child: readonly string[];
      /** Where one of these is given, it is a setWatches2. */
      readonly persistent?: readonly string[];
      readonly persistentRecursive?: readonly string[];
    }
  /** Those of the session whose path begins with the text. */
  | { readonly op: 'getEphemerals'; readonly path: string }
  | { readonly op: 'getAllChildrenNumber'; readonly path: string }
  | { readonly op: 'multiRead'; readonly parts: readonly ReadPart[] };

export interface ReadPart {
  readonly op: 'getData' | 'getChildren';
  readonly path: string;
}

export type ConnectionRequest =
  | { readonly op: 'ping' }
  | { readonly op: 'addWatch'; readonly path: string; readonly recursive: boolean }
  /** `type` is one of reference §3.8. */
  | {
      readonly op: 'removeWatches' | 'checkWatches';
      readonly path: string;
      readonly type: number;
    }
  | { readonly op: 'auth'; readonly scheme: string; readonly credentials: string };

/** One line for each entry: permissions, scheme and id joined by colons. */
export type AclText = readonly string[];

export interface NodeStat {
  readonly czxid: number;
  readonly mzxid: number;
  readonly ctimeMs: number;
  readonly mtimeMs: number;
  readonly version: number;
  readonly cversion: number;
  readonly aversion: number;
  readonly ephemeralOwner: number;
  readonly dataLength: number;
  readonly numChildren: number;
  readonly pzxid: number;
}

/** The fields that the reply to the request has; empty for an error and where there is nothing to tell. */
export interface ClientResult {
  /** Of a create: with the sequence number. */
  readonly path?: string;
  readonly data?: string | null;
  readonly stat?: NodeStat;
  readonly names?: readonly string[];
  readonly acl?: AclText;
  readonly parts?: readonly MultiPartResult[];
  readonly count?: number;
}

export interface MultiPartResult {
  readonly code: number;
  readonly path?: string;
  readonly stat?: NodeStat;
  readonly data?: string | null;
  readonly names?: readonly string[];
}

export const XID = { notification: -1, ping: -2, auth: -4, setWatches: -8 } as const;

export function isWrite(request: ClientRequest): request is WriteRequest {
  switch (request.op) {
    case 'create':
    case 'delete':
    case 'setData':
    case 'setAcl':
    case 'multi':
    case 'closeSession':
      return true;
    default:
      return false;
  }
}
