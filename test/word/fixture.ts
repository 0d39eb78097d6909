import type { MemberStatus } from '../../runtime/wire/member-status.ts';
import { environmentOf } from '../../runtime/word/environment.ts';
import type { SessionDump, WatchDump, WordSource } from '../../runtime/word/word-source.ts';

export const FOLLOWER: MemberStatus = {
  version: '3.9.4-vivarium-0.1.0',
  builtOn: undefined,
  mode: 'follower',
  peerState: 'following - broadcast',
  quorumSize: 3,
  zxid: 0x100000012,
  uptimeMs: 61_000,
  latencyMs: { min: 0, average: 0.51234567, max: 12 },
  received: 120,
  sent: 119,
  outstanding: 0,
  connections: [
    {
      ...{ remoteAddress: '127.0.0.1', remotePort: 40_000, reading: true, unsentBytes: 0 },
      ...{ outstanding: 0, received: 10, sent: 9, establishedMs: 1_700_000_000_000 },
      session: {
        ...{ sessionId: 0x100000001, timeoutMs: 10_000, lastOperation: 'GETD', lastCxid: 17 },
        ...{ lastZxid: 0x100000012, lastResponseMs: 1234.5 },
        latencyMs: { last: 0, min: 0, average: 3.9, max: 9 },
      },
    },
    {
      ...{ remoteAddress: '::1', remotePort: 40_001, reading: false, unsentBytes: 7 },
      ...{ outstanding: 2, received: 4, sent: 1, establishedMs: 1_700_000_000_001 },
      session: undefined,
    },
  ],
  sessionCount: 2,
  localSessionCount: 0,
  nodeCount: 5,
  ephemeralCount: 1,
  watchCount: 3,
  dataBytes: 44,
  openFileDescriptors: undefined,
  maxFileDescriptors: undefined,
  observedLeader: undefined,
  leader: undefined,
  responseBytes: { last: 16, min: 16, max: 226 },
  counters: [['commit_count', 17]],
  summaries: [
    [
      'updatelatency',
      { average: 6.33333, min: 2, max: 9, count: 3, sum: 19, percentiles: [8, 9, 9, 9] },
    ],
    ['fsynctime', { average: 0, min: 0, max: 0, count: 0, sum: 0, percentiles: undefined }],
  ],
  configuration: {
    clientPort: 2181,
    dataDirectory: '/var/lib/vivarium/tree',
    logDirectory: '/var/lib/vivarium/log',
    tickTimeMs: 2000,
    maxClientCnxns: 60,
    minSessionTimeoutMs: 4_000,
    maxSessionTimeoutMs: 40_000,
    backlog: 511,
    serverId: 2,
    ensemble: {
      ...{ isObserver: false, initLimit: 10, syncLimit: 1, electionPort: 3888, quorumPort: 2888 },
      membership: 'server.1=a:2888:3888:participant;a:2181\nversion=100000001',
    },
  },
};

export const LEADER: MemberStatus = {
  ...FOLLOWER,
  mode: 'leader',
  peerState: 'leading - broadcast',
  builtOn: '2025-01-31 12:00 UTC',
  latencyMs: { min: 0, average: 0, max: 0 },
  openFileDescriptors: 46,
  maxFileDescriptors: 20_000,
  leader: {
    ...{ uptimeMs: 60_000, learners: 4, syncedFollowers: 2, syncedObservers: 1 },
    ...{ syncedNonVotingFollowers: 1, pendingSyncs: 1 },
    proposalBytes: { last: 48, min: 47, max: 600 },
  },
};

const AT = Date.UTC(2026, 10, 23, 10, 3, 8);

export const DUMP: SessionDump = {
  expiry: undefined,
  local: undefined,
  sessions: [
    { sessionId: 0x100000001, timeoutMs: 10_000 },
    { sessionId: 0x100000002, timeoutMs: 4_000 },
  ],
  ephemerals: [{ sessionId: 0x100000001, paths: ['/a/e', '/a/f'] }],
  connections: [
    { wallMs: AT + 4_000, remoteAddress: '127.0.0.1', remotePort: 4, sessionId: 0x100000002 },
    { wallMs: AT, remoteAddress: '::1', remotePort: 5, sessionId: 0 },
    { wallMs: AT, remoteAddress: '127.0.0.1', remotePort: 6, sessionId: 0x100000001 },
  ],
};

export const LEADERS_DUMP: SessionDump = {
  ...DUMP,
  expiry: [
    { wallMs: AT, sessionIds: [0x100000001] },
    { wallMs: AT + 2_000, sessionIds: [0x100000002, 0x100000003] },
  ],
};

const WATCHES: WatchDump = {
  connections: 1,
  paths: 2,
  total: 2,
  bySession: () => [[0x100000001, ['/a', '/later']]],
  byPath: () => [
    ['/a', [0x100000001]],
    ['/later', [0x100000001, 0x100000002]],
  ],
};

/** A member that tells these things, and counts how often it was reset. */
export function sourceOf(status: MemberStatus | undefined): WordSource & { resets: string[] } {
  const resets: string[] = [];
  return {
    status,
    version: FOLLOWER.version,
    resets,
    sessions: () => (status?.mode === 'leader' ? LEADERS_DUMP : DUMP),
    watches: () => WATCHES,
    digests: () => [
      [0x100000080, 4711],
      [0x100000100, 815],
    ],
    sizes: () => ({ dataBytes: 67_108_880, logBytes: 597 }),
    environment: () => environmentOf(FOLLOWER.version),
    resetServer: () => resets.push('server'),
    resetConnections: () => resets.push('connections'),
    traceMask: 306n,
  };
}
