import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  fourLetterAnswer,
  fourLetterWordOf,
  parseWhitelist,
} from '../../runtime/wire/four-letter-word.ts';
import type { MemberStatus } from '../../runtime/wire/member-status.ts';

const ALL = parseWhitelist('*');

const FOLLOWER: MemberStatus = {
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
      ...{ outstanding: 0, received: 10, sent: 9 },
    },
    {
      ...{ remoteAddress: '::1', remotePort: 40_001, reading: false, unsentBytes: 7 },
      ...{ outstanding: 2, received: 4, sent: 1 },
    },
  ],
  sessionCount: 2,
  nodeCount: 5,
  ephemeralCount: 1,
  watchCount: 3,
  dataBytes: 44,
  openFileDescriptors: undefined,
  maxFileDescriptors: undefined,
  leader: undefined,
  counters: [['commit_count', 17]],
  configuration: {
    clientPort: 2181,
    dataDirectory: '/var/lib/vivarium/tree',
    logDirectory: '/var/lib/vivarium/log',
    tickTimeMs: undefined,
    maxClientCnxns: 60,
    minSessionTimeoutMs: 4_000,
    maxSessionTimeoutMs: 40_000,
    backlog: 511,
    serverId: 2,
    ensemble: { observer: false, membership: ['server.1=a', 'server.2=b'] },
  },
};

const LEADER: MemberStatus = {
  ...FOLLOWER,
  mode: 'leader',
  peerState: 'leading - broadcast',
  builtOn: '2025-01-31 12:00 UTC',
  latencyMs: { min: 0, average: 0, max: 0 },
  openFileDescriptors: 46,
  maxFileDescriptors: 20_000,
  leader: {
    ...{ uptimeMs: 60_000, learners: 2, syncedFollowers: 2, syncedObservers: 0 },
    proposalBytes: { last: 48, min: 47, max: 600 },
  },
};

test('srvr of a follower', () => {
  assert.equal(
    fourLetterAnswer('srvr', ALL, FOLLOWER),
    `Zookeeper version: 3.9.4-vivarium-0.1.0
Latency min/avg/max: 0/0.5123/12
Received: 120
Sent: 119
Connections: 2
Outstanding: 0
Zxid: 0x100000012
Mode: follower
Node count: 5
`,
  );
});

test('srvr of a leader tells the proposal sizes', () => {
  assert.equal(
    fourLetterAnswer('srvr', ALL, LEADER),
    `Zookeeper version: 3.9.4-vivarium-0.1.0, built on 2025-01-31 12:00 UTC
Latency min/avg/max: 0/0.0/0
Received: 120
Sent: 119
Connections: 2
Outstanding: 0
Zxid: 0x100000012
Mode: leader
Node count: 5
Proposal sizes last/min/max: 48/47/600
`,
  );
  assert(LEADER.leader !== undefined);
  const fresh = { ...LEADER, leader: { ...LEADER.leader, proposalBytes: undefined } };
  assert.match(
    fourLetterAnswer('srvr', ALL, fresh),
    /Proposal sizes last\/min\/max: -1\/-1\/-1\n$/,
  );
});

test('stat lists the clients', () => {
  const text = fourLetterAnswer('stat', ALL, FOLLOWER);
  assert.equal(
    text.slice(0, text.indexOf('Latency')),
    `Zookeeper version: 3.9.4-vivarium-0.1.0
Clients:
 /127.0.0.1:40000[1](queued=0,recved=10,sent=9)
 /[::1]:40001[4](queued=2,recved=4,sent=1)

`,
  );
});

test('a read-only server says so', () => {
  const text = fourLetterAnswer('srvr', ALL, { ...FOLLOWER, mode: 'read-only' });
  assert.match(
    text,
    /^Zookeeper version: .*\nREAD-ONLY mode; serving only read-only clients\nLatency/,
  );
  assert.equal(fourLetterAnswer('isro', ALL, { ...FOLLOWER, mode: 'read-only' }), 'ro');
  assert.equal(fourLetterAnswer('isro', ALL, FOLLOWER), 'rw');
});

test('mntr of a follower tells what it knows, and nothing else', () => {
  assert.equal(
    fourLetterAnswer('mntr', ALL, FOLLOWER),
    [
      'version\t3.9.4-vivarium-0.1.0',
      'server_state\tfollower',
      'peer_state\tfollowing - broadcast',
      'avg_latency\t0.5123',
      'max_latency\t12',
      'min_latency\t0',
      'packets_received\t120',
      'packets_sent\t119',
      'num_alive_connections\t2',
      'outstanding_requests\t0',
      'znode_count\t5',
      'watch_count\t3',
      'ephemerals_count\t1',
      'approximate_data_size\t44',
      'global_sessions\t2',
      'uptime\t61000',
      'quorum_size\t3',
      'commit_count\t17',
    ]
      .map((line) => `zk_${line}\n`)
      .join(''),
  );
});

test('mntr of a leader tells of its followers', () => {
  const lines = fourLetterAnswer('mntr', ALL, LEADER).split('\n');
  for (const line of [
    'zk_learners\t2',
    'zk_followers\t2',
    'zk_synced_followers\t2',
    'zk_synced_observers\t0',
    'zk_leader_uptime\t60000',
    'zk_last_proposal_size\t48',
    'zk_max_proposal_size\t600',
    'zk_min_proposal_size\t47',
    'zk_open_file_descriptor_count\t46',
    'zk_max_file_descriptor_count\t20000',
  ]) {
    assert(lines.includes(line), line);
  }
});

test('conf, in an ensemble and alone', () => {
  const alone = `clientPort=2181
dataDir=/var/lib/vivarium/tree
dataLogDir=/var/lib/vivarium/log
maxClientCnxns=60
minSessionTimeout=4000
maxSessionTimeout=40000
clientPortListenBacklog=511
serverId=2
`;
  assert.equal(
    fourLetterAnswer('conf', ALL, FOLLOWER),
    `${alone}peerType=0\nmembership: \nserver.1=a\nserver.2=b`,
  );
  const configuration = { ...FOLLOWER.configuration, ensemble: undefined, tickTimeMs: 2_000 };
  assert.equal(
    fourLetterAnswer('conf', ALL, { ...FOLLOWER, configuration }),
    alone.replace('maxClient', 'tickTime=2000\nmaxClient'),
  );
});

test('a member that does not serve', () => {
  const text = 'This ZooKeeper instance is not currently serving requests\n';
  for (const word of ['srvr', 'stat', 'mntr', 'conf']) {
    assert.equal(fourLetterAnswer(word, ALL, undefined), text);
  }
  assert.equal(fourLetterAnswer('ruok', ALL, undefined), 'imok');
  assert.equal(fourLetterAnswer('isro', ALL, undefined), 'null');
});

test('a word is refused unless it is in the whitelist', () => {
  const whitelist = parseWhitelist(' srvr, ruok,nope');
  assert.deepEqual([...whitelist].sort(), ['ruok', 'srvr']);
  for (const word of ['stat', 'cons', 'isro']) {
    assert.equal(
      fourLetterAnswer(word, whitelist, FOLLOWER),
      `${word} is not executed because it is not in the whitelist.\n`,
    );
  }
  assert.equal(fourLetterAnswer('ruok', whitelist, FOLLOWER), 'imok');
  assert.equal(parseWhitelist('').size, 0);
});

test('a word is known by its bytes as a length', () => {
  assert.equal(fourLetterWordOf(0x72756f6b), 'ruok');
  assert.equal(fourLetterWordOf(0x636f6e73), 'cons');
  assert.equal(fourLetterWordOf(0x7a7a7a7a), undefined);
  assert.equal(fourLetterWordOf(0xfff4fffd | 0), undefined);
  assert.equal(fourLetterWordOf(45), undefined);
});
