import type { Txn } from '../znode/txn.ts';
import type { ForwardedRequest, RecordRun } from './message.ts';
import type { Zxid } from './zxid.ts';

/** What a leader needs of the state machine that ZAB replicates: turning requests into txns, in zxid order. */
export interface ReplicatedState {
  /** Last zxid applied, and the digest of the state right after it. */
  readonly appliedZxid: Zxid;
  readonly digest: number;
  /** Forgets everything prepared before: a new epoch begins with what is applied. */
  startPreparing(): void;
  prepare(request: ForwardedRequest, fromMember: number, zxid: Zxid, wallMs: number): Txn;
  /** The end of a session that was not heard from. */
  prepareExpiry(sessionId: number, zxid: Zxid, wallMs: number): Txn;
  /** Paths among which are all containers and TTL nodes; may be gone through over many turns. */
  reapablePaths(): Iterator<string>;
  /** Whether the leader may delete the node by itself, and nothing that is prepared concerns it (reference §9.8). */
  mayReap(path: string, wallMs: number, maxNeverUsedMs: number): boolean;
  /** The end of a container or TTL node whose time has come. */
  prepareReaping(path: string, zxid: Zxid, wallMs: number): Txn;
  /** Whether the members that the state tells of are others than this member would have there (reference §12). */
  readonly hasNewConfig: boolean;
  prepareConfig(zxid: Zxid, wallMs: number): Txn;
  encode(txns: readonly Txn[]): RecordRun;
  /** Live sessions, with their timeouts. */
  sessions(): Iterable<readonly [sessionId: number, timeoutMs: number]>;
  /** Whether the session lives and the password is its own; if so, that member owns it from now on. */
  revalidate(sessionId: number, password: Uint8Array, member: number): boolean;
  /** The member whose client the session is, where that is known. */
  ownerOf(sessionId: number): number | undefined;
}
