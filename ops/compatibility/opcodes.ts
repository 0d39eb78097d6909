import { Opcode } from '../../machines/jute/opcode.ts';
import { absent, differs, type Kind, type Proof, type Row, supported, titlesOf } from './row.ts';

const nodes = titlesOf('test/interop/protocol/nodes.ts');
const watches = titlesOf('test/interop/protocol/watches.ts');
const persistent = titlesOf('test/interop/protocol/persistent-watches.ts');
const introspection = titlesOf('test/interop/protocol/introspection.ts');
const connections = titlesOf('test/interop/protocol/connections.ts');
const multis = titlesOf('test/interop/protocol/multis.ts');
const checks = titlesOf('test/znode/write-checks.test.ts');
const golden = titlesOf('test/wire/golden.test.ts');
const reads = titlesOf('test/znode/read.test.ts');
const refusal: Proof = introspection(
  'opcodes that no client may send: refused, and then the connection ends',
);

const rows: Readonly<Record<keyof typeof Opcode, (name: string) => Row>> = {
  notification: (name) => supported(name, refusal),
  create: (name) =>
    supported(
      name,
      nodes('what cannot be created'),
      checks('create: each check wins over the ones after it'),
    ),
  delete: (name) => supported(name, nodes('what a delete is refused for, and in which order')),
  exists: (name) =>
    supported(
      name,
      watches('exists watches what is not there yet; getData and getChildren do not'),
    ),
  getData: (name) =>
    supported(
      name,
      nodes('null data stays null, empty data stays empty'),
      reads('reads: what wins, and which watches are left'),
    ),
  setData: (name) => supported(name, nodes('setData: versions, times, the same data again')),
  getAcl: (name) => supported(name, reads('getACL: READ or ADMIN, and hashes only with ADMIN')),
  setAcl: (name) =>
    supported(
      name,
      nodes('setACL: aversion alone moves; identities are expanded, and masked for strangers'),
    ),
  getChildren: (name) =>
    supported(name, watches('children watches: children come and go, nothing else')),
  sync: (name) =>
    differs(
      name,
      'stricter: the leader answers after a round of PINGs that a quorum answered',
      connections('sync, then a read at another member, sees what was acknowledged before'),
      [
        'test/zab/leader-broadcast.test.ts',
        'a sync is answered after a round of PINGs that a quorum has heard, and its commits',
      ],
    ),
  ping: (name) =>
    supported(
      name,
      connections('xids come back as they were sent, whatever they are; a ping always as -2'),
    ),
  getChildren2: (name) => supported(name, golden('getData, setData, getACL and getChildren2')),
  check: (name) =>
    supported(name, checks('check: each check wins over the ones after it'), refusal),
  multi: (name) =>
    supported(
      name,
      multis('a failed multi: header 0, codes 0 / the error / -2, nothing changed'),
      multis('later operations see earlier ones; all share one zxid'),
    ),
  create2: (name) =>
    supported(
      name,
      golden('create2 of null data'),
      nodes('a created node: its stat, its data, its ACL'),
    ),
  reconfig: (name) =>
    absent(
      name,
      'always answers RECONFIGDISABLED, as with reconfigEnabled=false',
      introspection('reconfig says that it is off, and the connection stays'),
    ),
  checkWatches: (name) =>
    supported(
      name,
      persistent('removeWatches takes the type it names from exactly that path, without an event'),
    ),
  removeWatches: (name) =>
    supported(
      name,
      persistent('removeWatches takes the type it names from exactly that path, without an event'),
    ),
  createContainer: (name) =>
    supported(name, golden('createContainer and createTTL'), [
      'test/znode/reaping.test.ts',
      'a container may be deleted when it has had a child and has none',
    ]),
  deleteContainer: (name) =>
    differs(
      name,
      'only the leader itself deletes so: from a client it is an unknown opcode, since it asks for no permission',
      golden('deleteContainer is not served to clients'),
    ),
  createTtl: (name) =>
    supported(name, golden('createContainer and createTTL'), [
      'test/znode/reaping.test.ts',
      'createTTL: flags and bounds of the TTL',
    ]),
  multiRead: (name) =>
    supported(name, introspection('multiRead: each read is answered on its own')),
  auth: (name) => supported(name, ['test/znode/access.test.ts', 'auth packets']),
  setWatches: (name) =>
    supported(
      name,
      watches('setWatches: what was missed comes before its reply, the rest is armed'),
    ),
  sasl: (name) =>
    differs(
      name,
      'no mechanism is set up: it answers as ZooKeeper does without SASL, OK and a null token',
      [
        'test/interop/authentication.test.ts',
        'a stronger hash, and the super user by it; SASL that nobody has set up',
      ],
    ),
  getEphemerals: (name) =>
    supported(
      name,
      introspection('getEphemerals: those of the session, by the beginning of their path'),
    ),
  getAllChildrenNumber: (name) =>
    supported(
      name,
      introspection('getAllChildrenNumber: all that is below, and the READ of the node alone'),
    ),
  setWatches2: (name) =>
    supported(
      name,
      persistent('watches go with their connection, and setWatches2 brings them to the next one'),
    ),
  addWatch: (name) =>
    supported(
      name,
      persistent(
        'addWatch answers with a body of one int, for any path, and only for modes there are',
      ),
    ),
  whoAmI: (name) =>
    supported(name, introspection('whoAmI: the address, and of each digest the user')),
  createSession: (name) =>
    differs(
      name,
      'only members send it to each other: from a client it is an unknown opcode',
      refusal,
    ),
  closeSession: (name) =>
    supported(
      name,
      connections(
        'closeSession: its reply comes before the end, and nothing behind it takes effect',
      ),
    ),
  error: (name) =>
    supported(name, multis('a failed multi: header 0, codes 0 / the error / -2, nothing changed')),
};

const hasRow = (name: string): name is keyof typeof Opcode => Object.hasOwn(rows, name);

export const opcodes: Kind = {
  title: 'Opcodes',
  of: 'opcode',
  rows: Object.entries(Opcode)
    .sort(([, one], [, other]) => one - other)
    .flatMap(([name, code]) => (hasRow(name) ? [rows[name](`${name} (${code})`)] : [])),
};
