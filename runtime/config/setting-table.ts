import type { SettingKey } from './setting-schema.ts';

/** How one setting is written and what it means. */
export interface SettingRow {
  readonly flag: string;
  /** What stands behind the flag in the help. */
  readonly argument: string;
  readonly description: string;
  /** Used when nobody gives the setting; absent where there is none. */
  readonly fallback?: string;
  /** Names that zoo.cfg has for it, beside its own. */
  readonly zookeeperKeys?: readonly string[];
}

/** Every setting of a member, in the order of the help and of the README. */
export const settingTable: Readonly<Record<SettingKey, SettingRow>> = {
  id: {
    flag: '--id',
    argument: 'N',
    description: 'this member, 1 to 255; the file "myid" in the data directory says it too',
  },
  members: {
    flag: '--members',
    argument: 'N,N',
    description: 'ids of all voting members; server.N lines of a file say it too',
  },
  observers: {
    flag: '--observers',
    argument: 'N,N',
    description: 'ids of members that serve clients but have no vote; server.N lines say it too',
  },
  peerType: {
    flag: '--peer-type',
    argument: 'TYPE',
    description:
      'participant, or observer: this member has no vote, whether --observers names it or not',
  },
  ensemble: {
    flag: '--ensemble',
    argument: 'NAME',
    description: 'keeps ensembles on one bus apart: part of every subject',
    fallback: 'vivarium',
  },
  dataDir: {
    flag: '--data',
    argument: 'DIR',
    description: 'where this member keeps its log and its tree; of this member alone',
  },
  nats: {
    flag: '--nats',
    argument: 'URL,URL',
    description: 'the NATS servers that join the members',
    fallback: 'nats://127.0.0.1:4222',
  },
  natsCredentials: {
    flag: '--nats-credentials',
    argument: 'FILE',
    description: 'NATS credentials file (.creds)',
  },
  natsTlsCa: {
    flag: '--nats-tls-ca',
    argument: 'FILE',
    description: 'PEM file of the authority that signed the NATS servers; turns TLS on',
  },
  natsTlsCert: {
    flag: '--nats-tls-cert',
    argument: 'FILE',
    description: 'PEM certificate that this member shows to NATS',
  },
  natsTlsKey: {
    flag: '--nats-tls-key',
    argument: 'FILE',
    description: 'PEM key of that certificate',
  },
  clientHost: {
    flag: '--client-host',
    argument: 'HOST',
    description: 'address that listens for clients; 0.0.0.0 for all of this machine',
    fallback: '127.0.0.1',
    zookeeperKeys: ['clientPortAddress'],
  },
  clientPort: {
    flag: '--client-port',
    argument: 'PORT',
    description: 'port that listens for clients',
    fallback: '2181',
  },
  clientAddresses: {
    flag: '--client-addresses',
    argument: 'ID=HOST:PORT,…',
    description: 'where clients reach the members, as /zookeeper/config tells them',
  },
  adminEnabled: {
    flag: '--admin-enabled',
    argument: 'BOOLEAN',
    description: 'whether the admin endpoint (HTTP) listens',
    fallback: 'true',
    zookeeperKeys: ['admin.enableServer'],
  },
  adminHost: {
    flag: '--admin-host',
    argument: 'HOST',
    description:
      'address of the admin endpoint; it asks nobody who they are, so keep it on loopback',
    fallback: '127.0.0.1',
    zookeeperKeys: ['admin.serverAddress'],
  },
  adminPort: {
    flag: '--admin-port',
    argument: 'PORT',
    description: 'port of the admin endpoint',
    fallback: '8080',
    zookeeperKeys: ['admin.serverPort'],
  },
  tickTime: {
    flag: '--tick-time',
    argument: 'MS',
    description: 'one tick: unit of initLimit and of the session timeout bounds',
    fallback: '2000',
  },
  minSessionTimeout: {
    flag: '--min-session-timeout',
    argument: 'MS',
    description: 'least session timeout a client gets; -1 is 2 ticks',
    fallback: '-1',
  },
  maxSessionTimeout: {
    flag: '--max-session-timeout',
    argument: 'MS',
    description: 'largest session timeout a client gets; -1 is 20 ticks',
    fallback: '-1',
  },
  localSessionsEnabled: {
    flag: '--local-sessions-enabled',
    argument: 'BOOLEAN',
    description: 'new sessions are known to their own member alone, and cost the ensemble nothing',
    fallback: 'false',
  },
  localSessionsUpgradingEnabled: {
    flag: '--local-sessions-upgrading-enabled',
    argument: 'BOOLEAN',
    description:
      'a local session becomes global with its first ephemeral, which is refused otherwise',
    fallback: 'false',
  },
  'readonlymode.enabled': {
    flag: '--read-only-mode-enabled',
    argument: 'BOOLEAN',
    description: 'a member that finds no leader for 2 s, or a tick, serves read-only clients',
    fallback: 'false',
  },
  initLimit: {
    flag: '--init-limit',
    argument: 'TICKS',
    description: 'ticks a member may take to find the leader and catch up',
    fallback: '10',
  },
  heartbeatIntervalMs: {
    flag: '--heartbeat-interval-ms',
    argument: 'MS',
    description: 'how often members tell each other that they are there',
    fallback: '50',
  },
  heartbeatTimeoutMs: {
    flag: '--heartbeat-timeout-ms',
    argument: 'MS',
    description: 'silence after which a member counts as lost; a killed process is noticed at once',
    fallback: '2000',
  },
  maxClientCnxns: {
    flag: '--max-client-cnxns',
    argument: 'N',
    description: 'connections that one client address may hold; 0 for no limit',
    fallback: '60',
  },
  maxCnxns: {
    flag: '--max-cnxns',
    argument: 'N',
    description: 'connections in all; 0 for no limit',
    fallback: '0',
  },
  clientPortListenBacklog: {
    flag: '--client-port-listen-backlog',
    argument: 'N',
    description: 'connections the system may hold until they are accepted; -1 is 511',
    fallback: '-1',
  },
  'nio.sessionlessCnxnTimeout': {
    flag: '--sessionless-cnxn-timeout',
    argument: 'MS',
    description: 'how long a connection may stay without a session',
    fallback: '10000',
  },
  globalOutstandingLimit: {
    flag: '--global-outstanding-limit',
    argument: 'N',
    description: 'requests in work above which a member stops reading from busy connections',
    fallback: '1000',
  },
  largeRequestThreshold: {
    flag: '--large-request-threshold',
    argument: 'BYTES',
    description: 'size above which a write is large; -1 for none',
    fallback: '-1',
  },
  largeRequestMaxBytes: {
    flag: '--large-request-max-bytes',
    argument: 'BYTES',
    description: 'bytes of large writes in work; a connection that asks for more is closed',
    fallback: '104857600',
  },
  connection_throttle_tokens: {
    flag: '--connection-throttle-tokens',
    argument: 'N',
    description: 'handshakes that are let in at once; more are closed unanswered; 0 for no limit',
    fallback: '0',
  },
  connection_throttle_fill_time: {
    flag: '--connection-throttle-fill-time',
    argument: 'MS',
    description: 'how often connection_throttle_fill_count more are let in',
    fallback: '1',
  },
  connection_throttle_fill_count: {
    flag: '--connection-throttle-fill-count',
    argument: 'N',
    description: 'how many more handshakes every connection_throttle_fill_time brings',
    fallback: '1',
  },
  'jute.maxbuffer': {
    flag: '--jute-maxbuffer',
    argument: 'BYTES',
    description: 'largest frame that a client may send',
    fallback: '1048575',
  },
  fourLetterWords: {
    flag: '--four-letter-words',
    argument: 'WORD,WORD',
    description: 'four-letter words that are answered; * for all',
    fallback: 'srvr',
    zookeeperKeys: ['4lw.commands.whitelist'],
  },
  enforceQuota: {
    flag: '--enforce-quota',
    argument: 'BOOLEAN',
    description: 'refuses writes beyond the hard limit of a quota; else they are only logged',
    fallback: 'false',
  },
  extendedTypesEnabled: {
    flag: '--extended-types-enabled',
    argument: 'BOOLEAN',
    description: 'whether clients may create TTL nodes; unlike with ZooKeeper they may unless told',
    fallback: 'true',
  },
  'znode.container.checkIntervalMs': {
    flag: '--znode-container-check-interval-ms',
    argument: 'MS',
    description: 'how often the leader looks for containers and TTL nodes whose time has come',
    fallback: '60000',
  },
  'znode.container.maxPerMinute': {
    flag: '--znode-container-max-per-minute',
    argument: 'N',
    description: 'most containers and TTL nodes that the leader deletes in a minute',
    fallback: '10000',
  },
  'znode.container.maxNeverUsedIntervalMs': {
    flag: '--znode-container-max-never-used-interval-ms',
    argument: 'MS',
    description: 'age at which a container goes that never had a child; 0 for never',
    fallback: '0',
  },
  skipACL: {
    flag: '--skip-acl',
    argument: 'BOOLEAN',
    description: 'lets every client do everything, whatever the ACLs say',
    fallback: 'false',
  },
  superDigest: {
    flag: '--super-digest',
    argument: 'super:DIGEST',
    description: 'who may do everything; better in the file or the environment than in a flag',
    zookeeperKeys: ['DigestAuthenticationProvider.superDigest'],
  },
  digestAuthentication: {
    flag: '--digest-authentication',
    argument: 'BOOLEAN',
    description: 'whether clients may authenticate by user and password, and ACLs name them',
    fallback: 'true',
    zookeeperKeys: ['DigestAuthenticationProvider.enabled'],
  },
  digestAlgorithm: {
    flag: '--digest-algorithm',
    argument: 'NAME',
    description: 'hash of user and password in ACLs: SHA1 or SHA-256; the same on every member',
    fallback: 'SHA1',
    zookeeperKeys: ['DigestAuthenticationProvider.digestAlg'],
  },
  enforceAuth: {
    flag: '--enforce-auth',
    argument: 'BOOLEAN',
    description: 'answers only clients that have authenticated by one of enforceAuthSchemes',
    fallback: 'false',
    zookeeperKeys: ['enforce.auth.enabled'],
  },
  enforceAuthSchemes: {
    flag: '--enforce-auth-schemes',
    argument: 'SCHEME,SCHEME',
    description: 'digest, ip; needed where enforceAuth is on',
    zookeeperKeys: ['enforce.auth.schemes'],
  },
  'checkpoint.intervalMs': {
    flag: '--checkpoint-interval-ms',
    argument: 'MS',
    description: 'changes reach the tree on disk at least this often (the log has them at once)',
    fallback: '5000',
  },
  'checkpoint.changes': {
    flag: '--checkpoint-changes',
    argument: 'N',
    description:
      'changed nodes after which a checkpoint begins earlier; a fifth of them in a tree of ten times as many nodes',
    fallback: '50000',
    zookeeperKeys: ['snapCount'],
  },
  'log.retainTxns': {
    flag: '--log-retain-txns',
    argument: 'N',
    description: 'transactions kept behind the checkpoint, so that a late member needs no snapshot',
    fallback: '100000',
    zookeeperKeys: ['commitLogCount'],
  },
  'cache.bytes': {
    flag: '--cache-bytes',
    argument: 'BYTES',
    description: 'memory for nodes that are read often',
    fallback: '67108864',
  },
  logLevel: {
    flag: '--log-level',
    argument: 'LEVEL',
    description: 'trace, debug, info, warn, error, fatal or silent',
    fallback: 'info',
  },
  logFormat: {
    flag: '--log-format',
    argument: 'FORMAT',
    description: 'pretty, json, or auto: pretty on a terminal',
    fallback: 'auto',
  },
};

const hasRow = (key: string): key is SettingKey => Object.hasOwn(settingTable, key);

/** All keys, in the table's order. */
export const settingKeys: readonly SettingKey[] = Object.keys(settingTable).filter(hasRow);

/** `clientPort` → `VIVARIUM_CLIENT_PORT`. */
export function environmentName(key: SettingKey): string {
  const words = key.replace(/\./g, '_').replace(/([a-z])([A-Z])/g, '$1_$2');
  return `VIVARIUM_${words.toUpperCase()}`;
}

const keysByName = new Map<string, SettingKey>(
  settingKeys.flatMap((key) => [
    [key, key],
    ...(settingTable[key].zookeeperKeys ?? []).map((name): [string, SettingKey] => [name, key]),
  ]),
);

/** The setting that a name in a file stands for: its own name, or one of ZooKeeper's. */
export function settingNamed(name: string): SettingKey | undefined {
  return keysByName.get(name);
}

/** Every name that a file may use. */
export function settingNames(): Iterable<string> {
  return keysByName.keys();
}
