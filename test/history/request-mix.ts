import type { Random } from '../sim/world/random.ts';
import { quotaRequest, usagePath } from './quota-requests.ts';
import type { ClientRequest, ClientResult, MultiPart, SingleWrite } from './request.ts';
import { watchRequest, wideRead } from './watch-requests.ts';

const OPEN = ['31:world:anyone'];
const READ_ONLY = ['1:world:anyone'];
const AUTHENTICATED = ['31:auth:'];
/** digest:user:base64(sha1(user:secret)): what `auth` with these credentials makes of the client. */
export const CREDENTIALS = 'user:secret';
export const USER_ID = 'user:5w9W4eL3797Y4Wq8AcKUPPk8ha4=';

/** Few names, so that clients meet: on the same node, on a node that has just gone, on a node not yet there. */
const NAMES = ['a', 'b', 'c', 'd', 'e'];
const SYNC_SHARES = [0.03, 0.2];
const WATCH_SHARES = [0.02, 0.1];
const ANY_VERSION = -1;
const PERSISTENT = 0;
const EPHEMERAL = 1;
const SEQUENTIAL = 2;
const EPHEMERAL_SEQUENTIAL = 3;
const CONTAINER = 4;
const TTL = 5;
const TTL_SEQUENTIAL = 6;
const MODES = [
  ...[PERSISTENT, PERSISTENT, PERSISTENT, EPHEMERAL, SEQUENTIAL, EPHEMERAL_SEQUENTIAL],
  ...[CONTAINER, CONTAINER, TTL, TTL_SEQUENTIAL],
];
const PLAIN_OPCODES = [1, 15] as const;
const CONTAINER_OPCODES = [1, 15, 19] as const;
/** Some are over before anybody writes again, some are not allowed. */
const TTLS_MS = [50, 500, 500, 3000, 3000, 60_000, 0];

/** Chooses what one client asks next: every operation there is, on a few paths that all clients share. */
export class RequestMix {
  readonly #random: Random;
  readonly #client: string;
  /** Share of requests that only read. */
  readonly #reads: number;
  /** Share of requests that are a sync: whoever trusts no member asks often. */
  readonly #syncs: number;
  /** Share of reads that are about watches that stay: few of them, else every change is told to everybody. */
  readonly #watches: number;
  readonly #versions = new Map<string, number>();
  readonly #made: string[] = [];
  #count = 0;

  /** @param client a name that no other client has: what is written tells who wrote it */
  constructor(random: Random, client: string, reads: number) {
    this.#random = random;
    this.#client = client;
    this.#reads = reads;
    this.#syncs = random.pick(SYNC_SHARES);
    this.#watches = random.pick(WATCH_SHARES);
  }

  next(): ClientRequest {
    const dice = this.#random.next();
    if (dice < 0.01) return { op: 'auth', scheme: 'digest', credentials: CREDENTIALS };
    if (this.#random.chance(this.#syncs)) return { op: 'sync', path: '/' };
    return this.#random.chance(this.#reads) ? this.#read() : this.#write();
  }

  /** What came of it: later requests name versions and nodes that were there once. */
  learn(request: ClientRequest, result: ClientResult): void {
    if (result.stat !== undefined && 'path' in request) {
      this.#versions.set(request.path, result.stat.version);
    }
    if (request.op === 'create' && result.path !== undefined && result.path !== request.path) {
      this.#made.push(result.path);
    }
  }

  #read(): ClientRequest {
    const random = this.#random;
    if (random.chance(this.#watches)) {
      return watchRequest(random, random.chance(0.1) ? '/' : this.#path());
    }
    if (random.chance(0.06)) return wideRead(random, () => this.#path());
    const watch = random.chance(0.3);
    const path = random.chance(0.05) ? usagePath(random) : random.chance(0.15) ? '/' : this.#path();
    const op = random.pick([
      'exists',
      'exists',
      'getData',
      'getData',
      'getData',
      'getChildren',
      'getChildren2',
      'getAcl',
    ] as const);
    return op === 'getAcl' ? { op, path } : { op, path, watch };
  }

  #write(): ClientRequest {
    const random = this.#random;
    const dice = random.next();
    if (dice < 0.12) {
      const count = 1 + random.below(4);
      return { op: 'multi', parts: Array.from({ length: count }, () => this.#part()) };
    }
    if (dice < 0.16) {
      const acl = random.pick([OPEN, OPEN, READ_ONLY, AUTHENTICATED]);
      const path = `${this.#path()}/${random.pick(NAMES)}`;
      return { op: 'setAcl', path, acl, version: this.#version(path) };
    }
    if (dice < 0.19) return quotaRequest(random);
    return this.#single();
  }

  #part(): MultiPart {
    if (this.#random.chance(0.75)) return this.#single();
    const path = this.#path();
    return { op: 'check', path, version: this.#version(path) };
  }

  #single(): SingleWrite {
    const random = this.#random;
    const dice = random.next();
    if (dice < 0.35) {
      const path = this.#path();
      return { op: 'setData', path, data: this.#data(), version: this.#version(path) };
    }
    if (dice < 0.5) {
      const path = this.#gone();
      return { op: 'delete', path, version: this.#version(path) };
    }
    return this.#create();
  }

  #create(): SingleWrite {
    const random = this.#random;
    const mode = random.pick(MODES);
    const isSequential = [SEQUENTIAL, EPHEMERAL_SEQUENTIAL, TTL_SEQUENTIAL].includes(mode);
    const isTtl = mode === TTL || mode === TTL_SEQUENTIAL;
    return {
      op: 'create',
      opcode: isTtl ? 21 : random.pick(mode === CONTAINER ? CONTAINER_OPCODES : PLAIN_OPCODES),
      path: isSequential
        ? `${random.pick(['', this.#path()])}/${random.pick(['s-', ''])}`
        : this.#path(),
      data: this.#data(),
      acl: random.chance(0.04) ? random.pick([READ_ONLY, AUTHENTICATED, []]) : OPEN,
      mode,
      ttlMs: isTtl ? random.pick(TTLS_MS) : 0,
    };
  }

  #path(): string {
    const { pick, chance } = bound(this.#random);
    const top = `/${pick(NAMES)}`;
    return chance(0.4) ? top : `${top}/${pick(NAMES)}`;
  }

  /** Something to delete: what was made once, so that the tree does not only grow. */
  #gone(): string {
    const made = this.#random.chance(0.5) ? this.#made.shift() : undefined;
    return made ?? this.#path();
  }

  #version(path: string): number {
    if (this.#random.chance(0.7)) return ANY_VERSION;
    return this.#versions.get(path) ?? this.#random.below(3);
  }

  #data(): string | null {
    this.#count += 1;
    if (this.#random.chance(0.02)) return null;
    const length = this.#random.chance(0.05) ? this.#random.below(3000) : this.#random.below(40);
    return `${this.#client}.${this.#count}${'.'.repeat(length)}`;
  }
}

function bound(random: Random): {
  pick: <T>(items: readonly T[]) => T;
  chance: (probability: number) => boolean;
} {
  return {
    pick: (items) => random.pick(items),
    chance: (probability) => random.chance(probability),
  };
}
