import type { SummaryFigures } from '../../machines/summary.ts';
import type { Zxid } from '../../machines/zab/zxid.ts';

/** What a member that serves is, in the words of ZooKeeper's `Mode:` line. */
export type ServerMode = 'standalone' | 'leader' | 'follower' | 'observer' | 'read-only';

/** Everything that the four-letter words tell of a member that serves. What is not known is `undefined`, never a guess. */
export interface MemberStatus {
  /** Begins with a plain `x.y.z`, on which tools rely (reference §14.1). */
  readonly version: string;
  /** When it was built, as text. */
  readonly builtOn: string | undefined;
  readonly mode: ServerMode;
  /** `leading - broadcast` and the like; `undefined` outside an ensemble. */
  readonly peerState: string | undefined;
  /** Members that vote; `undefined` outside an ensemble. */
  readonly quorumSize: number | undefined;
  /** Last zxid applied. */
  readonly zxid: number;
  readonly uptimeMs: number;
  /** From the arrival of a request to its reply, since the start. */
  readonly latencyMs: { readonly min: number; readonly average: number; readonly max: number };
  /** Frames from and to clients, since the start. */
  readonly received: number;
  readonly sent: number;
  /** Requests under way. */
  readonly outstanding: number;
  readonly connections: readonly ConnectionStatus[];
  readonly sessionCount: number;
  /** Sessions that this member alone knows (reference §9.5). */
  readonly localSessionCount: number;
  readonly nodeCount: number;
  readonly ephemeralCount: number;
  readonly watchCount: number;
  /** Sum of path and data lengths. */
  readonly dataBytes: number;
  readonly openFileDescriptors: number | undefined;
  readonly maxFileDescriptors: number | undefined;
  /** The member that an observer hears; `undefined` for all others. */
  readonly observedLeader: number | undefined;
  /** Only while it leads. */
  readonly leader: LeaderStatus | undefined;
  /** Payloads of frames to clients; -1 before the first. */
  readonly responseBytes: { readonly last: number; readonly min: number; readonly max: number };
  /** Further metrics by their ZooKeeper names, without `zk_`. */
  readonly counters: readonly (readonly [name: string, value: number])[];
  readonly summaries: readonly (readonly [name: string, figures: SummaryFigures])[];
  readonly configuration: ConfigurationStatus;
}

export interface ConnectionStatus {
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly reading: boolean;
  readonly unsentBytes: number;
  /** Requests under way. */
  readonly outstanding: number;
  readonly received: number;
  readonly sent: number;
  /** Wall clock of the accept, ms since 1970. */
  readonly establishedMs: number;
  /** `undefined` before the handshake is complete. */
  readonly session: SessionStatus | undefined;
}

/** The session of a connection, and what its client asked last (reference §14.1, `cons`). */
export interface SessionStatus {
  readonly sessionId: number;
  readonly timeoutMs: number;
  /** ZooKeeper's short word for it, `NA` before the first. */
  readonly lastOperation: string;
  /** -1 before the first, for both. */
  readonly lastCxid: number;
  readonly lastZxid: Zxid;
  /** On a clock that only counts up. */
  readonly lastResponseMs: number;
  readonly latencyMs: {
    readonly last: number;
    readonly min: number;
    readonly average: number;
    readonly max: number;
  };
}

export interface LeaderStatus {
  readonly uptimeMs: number;
  readonly learners: number;
  readonly syncedFollowers: number;
  readonly syncedNonVotingFollowers: number;
  readonly syncedObservers: number;
  /** Syncs that wait until this leader is sure that it leads. */
  readonly pendingSyncs: number;
  /** `undefined` before the first proposal. */
  readonly proposalBytes:
    | { readonly last: number; readonly min: number; readonly max: number }
    | undefined;
}

/** What is configured, and what of it has a name in ZooKeeper. */
export interface ConfigurationStatus {
  readonly clientPort: number;
  readonly dataDirectory: string;
  readonly logDirectory: string;
  readonly tickTimeMs: number;
  readonly maxClientCnxns: number;
  readonly minSessionTimeoutMs: number;
  readonly maxSessionTimeoutMs: number;
  readonly backlog: number;
  readonly serverId: number;
  readonly ensemble: {
    readonly isObserver: boolean;
    readonly initLimit: number;
    readonly syncLimit: number;
    readonly electionPort: number;
    readonly quorumPort: number;
    /** As the config node has it, or would have it. */
    readonly membership: string;
  };
}
