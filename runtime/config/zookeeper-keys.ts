/** What becomes of a ZooKeeper key that is not a setting here (reference §14.5). */
export interface ForeignKey {
  /** Completes "has no effect: …", or for a refusal "asks for …". */
  readonly reason: string;
  /** A refused key stops the start: ignoring it would quietly take a protection or a promise away. */
  readonly refused?: true;
  /** Values that ask for nothing beyond what happens anyway: not worth a word. */
  readonly silentValues?: readonly string[];
}

const OFF = ['false', 'no', 'off', '0'];
const ON = ['true', 'yes', 'on'];
const onByNature = (reason: string): ForeignKey => ({ reason, silentValues: ON });
const offByNature = (reason: string): ForeignKey => ({ reason, silentValues: OFF });
const noEffect = (reason: string): ForeignKey => ({ reason });
const refused = (reason: string): ForeignKey => ({ reason, refused: true, silentValues: OFF });

const ONE_DIRECTORY = 'log and tree live in one directory, dataDir';
const PURGED = 'the log is purged behind every checkpoint; log.retainTxns says how much stays';
const NO_TLS = 'TLS for clients';
const NO_SASL = 'SASL';
const SASL_MISSING = 'SASL is not there yet';
const WATCHES = 'watches are kept in one way, and go with their connection at once';
const BUS = 'members talk over NATS';
const TEMPLATES = 'replies are not cached as a whole; cache.bytes bounds the memory for nodes';

const exact: Readonly<Record<string, ForeignKey>> = {
  dataLogDir: noEffect(ONE_DIRECTORY),
  syncLimit: noEffect('silence is judged by heartbeatTimeoutMs'),
  electionAlg: { reason: 'there is one election algorithm', silentValues: ['3'] },
  leaderServes: onByNature('the leader always serves clients'),
  standaloneEnabled: noEffect('an ensemble of one member is an ensemble'),
  reconfigEnabled: offByNature('the members cannot be changed while they run yet'),
  quorumListenOnAllIPs: noEffect(BUS),
  preAllocSize: noEffect('LMDB sizes its own files'),
  snapSizeLimitInKb: noEffect('checkpoints are incremental; checkpoint.changes bounds one'),
  'autopurge.snapRetainCount': noEffect(PURGED),
  'autopurge.purgeInterval': noEffect(PURGED),
  forceSync: onByNature('every write is flushed before it is acknowledged'),
  'fsync.warningthresholdms': noEffect('slow flushes are reported by the member itself'),
  syncEnabled: onByNature('an observer keeps its log and its tree on disk as every member does'),
  'snapshot.compression.method': noEffect('snapshots are LMDB files, not compressed'),
  'snapshot.trust.empty': noEffect('there are no snapshot files to lose'),
  'digest.enabled': onByNature('the digest of the tree is always kept'),
  'fips-mode': noEffect('there is no TLS for clients yet'),
  cnxTimeout: noEffect(BUS),
  quorumCnxnTimeoutMs: noEffect(BUS),
  connectToLearnerMasterLimit: noEffect('initLimit bounds how long a member may take to catch up'),
  observerMasterPort: noEffect(
    'observers hear the leader over NATS, which sends on its words once for all',
  ),
  maxResponseCacheSize: noEffect(TEMPLATES),
  maxGetChildrenResponseCacheSize: noEffect(TEMPLATES),
  'leader.maxConcurrentSnapSyncs': noEffect('the leader paces snapshots by itself'),
  'leader.maxConcurrentDiffSyncs': noEffect(
    'the leader paces the missing part of the log by itself',
  ),
  serverCnxnFactory: noEffect('there is one kind of listener'),
  flushDelay: noEffect('whatever waits is flushed together, without a delay'),
  maxBatchSize: noEffect('whatever waits is flushed together'),
  'admin.idleTimeout': noEffect('the admin endpoint closes idle connections by itself'),
  'admin.httpVersion': noEffect('the admin endpoint takes HTTP/1.1'),
  'admin.commandURL': noEffect('the commands are under /commands'),
  'audit.enable': offByNature('the audit log is not there yet'),
  clientTcpKeepAlive: noEffect('pings tell whether a client is there'),
  tcpKeepAlive: noEffect(BUS),
  maxTimeToWaitForEpoch: noEffect('initLimit bounds every phase'),
  secureClientPort: refused(NO_TLS),
  secureClientPortAddress: refused(NO_TLS),
  sslQuorum: refused('TLS by ZooKeeper’s keys between members; use natsTlsCa and tls:// addresses'),
  portUnification: offByNature(BUS),
  forward_learner_requests_to_commit_processor_disabled: noEffect(
    'there is no chain of request processors',
  ),
  sessionRequireClientSASLAuth: refused(`${NO_SASL} of every client`),
  allowSaslFailedClients: offByNature('SASL is not there yet'),
  enableEagerACLCheck: offByNature(
    'ACLs are checked once, by the leader, where the order of writes is made',
  ),
  'quorum.auth.enableSasl': refused(`${NO_SASL} between members`),
  'admin.forceHttps': refused('HTTPS on the admin endpoint'),
  'admin.needClientAuth': refused('client certificates on the admin endpoint'),
  'admin.portUnification': refused('HTTPS on the admin endpoint'),
  'admin.snapshot.enabled': offByNature('snapshots are not taken over HTTP yet'),
  'admin.restore.enabled': offByNature('snapshots are not restored over HTTP yet'),
  'admin.rateLimiterIntervalInMS': noEffect('snapshots are not taken over HTTP yet'),
  'audit.impl.class': noEffect('the audit log is not there yet'),
  'client.portUnification': refused(NO_TLS),
  ensembleAuthName: { reason: 'clients that must name their ensemble', refused: true },
  'IPAuthenticationProvider.usexforwardedfor': refused('client addresses from HTTP headers'),
  'X509AuthenticationProvider.superUser': noEffect('there is no TLS for clients yet'),
  superUser: noEffect(SASL_MISSING),
  letAnySaslUserDoX: noEffect(SASL_MISSING),
  requireClientAuthScheme: refused(NO_SASL),
  emulate353TTLNodes: offByNature('TTL nodes are kept in one way only'),
  'db.autocreate': onByNature(
    'an empty directory begins with an empty tree, and takes that of the others',
  ),
  'closeSessionTxn.enabled': onByNature('the txn that ends a session always names its ephemerals'),
  'serializeLastProcessedZxid.enabled': onByNature('a checkpoint always says its zxid'),
  txnLogSizeLimitInKb: noEffect('LMDB sizes its own files'),
  electionPortBindRetry: noEffect(BUS),
  watchManagerName: noEffect(WATCHES),
  bitHashCacheSize: noEffect(WATCHES),
  watcherCleanThreadsNum: noEffect(WATCHES),
  watcherCleanThreshold: noEffect(WATCHES),
  watcherCleanIntervalInSeconds: noEffect(WATCHES),
  maxInProcessingDeadWatchers: noEffect(WATCHES),
  intBufferStartingSizeBytes: noEffect('replies are not made in buffers of one size'),
  'outstandingHandshake.limit': noEffect('there is no TLS for clients yet'),
};

const families: readonly (readonly [RegExp, ForeignKey])[] = [
  [/^(group|weight)\.\d+$/, { reason: 'weighted quorums', refused: true }],
  [/^authProvider\./, { reason: 'other authentication providers', refused: true }],
  [/^quorum\.auth\./, noEffect('members do not use SASL')],
  [/^(ssl|secure|client\.cert|sslQuorum)[.A-Z]/, noEffect('there is no TLS for clients yet')],
  [/^metricsProvider\./, noEffect('metrics are read with mntr')],
  [/^multiAddress\./, noEffect(BUS)],
  [
    /^(request_throttle|requestThrottle)/,
    noEffect(
      'a request is taken in only where globalOutstandingLimit and its connection have room',
    ),
  ],
  [/^(jaasLoginRenew|kerberos\.|sasl|superUser\.\d+$)/, noEffect(SASL_MISSING)],
  [/^jvm\.pause\./, noEffect('there is no Java machine to watch')],
  [/^quorum\.cnxn\./, noEffect(BUS)],
  [/^messageTracker\./, noEffect(BUS)],
  [/^requestStale/, noEffect('requests of a connection that has gone are not looked for')],
  [/^throttled_op/, noEffect('requests do not wait before they are taken in')],
  [
    /^connection_throttle_/,
    noEffect('every handshake costs one token, and none is refused by chance'),
  ],
  [/^jute\.maxbuffer\.extrasize$/, noEffect('messages between members are cut into pieces')],
  [
    /^(leader|learner|follower|commitProcessor|prepRequestProcessor|nio|netty|observer|fastleader)\./,
    noEffect('it tunes a part of ZooKeeper that is made differently here'),
  ],
];

/** Families of keys, each by a pattern that its names match. */
export const foreignFamilies: readonly (readonly [pattern: string, key: ForeignKey])[] =
  families.map(([pattern, key]) => [pattern.source, key] as const);

/** The known ZooKeeper key of that name that is not a setting of a member. */
export function foreignKey(name: string): ForeignKey | undefined {
  if (Object.hasOwn(exact, name)) return exact[name];
  return families.find(([pattern]) => pattern.test(name))?.[1];
}

/** All foreign keys that have a fixed name. */
export function foreignKeyNames(): string[] {
  return Object.keys(exact);
}
