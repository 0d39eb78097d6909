import { Random } from '../sim/world/random.ts';
import { OPEN, USERS } from './acl-choice.ts';
import { LimitChoice } from './limit-choice.ts';
import { OPERATIONS, type OperationName } from './operation.ts';
import { Places, ROOT } from './place.ts';
import { ReadChoice } from './read-choice.ts';
import { isAsked, isTtlWithout, partsOf, type Request } from './request.ts';
import { type Connecting, PLAIN_CONNECTING, type Step } from './step.ts';
import { WatchChoice } from './watch-choice.ts';
import { WriteChoice } from './write-choice.ts';

const SESSIONS = ['a', 'b', 'c', 'd'];
/** Numbers that no operation has, or that no client may send (reference §3.1). */
const NO_OPCODES = ['0', '10', '23', '99', '108', '-2', '-12', '2147483647'];
/** Not what stands for a frame once a connection is open (reference §1.1). */
const NO_FRAMES = [
  ['a length below zero', 'ffffffff'],
  ['an empty frame', '00000000'],
  ['a frame shorter than a header', '0000000700000001000000'],
  ['longer than the limit', '00100000'],
  ['the longest', '7fffffff'],
  ['a four-letter word', '72756f6b'],
] as const;
/** Bodies that no operation has. */
const NO_BODIES = ['', '00', 'ffffffff', '7fffffff', '80000000', '00000002', '000000022f72'];
/** Below what both servers grant, within, and above. */
const TIMEOUTS = [
  900_000, 900_000, 900_000, 0, -1, 1, 60_000, 1_234_567, 1_000_000_000, -2_147_483_648,
];
const SPECIAL_XIDS = [0, -8, -4, 2_147_483_647, -100];

/** What a script's generator believes of a session. */
interface Belief {
  exists: boolean;
  isConnected: boolean;
}

/** One seed is one script of so many requests, whatever the services answer. */
export class Generator {
  readonly #random: Random;
  readonly #places: Places;
  readonly #writes: WriteChoice;
  readonly #reads: ReadChoice;
  readonly #watches: WatchChoice;
  readonly #limits: LimitChoice;
  readonly #members: number;
  readonly #steps: Step[] = [];
  readonly #beliefs = new Map<string, Belief>();
  #requests = 0;

  private constructor(seed: number, members: number) {
    this.#random = new Random(seed);
    this.#places = new Places(this.#random);
    this.#writes = new WriteChoice(this.#random, this.#places);
    this.#reads = new ReadChoice(this.#random, this.#places);
    this.#watches = new WatchChoice(this.#random, this.#places);
    this.#limits = new LimitChoice(this.#random);
    this.#members = members;
  }

  static steps(seed: number, operations: number, members = 1): readonly Step[] {
    const generator = new Generator(seed, members);
    generator.#begin();
    while (generator.#requests < operations) generator.#next();
    return generator.#steps;
  }

  #begin(): void {
    this.#connect('a', {});
    const fields = { path: ROOT, data: 'root', acl: OPEN, flags: 0 };
    this.#send('a', [{ op: 'create', fields }]);
  }

  #next(): void {
    const random = this.#random;
    const session = random.pick(SESSIONS);
    const belief = this.#belief(session);
    if (!belief.isConnected) {
      this.#reconnect(session);
      return;
    }
    const dice = random.next();
    if (dice < 0.012) this.#closer(session);
    else if (dice < 0.024) this.#drop(session);
    else if (dice < 0.03) this.#move(session);
    else if (dice < 0.05) this.#auth(session);
    else if (dice < 0.06) this.#alone(session);
    else if (dice < 0.11) {
      for (const request of this.#limits.next()) this.#send(session, [request]);
    } else if (dice < 0.64) this.#send(session, [this.#request()]);
    else {
      const count = 2 + random.below(7);
      this.#send(
        session,
        Array.from({ length: count }, () => this.#request()),
      );
    }
  }

  #request(): Request {
    const random = this.#random;
    const dice = random.next();
    const request =
      dice < 0.5 ? this.#writes.next() : dice < 0.86 ? this.#reads.next() : this.#watches.next();
    return this.#spoilt(request);
  }

  /** Now and then the body is not what it has to be, or the xid is a strange one (reference §1.1, §1.5). */
  #spoilt(request: Request): Request {
    const random = this.#random;
    const dice = random.next();
    if (dice < 0.02) return { ...request, cut: 1 + random.below(12) };
    if (dice < 0.025) return { ...request, body: random.pick(NO_BODIES) };
    if (dice < 0.04) return { ...request, tail: 1 + random.below(9) };
    if (dice < 0.045 && mayLoseItsPath(request)) {
      return { ...request, fields: { ...request.fields, path: null } };
    }
    if (dice < 0.055 && request.op !== 'ping')
      return { ...request, xid: random.pick(SPECIAL_XIDS) };
    return request;
  }

  // --- connections

  #belief(session: string): Belief {
    let belief = this.#beliefs.get(session);
    if (belief === undefined) {
      belief = { exists: false, isConnected: false };
      this.#beliefs.set(session, belief);
    }
    return belief;
  }

  #connect(session: string, how: Partial<Connecting>): void {
    const readOnly = this.#random.pick(['absent', 'false', 'false'] as const);
    // Between members the old connection dies at its next write only; on one member at once.
    if (this.#members > 1) this.#push({ do: 'drop', session });
    this.#push({ ...PLAIN_CONNECTING, readOnly, ...how, session });
    const belief = this.#belief(session);
    belief.exists = true;
    belief.isConnected = true;
  }

  #reconnect(session: string): void {
    const random = this.#random;
    const member = random.below(this.#members);
    const timeoutMs = random.pick(TIMEOUTS);
    if (!this.#belief(session).exists) {
      this.#connect(session, { member, timeoutMs });
      return;
    }
    const dice = random.next();
    if (dice < 0.2) {
      const wrong = random.pick<Partial<Connecting>>([
        { password: 'wrong' },
        { password: 'short' },
        { password: 'none' },
        { unknown: true },
        { seen: 'ahead' },
      ]);
      this.#connect(session, { resume: true, member, ...wrong });
      this.#belief(session).isConnected = false;
      return;
    }
    const seen = random.pick(['last', 'last', 'zero'] as const);
    const readOnly = random.pick(['absent', 'false', 'true'] as const);
    this.#connect(session, { resume: true, member, timeoutMs, seen, readOnly });
    if (random.chance(0.7)) this.#send(session, [this.#watches.rearm()]);
  }

  /** The session gets a new connection while it still has one (reference §1.3 7). */
  #move(session: string): void {
    const isWrong = this.#random.chance(0.3);
    this.#connect(session, { resume: true, password: isWrong ? 'wrong' : 'right' });
    if (isWrong) this.#belief(session).isConnected = false;
  }

  #drop(session: string): void {
    this.#push({ do: 'drop', session });
    this.#belief(session).isConnected = false;
  }

  // --- what ends a connection, or may overtake what stands before it

  #closer(session: string): void {
    const random = this.#random;
    const dice = random.next();
    const belief = this.#belief(session);
    belief.isConnected = false;
    if (dice < 0.4) {
      const before = Array.from({ length: random.below(3) }, () => this.#request());
      const behind = Array.from({ length: random.below(3) }, () => this.#request());
      this.#send(session, [...before, { op: 'closeSession', fields: {} }, ...behind]);
      belief.exists = random.chance(0.3);
    } else if (dice < 0.6) {
      this.#push({ do: 'bytes', session, hex: random.pick(NO_FRAMES)[1] });
    } else if (dice < 0.8) {
      const op = `opcode ${random.pick(NO_OPCODES)}`;
      if (isAsked(op)) this.#send(session, [{ op, fields: {} }]);
    } else {
      this.#send(session, [this.#authRequest(random.pick(['nosuch', '', 'world', 'auth']), 'x:y')]);
    }
  }

  /** Answered without waiting for what stands before: in a burst nobody could say in which order. */
  #auth(session: string): void {
    const random = this.#random;
    const request = random.chance(0.85)
      ? this.#authRequest('digest', random.pick(USERS))
      : this.#authRequest('ip', '');
    this.#send(session, [request]);
  }

  #authRequest(scheme: string, auth: string): Request {
    return { op: 'auth', fields: { type: 0, scheme, auth } };
  }

  /** What one of the two closes the connection at, or answers outside of the order. */
  #alone(session: string): void {
    const random = this.#random;
    const op = random.pick([
      'reconfig',
      'sasl',
      'deleteContainer',
      'createSession',
      'check',
    ] as const);
    this.#send(session, [op === 'check' ? this.#writes.check() : rareRequest(op)]);
    if (op !== 'reconfig' && op !== 'sasl') this.#belief(session).isConnected = false;
  }

  #send(session: string, requests: readonly Request[]): void {
    this.#requests += requests.length;
    let from = 0;
    for (const [at, request] of requests.entries()) {
      if (!isWaitedFor(request) && at + 1 < requests.length) continue;
      this.#push({ do: 'send', session, requests: requests.slice(from, at + 1) });
      from = at + 1;
    }
  }

  #push(step: Step): void {
    this.#steps.push(step);
  }
}

/**
 * ZooKeeper 3.8 takes a watch of no path, and fails later where such a watch and another one of the same connection fall
 * into the same place of its table: a connection that it should close then hangs with its session.
 */
function mayLoseItsPath({ op, fields }: Request): boolean {
  return 'path' in fields && op !== 'addWatch';
}

/**
 * Nothing is sent behind these before they are answered. Until a setACL is applied ZooKeeper holds writes against the
 * former ACL: its changes on their way carry none. And where it fails at its own types in a multi, the changes of
 * the parts before stay on their way, seen by all that comes in behind, until the multi's error is applied.
 */
function isWaitedFor(request: Request): boolean {
  return request.op === 'setAcl' || partsOf(request).some(isTtlWithout);
}

function rareRequest(op: OperationName): Request {
  switch (op) {
    case 'reconfig':
      return { op, fields: { joining: null, leaving: '2', members: null, configId: -1 } };
    case 'sasl':
      return { op, fields: { token: 'token' } };
    case 'createSession':
      return { op, fields: { timeout: 900_000 } };
    default:
      return { op: 'deleteContainer', fields: { path: '/r/never' } };
  }
}

/** Every opcode that has a name. */
export const OPCODES: ReadonlySet<number> = new Set(
  Object.values(OPERATIONS).map(({ opcode }) => opcode),
);
