import { absent, differs, type Kind, supported, titlesOf } from './row.ts';

const access = titlesOf('test/znode/access.test.ts');
const checks = titlesOf('test/znode/write-checks.test.ts');
const reads = titlesOf('test/znode/read.test.ts');
const CREATE = checks('create: each check wins over the ones after it');
const DELETE = checks('delete: each check wins over the ones after it');
const READS = reads('reads: what wins, and which watches are left');

export const schemes: Kind = {
  title: 'ACL schemes',
  of: 'scheme',
  rows: [
    supported('world', access('checkAcl: world, equality, super, and any one of several bits')),
    supported('auth', access('fixAcl: what is accepted')),
    supported('digest', access('the digest identity of super:test is the known one'), [
      'test/interop/authentication.test.ts',
      'a stronger hash, and the super user by it; SASL that nobody has set up',
    ]),
    supported('ip', access('checkAcl: addresses and ranges of both families'), [
      'test/interop/protocol/nodes.ts',
      'ip ACLs hold for the address that the member sees',
    ]),
    supported('super', access('checkAcl: world, equality, super, and any one of several bits')),
    differs('sasl', 'no mechanism is set up, so nobody has such an identity', [
      'test/interop/authentication.test.ts',
      'a stronger hash, and the super user by it; SASL that nobody has set up',
    ]),
    absent('x509', 'there is no TLS for clients yet', access('fixAcl: what is refused')),
    absent('ensemble', 'refused at the start by ensembleAuthName', [
      'test/config/member-config.test.ts',
      'every key of zoo.cfg works, or says in one sentence why it does not',
    ]),
    absent('custom providers', 'refused at the start by authProvider.N', [
      'test/config/member-config.test.ts',
      'every key of zoo.cfg works, or says in one sentence why it does not',
    ]),
  ],
};

export const permissions: Kind = {
  title: 'Permissions',
  of: 'operation and what it takes',
  rows: [
    supported('create*: CREATE of the parent', CREATE),
    supported('delete: DELETE of the parent', DELETE),
    supported(
      'setData: WRITE of the node',
      checks('setData: each check wins over the ones after it'),
    ),
    supported('getData, getChildren, exists, getAllChildrenNumber: READ of the node', READS),
    supported('check: READ of the node', checks('check: each check wins over the ones after it')),
    supported(
      'getACL: READ or ADMIN, hashes only with ADMIN',
      reads('getACL: READ or ADMIN, and hashes only with ADMIN'),
    ),
    supported(
      'setACL: ADMIN of the node',
      checks('setACL: each check wins over the ones after it'),
    ),
    supported('sync, getEphemerals, addWatch, setWatches, whoAmI: none', [
      'test/interop/protocol/introspection.ts',
      'whoAmI: the address, and of each digest the user',
    ]),
    supported('a write through another member: identities of the client', [
      'test/znode/pipeline.test.ts',
      'each part of a multi is checked with the identities of the client',
    ]),
    supported('required schemes: nothing before an identity', [
      'test/interop/authentication.test.ts',
      'where a scheme is required, nothing else is answered before it (reference §8.7)',
    ]),
    absent('reconfig: WRITE of /zookeeper/config', 'reconfiguration is off', [
      'test/interop/protocol/introspection.ts',
      'reconfig says that it is off, and the connection stays',
    ]),
  ],
};
