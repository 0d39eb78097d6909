import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fourLetterWordOf, parseWhitelist } from '../../runtime/wire/four-letter-word.ts';
import type { MemberStatus } from '../../runtime/wire/member-status.ts';
import { fourLetterAnswer } from '../../runtime/word/answer.ts';
import { dumpText } from '../../runtime/word/dump-text.ts';
import { DUMP, FOLLOWER, LEADER, LEADERS_DUMP, sourceOf } from './fixture.ts';
import { deviation } from './shapes.ts';

const ALL = parseWhitelist('*');

function answer(word: string, status: MemberStatus | undefined): string {
  return fourLetterAnswer(word, ALL, sourceOf(status));
}

test('srvr of a follower', () => {
  assert.equal(
    answer('srvr', FOLLOWER),
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
    answer('srvr', LEADER),
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
  assert.match(answer('srvr', fresh), /Proposal sizes last\/min\/max: -1\/-1\/-1\n$/);
});

test('stat lists the clients', () => {
  const text = answer('stat', FOLLOWER);
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
  const text = answer('srvr', { ...FOLLOWER, mode: 'read-only' });
  assert.match(
    text,
    /^Zookeeper version: .*\nREAD-ONLY mode; serving only read-only clients\nLatency/,
  );
  assert.equal(answer('isro', { ...FOLLOWER, mode: 'read-only' }), 'ro');
  assert.equal(answer('isro', FOLLOWER), 'rw');
});

test('mntr of a follower tells what it knows, and nothing else', () => {
  assert.equal(
    answer('mntr', FOLLOWER),
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
      'uptime\t61000',
      'znode_count\t5',
      'watch_count\t3',
      'ephemerals_count\t1',
      'approximate_data_size\t44',
      'global_sessions\t2',
      'local_sessions\t0',
      'last_client_response_size\t16',
      'max_client_response_size\t226',
      'min_client_response_size\t16',
      'quorum_size\t3',
      'synced_observers\t0',
      'commit_count\t17',
      'avg_updatelatency\t6.3333',
      'min_updatelatency\t2',
      'max_updatelatency\t9',
      'cnt_updatelatency\t3',
      'sum_updatelatency\t19',
      'p50_updatelatency\t8',
      'p95_updatelatency\t9',
      'p99_updatelatency\t9',
      'p999_updatelatency\t9',
      'avg_fsynctime\t0.0',
      'min_fsynctime\t0',
      'max_fsynctime\t0',
      'cnt_fsynctime\t0',
      'sum_fsynctime\t0',
    ]
      .map((line) => `zk_${line}\n`)
      .join(''),
  );
});

test('mntr of an observer tells whom it hears', () => {
  const observer = {
    ...FOLLOWER,
    mode: 'observer',
    peerState: 'observing - broadcast',
    observedLeader: 2,
  } as const;
  const lines = answer('mntr', observer).split('\n');
  for (const line of [
    'zk_server_state\tobserver',
    'zk_peer_state\tobserving - broadcast',
    'zk_observer_master_id\t2',
    'zk_quorum_size\t3',
  ]) {
    assert(lines.includes(line), line);
  }
  assert.match(answer('srvr', observer), /\nMode: observer\n/);
});

test('mntr of a leader tells of its learners', () => {
  const lines = answer('mntr', LEADER).split('\n');
  for (const line of [
    'zk_learners\t4',
    'zk_followers\t4',
    'zk_synced_followers\t2',
    'zk_synced_non_voting_followers\t1',
    'zk_synced_observers\t1',
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

test('conf ends with the members, without a newline', () => {
  assert.equal(
    answer('conf', FOLLOWER),
    `clientPort=2181
secureClientPort=-1
dataDir=/var/lib/vivarium/tree
dataDirSize=67108880
dataLogDir=/var/lib/vivarium/log
dataLogSize=597
tickTime=2000
maxClientCnxns=60
minSessionTimeout=4000
maxSessionTimeout=40000
clientPortListenBacklog=511
serverId=2
initLimit=10
syncLimit=1
electionAlg=3
electionPort=3888
quorumPort=2888
peerType=0
membership: 
server.1=a:2888:3888:participant;a:2181
version=100000001`,
  );
});

test('cons tells all of a connection with a session, and little of one without', () => {
  assert.equal(
    answer('cons', FOLLOWER),
    ` /127.0.0.1:40000[1](queued=0,recved=10,sent=9,sid=0x100000001,lop=GETD,est=1700000000000,to=10000,lcxid=0x11,lzxid=0x100000012,lresp=1234,llat=0,minlat=0,avglat=3,maxlat=9)
 /[::1]:40001[4](queued=2,recved=4,sent=1)

`,
  );
});

test('a connection that was just reset has no last cxid, and zxid -1', () => {
  const [first] = FOLLOWER.connections;
  assert(first?.session !== undefined);
  const session = { ...first.session, lastOperation: 'NA', lastCxid: -1, lastZxid: -1 };
  const text = answer('cons', { ...FOLLOWER, connections: [{ ...first, session }] });
  assert.match(text, /,lop=NA,est=1700000000000,to=10000,lzxid=0xffffffffffffffff,lresp=1234,/);
});

test('crst and srst reset what they say, once the member serves', () => {
  const source = sourceOf(LEADER);
  assert.equal(fourLetterAnswer('crst', ALL, source), 'Connection stats reset.\n');
  assert.equal(fourLetterAnswer('srst', ALL, source), 'Server stats reset.\n');
  assert.deepEqual(source.resets, ['connections', 'server']);
  const idle = sourceOf(undefined);
  fourLetterAnswer('crst', ALL, idle);
  fourLetterAnswer('srst', ALL, idle);
  assert.deepEqual(idle.resets, []);
});

test('the trace mask is what the eight bytes behind stmk say', () => {
  const source = sourceOf(undefined);
  assert.equal(fourLetterAnswer('gtmk', ALL, source), '306');
  const mask = Buffer.alloc(8);
  mask.writeBigInt64BE(514n);
  assert.equal(fourLetterAnswer('stmk', ALL, source, mask), '514');
  assert.equal(fourLetterAnswer('gtmk', ALL, source), '514');
});

test('hash tells zxids in hex and digests', () => {
  assert.equal(answer('hash', FOLLOWER), '100000080: 4711\n100000100: 815\n');
});

test('dump tells of local sessions first, where there are any', () => {
  const local = [{ wallMs: Date.UTC(2026, 10, 23), sessionIds: [0x10000000000000] }];
  const head =
    /^SessionTracker dump:\nLocal Session Sets \(1\)\/\(1\):\n1 expire at .*:\n\t0x10000000000000\n/;
  const ofLeader = dumpText({ ...LEADERS_DUMP, local });
  const ofFollower = dumpText({ ...DUMP, local });
  assert.match(ofLeader.replace(head, ''), /^Global Session Sets \(2\)\/\(3\):\n1 expire/);
  assert.match(ofFollower.replace(head, ''), /^Global Sessions\(2\):\n0x100000001\t10000ms\n/);
  for (const text of [ofLeader, ofFollower]) assert.equal(deviation('dump', text), undefined);
  assert.match(dumpText({ ...DUMP, local: [] }), /\nLocal Session Sets \(0\)\/\(0\):\nGlobal/);
});

test('watches: a summary, by session, by path', () => {
  assert.equal(answer('wchs', FOLLOWER), '1 connections watching 2 paths\nTotal watches:2\n');
  assert.equal(answer('wchc', FOLLOWER), '0x100000001\n\t/a\n\t/later\n\n');
  assert.equal(
    answer('wchp', FOLLOWER),
    '/a\n\t0x100000001\n/later\n\t0x100000001\n\t0x100000002\n\n',
  );
});

test('isro joins the whitelist with read-only mode', () => {
  assert.deepEqual([...parseWhitelist('srvr', true)].sort(), ['isro', 'srvr']);
});

test('a member that does not serve', () => {
  const text = 'This ZooKeeper instance is not currently serving requests\n';
  const words = 'srvr stat mntr conf cons crst srst dump dirs wchs wchc wchp hash';
  for (const word of words.split(' ')) {
    assert.equal(answer(word, undefined), text);
  }
  assert.equal(answer('ruok', undefined), 'imok');
  assert.equal(answer('isro', undefined), 'null');
  assert.equal(answer('gtmk', undefined), '306');
  assert.match(answer('envi', undefined), /^Environment:\nzookeeper.version=3\.9\.\d/);
});

test('a word is refused unless it is in the whitelist', () => {
  const whitelist = parseWhitelist(' srvr, ruok,nope');
  assert.deepEqual([...whitelist].sort(), ['ruok', 'srvr']);
  for (const word of ['stat', 'cons', 'isro']) {
    assert.equal(
      fourLetterAnswer(word, whitelist, sourceOf(FOLLOWER)),
      `${word} is not executed because it is not in the whitelist.\n`,
    );
  }
  assert.equal(fourLetterAnswer('ruok', whitelist, sourceOf(FOLLOWER)), 'imok');
  assert.equal(parseWhitelist('').size, 0);
});

test('a word is known by its bytes as a length', () => {
  assert.equal(fourLetterWordOf(0x72756f6b), 'ruok');
  assert.equal(fourLetterWordOf(0x636f6e73), 'cons');
  assert.equal(fourLetterWordOf(0x7a7a7a7a), undefined);
  assert.equal(fourLetterWordOf(0xfff4fffd | 0), undefined);
  assert.equal(fourLetterWordOf(45), undefined);
});
