import type { Random } from '../sim/world/random.ts';
import { chooseAcl } from './acl-choice.ts';
import type { Places } from './place.ts';
import { type Request, requestValue, type Value } from './request.ts';

const VERSIONS = [-1, -1, -1, -1, -1, -1, 0, 0, 0, 1, 1, 2, 3, 7, -2, 2_147_483_647];
const PERSISTENT = 0;
const EPHEMERAL = 1;
const SEQUENTIAL = 2;
const EPHEMERAL_SEQUENTIAL = 3;
const CONTAINER = 4;
const TTL = 5;
const TTL_SEQUENTIAL = 6;
const FLAGS = [0, 0, 0, 0, 0, 1, 1, 2, 2, 3, CONTAINER];
const KINDS_OF_FLAGS = [PERSISTENT, EPHEMERAL];
const WRONG_FLAGS = [TTL, TTL_SEQUENTIAL, 7, 8, -1, 255];
const TTLS = [1, 1000, 60_000, 1_099_511_627_775];
const WRONG_TTLS = [0, -1, 1_099_511_627_776, -9_007_199_254_740_991];
/** Long enough to be cut into several reads of a socket. */
const LONG_BYTES = [3000, 100_000];
/** With header and path it is just within jute.maxbuffer. */
const LONGEST_BYTES = 1_048_300;

/** Chooses requests that change the tree, right and wrong. */
export class WriteChoice {
  readonly #random: Random;
  readonly #places: Places;

  constructor(random: Random, places: Places) {
    this.#random = random;
    this.#places = places;
  }

  next(): Request {
    const dice = this.#random.next();
    if (dice < 0.2) return this.#multi();
    if (dice < 0.28) return this.#setAcl();
    return this.single();
  }

  /** What may stand alone and in a multi. */
  single(): Request {
    const dice = this.#random.next();
    if (dice < 0.55) return this.#create();
    return dice < 0.77 ? this.#setData() : this.#delete();
  }

  check(): Request {
    return { op: 'check', fields: { path: this.#places.path(), version: this.#version() } };
  }

  #create(): Request {
    const random = this.#random;
    const op = random.pick([
      'create',
      'create',
      'create2',
      'create2',
      'createContainer',
      'createTtl',
    ] as const);
    const flags = this.#flags(op);
    const isSequential =
      flags === SEQUENTIAL || flags === EPHEMERAL_SEQUENTIAL || flags === TTL_SEQUENTIAL;
    const path = random.chance(0.05)
      ? this.#places.odd()
      : isSequential
        ? this.#places.prefix()
        : this.#places.fresh();
    if (!isSequential) this.#places.made(path);
    const fields = { path, data: this.#data(), acl: chooseAcl(random, path), flags };
    if (op !== 'createTtl') return { op, fields };
    // ZooKeeper lets a wrong TTL through where the flags have none, and ends when it applies the txn.
    const hasTtl = flags === TTL || flags === TTL_SEQUENTIAL;
    const ttl = random.pick(!hasTtl || random.chance(0.85) ? TTLS : WRONG_TTLS);
    return { op, fields: { ...fields, ttl } };
  }

  #flags(op: string): number {
    const random = this.#random;
    const isWrong = random.chance(0.04);
    switch (op) {
      case 'createContainer':
        return isWrong ? random.pick([...KINDS_OF_FLAGS, ...WRONG_FLAGS]) : CONTAINER;
      case 'createTtl':
        return isWrong ? random.pick([...FLAGS, 7]) : random.pick([TTL, TTL, TTL_SEQUENTIAL]);
      default:
        return isWrong ? random.pick(WRONG_FLAGS) : random.pick(FLAGS);
    }
  }

  #setData(): Request {
    const fields = { path: this.#places.path(), data: this.#data(), version: this.#version() };
    return { op: 'setData', fields };
  }

  #delete(): Request {
    const random = this.#random;
    const path = random.chance(0.03)
      ? random.pick(['/', '/zookeeper', '/zookeeper/quota', '/zookeeper/config'])
      : this.#places.path();
    if (path === '/r') return this.#setData();
    this.#places.gone(path);
    return { op: 'delete', fields: { path, version: this.#version() } };
  }

  #setAcl(): Request {
    const path = this.#places.path();
    const acl = chooseAcl(this.#random, path);
    // The root stays open: all that a script does would be refused.
    if (path === '/r' || path === '/') return this.#setData();
    return { op: 'setAcl', fields: { path, acl, version: this.#version() } };
  }

  #multi(): Request {
    const random = this.#random;
    const count = random.pick([0, 1, 1, 2, 2, 2, 3, 3, 4, 5, 8]);
    const parts: Value[] = [];
    for (let index = 0; index < count; index += 1) parts.push(requestValue(this.#part()));
    if (random.chance(0.04)) parts.push(requestValue(this.#disallowed()));
    return { op: 'multi', fields: { parts } };
  }

  #part(): Request {
    const random = this.#random;
    if (random.chance(0.2)) return this.check();
    // Mostly something that works: a multi of five that may each fail hardly ever shows anything else.
    const request = this.single();
    // A frame above the limit ends the connection, and what was due on it is lost or not.
    if (request.fields.data === LONGEST_BYTES) return this.#part();
    // Until 3.9.0 the flags of a createContainer in a multi say what is created, since then it is a container.
    if (request.op === 'createContainer' && KINDS_OF_FLAGS.includes(Number(request.fields.flags))) {
      return this.#part();
    }
    if (random.chance(0.3) || !('version' in request.fields)) return request;
    return { ...request, fields: { ...request.fields, version: -1 } };
  }

  /** The whole multi cannot be read then (reference §3.5). */
  #disallowed(): Request {
    const path = this.#places.path();
    return this.#random.pick<Request>([
      { op: 'setAcl', fields: { path, acl: [[31, 'world', 'anyone']], version: -1 } },
      { op: 'getData', fields: { path, watch: false } },
      { op: 'exists', fields: { path, watch: false } },
      { op: 'sync', fields: { path } },
      { op: 'opcode 77', fields: {} },
      { op: 'closeSession', fields: {} },
    ]);
  }

  #version(): number {
    return this.#random.pick(VERSIONS);
  }

  #data(): Value {
    const random = this.#random;
    const dice = random.next();
    if (dice < 0.06) return null;
    if (dice < 0.14) return '';
    if (dice < 0.18) return random.pick(LONG_BYTES);
    if (dice < 0.181) return LONGEST_BYTES;
    return `data ${random.below(1000)}`;
  }
}
