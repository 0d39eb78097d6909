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
  readonly nodeCount: number;
  readonly ephemeralCount: number;
  readonly watchCount: number;
  /** Sum of path and data lengths. */
  readonly dataBytes: number;
  readonly openFileDescriptors: number | undefined;
  readonly maxFileDescriptors: number | undefined;
  /** Only while it leads. */
  readonly leader: LeaderStatus | undefined;
  /** Further metrics by their ZooKeeper names, without `zk_`. */
  readonly counters: readonly (readonly [name: string, value: number])[];
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
}

export interface LeaderStatus {
  readonly uptimeMs: number;
  readonly learners: number;
  readonly syncedFollowers: number;
  readonly syncedObservers: number;
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
  readonly tickTimeMs: number | undefined;
  readonly maxClientCnxns: number;
  readonly minSessionTimeoutMs: number;
  readonly maxSessionTimeoutMs: number;
  readonly backlog: number;
  readonly serverId: number;
  /** `undefined` outside an ensemble. */
  readonly ensemble:
    | {
        readonly observer: boolean;
        /** A line for each member, as the config node has them. */
        readonly membership: readonly string[];
      }
    | undefined;
}
