import type { Zxid } from '../../machines/zab/zxid.ts';
import type { MemberStatus } from '../wire/member-status.ts';

/** Bytes of the files that hold the tree, and of those that hold the log. */
export interface DirectorySizes {
  readonly dataBytes: number;
  readonly logBytes: number;
}

/** Sessions that end at a time, by the wall clock of who ends them. */
export interface ExpirySet {
  readonly wallMs: number;
  readonly sessionIds: readonly number[];
}

/** What `dump` tells (reference §14.1). */
export interface SessionDump {
  /** When sessions end, soonest first; only the leader knows. */
  readonly expiry: readonly ExpirySet[] | undefined;
  /** The same for the local ones, where there are such sessions: their own member knows (reference §9.5). */
  readonly local: readonly ExpirySet[] | undefined;
  readonly sessions: readonly { readonly sessionId: number; readonly timeoutMs: number }[];
  readonly ephemerals: readonly {
    readonly sessionId: number;
    readonly paths: readonly string[];
  }[];
  /** Open connections by the time that they would be cut off for silence; session 0 before a handshake. */
  readonly connections: readonly {
    readonly wallMs: number;
    readonly remoteAddress: string;
    readonly remotePort: number;
    readonly sessionId: number;
  }[];
}

/** The watches on data, which alone these words tell of (reference §7.6). */
export interface WatchDump {
  readonly connections: number;
  readonly paths: number;
  readonly total: number;
  bySession(): Iterable<readonly [sessionId: number, paths: Iterable<string>]>;
  byPath(): Iterable<readonly [path: string, sessionIds: Iterable<number>]>;
}

/** Where four-letter words find what they tell. What costs time is asked for only by the word that needs it. */
export interface WordSource {
  /** `undefined` while the member does not serve. */
  readonly status: MemberStatus | undefined;
  readonly version: string;
  sessions(): SessionDump;
  watches(): WatchDump;
  /** The digest of the tree at certain zxids, oldest first (reference §10.5). */
  digests(): Iterable<readonly [zxid: Zxid, digest: number]>;
  sizes(): DirectorySizes;
  environment(): readonly (readonly [key: string, value: string])[];
  resetServer(): void;
  resetConnections(): void;
  traceMask: bigint;
}
