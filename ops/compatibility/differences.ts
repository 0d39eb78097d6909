import { differs, type Kind, titlesOf } from './row.ts';

const leader = titlesOf('test/zab/leader-broadcast.test.ts');
const config = titlesOf('test/config/member-config.test.ts');

/** What a client or an operator of ZooKeeper 3.9 may notice. */
export const differences: Kind = {
  title: 'Known differences from 3.9',
  of: 'what',
  rows: [
    differs(
      'sync',
      'answered after a round of PINGs that a quorum answered: a deposed leader cannot answer it, as one of ZooKeeper can',
      leader('a sync is answered after a round of PINGs that a quorum has heard, and its commits'),
    ),
    differs(
      'session ids',
      'the zxid of the txn that made the session: unique without a clock, and below 2^53',
      ['test/znode/session.test.ts', 'the id of a session is the zxid that made it'],
    ),
    differs(
      'session passwords',
      'sixteen random bytes, replicated: they cannot be worked out from the id',
      [
        'test/faults/bad-input.test.ts',
        'a wrong password: refused in the agreed form, and the session lives',
      ],
    ),
    differs(
      'expiry',
      'on the time that the leader lived, and not while the member of the session is silent: its client gets its full time to move',
      leader('a session expires once, never early, and not while its own server is silent'),
    ),
    differs(
      'quotas',
      'usage is kept by txns, so that all members have the same bytes, and survives a restart without a recount',
      [
        'test/znode/quota.test.ts',
        'quotas are there after a restart, from the nodes below /zookeeper/quota alone',
      ],
    ),
    differs('TTL nodes', 'on by default; extendedTypesEnabled=false turns them off', [
      'test/znode/reaping.test.ts',
      'without extended types TTL nodes are not there, and nothing else is different',
    ]),
    differs(
      'deleteContainer',
      'refused to clients: it would delete any childless node without asking for a permission',
      ['test/wire/golden.test.ts', 'deleteContainer is not served to clients'],
    ),
    differs('versions', 'skip -1, which in a request means any version; 3.9 wraps through it', [
      'test/znode/apply.test.ts',
      'versions skip -1, which means any',
    ]),
    differs(
      'sequence numbers',
      'at the end of the counter a sequential create is an error; ZooKeeper gives the same number again, and answers NODEEXISTS',
      [
        'test/znode/apply.test.ts',
        'at the end of the create counter there are no more sequence numbers, and no collision',
      ],
    ),
    differs(
      'create and create2 with the flag of a container',
      'make a container; ZooKeeper makes a persistent node of it, but for those in a multi',
      [
        'test/znode/write-checks.test.ts',
        'kinds: flags 0 to 4, createContainer, and what clients see of them',
      ],
    ),
    differs(
      'requests behind a closeSession',
      'are lost with the connection; ZooKeeper may answer them with SESSIONEXPIRED before it ends, and an empty multi with success',
      [
        'test/session/lifetime.test.ts',
        'closeSession is answered, then the connection ends; what was behind it creates nothing',
      ],
    ),
    differs(
      'null paths',
      'are MARSHALLINGERROR for every operation; ZooKeeper calls some BADARGUMENTS, and takes some for a path that is not there',
      ['test/wire/decode.test.ts', 'a path may not be null'],
    ),
    differs(
      'a multiRead with a write in it',
      'is answered without a body, as every error; ZooKeeper sends behind it what it has of the results',
      [
        'test/interop/protocol/introspection.ts',
        'a multiRead of anything else is not understood, and nor is a multi of reads',
      ],
    ),
    differs(
      'a multiRead of more than 16 MB',
      'gives MARSHALLINGERROR for the reads that are beyond; ZooKeeper tries, as long as there is memory',
      [
        'test/znode/read.test.ts',
        'a multiRead gives so many bytes and no more; the reads beyond fail, each by itself',
      ],
    ),
    differs(
      'more than 64 MB of replies that waited behind one write',
      'are given in parts, and a client that takes none of one before the next is cut off; ZooKeeper keeps all of them in memory',
      [
        'test/session/request-order.test.ts',
        'a client that takes nothing of the much that it has asked for is cut off, and nobody else',
      ],
    ),
    differs(
      'getAllChildrenNumber of the empty path',
      'is that of the root, whose other name it is; ZooKeeper counts one more',
      [
        'test/interop/protocol/introspection.ts',
        'getAllChildrenNumber: all that is below, and the READ of the node alone',
      ],
    ),
    differs('undecodable requests', 'are answered before the leader sees them and take no zxid', [
      'test/faults/bad-input.test.ts',
      'MARSHALLINGERROR, the connection stays',
    ]),
    differs(
      'the config node',
      'has a version that is the zxid of its txn, where ZooKeeper says 0 with reconfigEnabled=false: clients take two texts of one version for the same; empty unless every client address is known',
      [
        'test/interop/config-node.test.ts',
        'a restart with addresses writes them, on every member the same bytes',
      ],
    ),
    differs(
      'digests',
      'cover ACLs, sessions and the nodes below /zookeeper; a member whose tree differs stops',
      ['test/znode/digest.test.ts', 'every field, the path and the ACL count'],
    ),
    differs(
      'latencies',
      'count the time in the member; a reply that needs to wait for nothing counts 0 ms',
      [
        'test/session/statistics.test.ts',
        'statistics keep reads and updates apart, and a reset only forgets the latencies of all',
      ],
    ),
    differs(
      'addresses that listen',
      'loopback alone where neither clientPortAddress nor the server line of the member says otherwise, and for the admin endpoint; ZooKeeper listens on all',
      config('defaults'),
      config('the client part of its own server line tells a member where to listen'),
    ),
    differs(
      'defaults',
      'tickTime is 2000 and initLimit 10 where the file does not say it, as in the sample file of ZooKeeper; its code has 3000, and no initLimit',
      config('defaults'),
    ),
    differs(
      'a zoo.cfg without server lines',
      'does not start: one member alone takes a line server.1 and its id, so that a list that somebody forgot does not make several ensembles of one; ZooKeeper is standalone then',
      config('missing settings say how to give them'),
    ),
    differs(
      'unknown keys in zoo.cfg',
      'stop the start, with a suggestion; ZooKeeper makes system properties of them, and goes on',
      config('unknown keys are refused with a suggestion, unreadable lines and files by name'),
    ),
    differs(
      'a handshake while there is no leader',
      'is kept waiting for a second, as most elections take less; ZooKeeper closes the connection at once',
      [
        'test/session/session.test.ts',
        'a handshake waits for a member that does not serve, but not for ever',
      ],
    ),
    differs(
      'read-only mode',
      'shows what is known to be committed, and nothing of the rest of the log',
      [
        'test/session/read-only.test.ts',
        'what no quorum has is not shown, though it is in the log',
      ],
    ),
    differs('Mode: standalone', 'an ensemble of one member is an ensemble, and says leader', [
      'test/word/answer.test.ts',
      'srvr of a leader tells the proposal sizes',
    ]),
    differs(
      'observers',
      'hear the same PROPOSAL and COMMIT as followers, which the leader publishes once for all; there is no INFORM and no observer master',
      [
        'test/zab/observer.test.ts',
        'an observer learns as a follower does, from its own first word on',
      ],
    ),
  ],
};
