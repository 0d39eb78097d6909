import type { SettingKey } from '../../runtime/config/setting-schema.ts';
import { type Proof, titlesOf } from './row.ts';

const config = titlesOf('test/config/member-config.test.ts');
const roles = titlesOf('test/config/member-roles.test.ts');
const interop = (file: string) => titlesOf(`test/interop/${file}.test.ts`);
const authentication = interop('authentication');
const limits = interop('limits');
const local = interop('local-sessions');
const readOnly = interop('read-only');
const settings = interop('settings');
const broadcast = titlesOf('test/zab/rules/broadcast.test.ts');
const reaper = titlesOf('test/zab/reaper.test.ts');
const nats = titlesOf('test/bus/nats-security.test.ts');
const start = titlesOf('test/cli/start.test.ts');
const member = titlesOf('test/cli/member-process.test.ts');
const listener = titlesOf('test/wire/client-listener.test.ts');

const FILE = config('a zoo.cfg as people have it');
const THROTTLE = limits('handshakes beyond the throttle are closed unanswered (reference §1.3 1)');
const TOKENS: Proof = [
  'test/session/throttles.test.ts',
  'handshakes cost tokens, and time brings them back, never more than fit',
];
const LARGE = limits('too many bytes of large writes end their connection, and leave no debt');
const REAPED = interop('reaping')('what has had its time goes, and nothing else');
const REQUIRED = authentication(
  'where a scheme is required, nothing else is answered before it (reference §8.7)',
);
const STRONGER = authentication(
  'a stronger hash, and the super user by it; SASL that nobody has set up',
);
const TIMEOUTS = settings(
  'minSessionTimeout and maxSessionTimeout bound what is granted, whatever the ticks say',
);
const TLS = [
  nats('TLS with certificates on both sides'),
  config('TLS to NATS is on when anything asks for it'),
];

/** Tests of what each setting does, and of how it is read where that is all. */
export const SETTING_PROOFS: Readonly<Record<SettingKey, readonly Proof[]>> = {
  id: [roles('lists say it too, and leave the roles in the file aside'), FILE],
  members: [roles('lists say it too, and leave the roles in the file aside')],
  observers: [
    [
      'test/faults/observer.test.ts',
      'an observer serves clients, comes back when it was killed, and makes no quorum',
    ],
    start(
      '--observers adds members that do not vote, and a later start on the directory has them, too',
    ),
  ],
  peerType: [
    roles('the zoo.cfg of an observer'),
    [
      'test/faults/observer.test.ts',
      'a voter that is started anew as an observer counts no more, before the others are told and after',
    ],
  ],
  ensemble: [['test/bus/subjects.test.ts', 'subjects of an ensemble']],
  dataDir: [
    start(
      'a second start on the directory is refused, a start after it goes on with the same members',
    ),
  ],
  nats: [start('--nats attaches to what runs, --config and the environment reach every member')],
  natsCredentials: [nats('user and password'), nats('token')],
  natsTlsCa: TLS,
  natsTlsCert: TLS,
  natsTlsKey: TLS,
  clientHost: [
    config('the client part of its own server line tells a member where to listen'),
    FILE,
  ],
  clientPort: [
    start('three members and one NATS server: one line, pid files, nothing left after SIGINT'),
  ],
  clientAddresses: [
    interop('config-node')('a restart with addresses writes them, on every member the same bytes'),
  ],
  adminEnabled: [start('admin ports step over the client ports')],
  adminHost: [
    ['test/admin/admin.test.ts', 'the server listens, answers and frees its port'],
    ['test/admin/admin.test.ts', 'a port in use and an address that is not here are sentences'],
  ],
  adminPort: [
    start('admin ports step over the client ports'),
    member('an admin port in use is a sentence and exit code 2'),
  ],
  tickTime: [
    ['test/interop/protocol/connections.ts', 'the session timeout is clamped to 2 and 20 ticks'],
    FILE,
  ],
  minSessionTimeout: [TIMEOUTS],
  maxSessionTimeout: [TIMEOUTS],
  initLimit: [
    FILE,
    broadcast('A learner whose oldest unacked proposal is older than syncLimit·tick is dropped'),
  ],
  heartbeatIntervalMs: [
    broadcast('differs: with every beat, whose interval is a setting of its own'),
    config('defaults'),
  ],
  heartbeatTimeoutMs: [
    broadcast('the set of learners heard from within syncLimit ticks (incl. itself) must contain'),
    config('defaults'),
  ],
  maxClientCnxns: [
    listener('connections over the limit of their address are closed, others are not'),
  ],
  maxCnxns: [
    listener('connections over the limit of all are closed, until one of the others ends'),
  ],
  clientPortListenBacklog: [
    [
      'test/faults/flood.test.ts',
      'connections that say nothing, half of them half a greeting: others are served, and they are ended in time',
    ],
  ],
  'nio.sessionlessCnxnTimeout': [
    limits('a connection without a session ends in time, one with it does not'),
  ],
  globalOutstandingLimit: [
    limits('few requests in work at once: all are answered, in order, and others with them'),
  ],
  largeRequestThreshold: [LARGE],
  largeRequestMaxBytes: [LARGE],
  connection_throttle_tokens: [THROTTLE, TOKENS],
  connection_throttle_fill_time: [THROTTLE, TOKENS],
  connection_throttle_fill_count: [TOKENS],
  'znode.container.checkIntervalMs': [
    REAPED,
    reaper('a round begins after one interval, and all that may go goes in it'),
  ],
  'znode.container.maxPerMinute': [reaper('in no minute more is deleted than is allowed')],
  'znode.container.maxNeverUsedIntervalMs': [
    [
      'test/znode/reaping.test.ts',
      'a container may be deleted when it has had a child and has none',
    ],
  ],
  extendedTypesEnabled: [
    [
      'test/znode/reaping.test.ts',
      'without extended types TTL nodes are not there, and nothing else is different',
    ],
  ],
  fourLetterWords: [
    ['test/word/answer.test.ts', 'a word is refused unless it is in the whitelist'],
  ],
  'jute.maxbuffer': [
    listener('a frame of exactly the limit is taken'),
    config('a frame limit that a four-letter word would lie below is refused'),
  ],
  localSessionsEnabled: [
    local('local sessions cost no zxid, and read, write and watch like any other'),
    local(
      'the leader is killed: the local sessions of the others live on, and so does what became global',
    ),
  ],
  localSessionsUpgradingEnabled: [
    local(
      'an ephemeral makes a session global under its own id: it moves, and a local one does not',
    ),
    local('where they may not become global, an ephemeral is refused and nothing else'),
  ],
  'readonlymode.enabled': [
    readOnly('two of three are killed: the third serves readers, and everybody when they are back'),
    readOnly(
      'a local session reads on where it is, and writes again; one that became global is hung up on',
    ),
  ],
  enforceQuota: [
    [
      'test/znode/quota.test.ts',
      'a hard limit refuses where it is enforced, a soft one never does',
    ],
  ],
  skipACL: [
    settings(
      'with skipACL nobody is asked for a permission, nobody becomes super, and an ACL has to be one all the same',
    ),
  ],
  superDigest: [STRONGER, ['test/znode/access.test.ts', 'auth packets']],
  digestAuthentication: [
    authentication('without the digest scheme nobody is a user (reference §8.4)'),
  ],
  digestAlgorithm: [STRONGER],
  enforceAuth: [REQUIRED],
  enforceAuthSchemes: [REQUIRED],
  'checkpoint.intervalMs': [
    settings('a checkpoint begins after checkpoint.intervalMs, however few the changes'),
  ],
  'checkpoint.changes': [
    settings('a checkpoint begins after checkpoint.changes, however long the interval'),
    settings('a checkpoint of a tree of many nodes begins after a fifth of checkpoint.changes'),
  ],
  'log.retainTxns': [
    [
      'test/zab/retained-log.test.ts',
      'txns are kept behind a checkpoint, whatever the epochs, and the rest goes',
    ],
  ],
  'cache.bytes': [['test/znode/tree.test.ts', 'the cache is bounded, and forgets what changes']],
  logLevel: [config('defaults'), config('wrong values are refused with the name of their source')],
  logFormat: [
    member('a member runs until SIGTERM, logs JSON where nobody watches, and ends with 0'),
    member('pretty lines are for people'),
  ],
};
