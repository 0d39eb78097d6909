import { JuteWriter } from '../client/jute-writer.ts';
import type { Acl } from '../client/record.ts';
import { OPEN_ACL } from '../client/record.ts';
import type { Random } from '../sim/world/random.ts';
import { VICTIM } from './victim.ts';

/** Where well-formed requests of attackers go: their own nodes, what everybody has, and what is not theirs. */
const PATHS = [
  '/',
  '/fuzz',
  '/fuzz/a',
  '/fuzz/a/b',
  '/fuzz/c',
  '/fuzz/é漢',
  '/fuzz/',
  '/absent/x',
  '/zookeeper',
  '/zookeeper/config',
  '/zookeeper/quota',
  '/zookeeper/quota/fuzz',
  '/zookeeper/quota/fuzz/zookeeper_limits',
  VICTIM,
  `${VICTIM}/guess`,
  '',
] as const;
const ACLS: readonly (readonly Acl[] | null)[] = [
  OPEN_ACL,
  OPEN_ACL,
  OPEN_ACL,
  [{ perms: 31, scheme: 'auth', id: '' }],
  [{ perms: 1, scheme: 'ip', id: '127.0.0.0/8' }],
  [{ perms: 31, scheme: 'digest', id: 'a:b' }],
  [],
  null,
];
const MODES = 8;
const WATCH_KINDS = 6;
const DATA_BYTES = 200;
const PARTS = 4;
const AUTH = 100;

/** A request's opcode and how a good client would write its body (reference §3.1). */
interface Kind {
  readonly opcode: number;
  readonly body: (random: Random) => JuteWriter;
}

const write = () => new JuteWriter();
const path = (random: Random) => write().string(random.pick(PATHS));
const read = (random: Random) => path(random).bool(random.chance(0.5));
const version = (random: Random) => random.pick([-1, -1, 0, 1, 7]);
const data = (random: Random) =>
  random.chance(0.1) ? null : random.bytes(random.below(DATA_BYTES));
const some = (random: Random) =>
  Array.from({ length: random.below(PARTS) }, () => random.pick(PATHS));
const create = (random: Random) =>
  path(random).buffer(data(random)).acl(random.pick(ACLS)).int(random.below(MODES));
const watches = (random: Random) =>
  write()
    .long(random.below(1000))
    .strings(some(random))
    .strings(some(random))
    .strings(some(random));

const WRITES: readonly Kind[] = [
  { opcode: 1, body: create },
  { opcode: 2, body: (random) => path(random).int(version(random)) },
  { opcode: 5, body: (random) => path(random).buffer(data(random)).int(version(random)) },
  { opcode: 13, body: (random) => path(random).int(version(random)) },
  { opcode: 15, body: create },
  { opcode: 19, body: create },
  { opcode: 21, body: (random) => create(random).long(random.pick([-1, 0, 1, 60_000, 2 ** 41])) },
];
const READS: readonly Kind[] = [
  { opcode: 4, body: read },
  { opcode: 8, body: read },
];

function parts(kinds: readonly Kind[]): (random: Random) => JuteWriter {
  return (random) => {
    const writer = write();
    for (let count = random.below(PARTS); count >= 0; count--) {
      const kind = random.pick(kinds);
      writer.int(kind.opcode).bool(false).int(-1).raw(kind.body(random).bytes());
    }
    return writer.int(-1).bool(true).int(-1);
  };
}

const KINDS: readonly Kind[] = [
  ...WRITES,
  ...READS,
  { opcode: 3, body: read },
  { opcode: 6, body: path },
  { opcode: 7, body: (random) => path(random).acl(random.pick(ACLS)).int(version(random)) },
  { opcode: 9, body: path },
  { opcode: 11, body: write },
  { opcode: 12, body: read },
  { opcode: 14, body: parts(WRITES) },
  { opcode: 16, body: (random) => path(random).string('1').string(null).long(-1) },
  { opcode: 17, body: (random) => path(random).int(random.below(WATCH_KINDS)) },
  { opcode: 18, body: (random) => path(random).int(random.below(WATCH_KINDS)) },
  { opcode: 22, body: parts(READS) },
  { opcode: AUTH, body: authBody },
  { opcode: 101, body: watches },
  { opcode: 103, body: path },
  { opcode: 104, body: path },
  { opcode: 105, body: (random) => watches(random).strings(some(random)).strings(some(random)) },
  { opcode: 106, body: (random) => path(random).int(random.below(3)) },
  { opcode: 107, body: write },
];

/** Any user but the victim: `digest` takes whatever it is given. */
function authBody(random: Random): JuteWriter {
  return write()
    .int(0)
    .string('digest')
    .string(`attacker-${random.below(5)}:guess`);
}

/** The payload of a request as a client would send it. */
export function wellFormed(random: Random, xid: number): Buffer {
  let kind = random.pick(KINDS);
  // A damaged one mostly ends its connection (reference §8.4), and the attack with it.
  if (kind.opcode === AUTH && random.chance(0.8)) kind = random.pick(KINDS);
  return write().int(xid).int(kind.opcode).raw(kind.body(random).bytes()).bytes();
}

/** How many kinds of request there are. */
export const KIND_COUNT = KINDS.length;
