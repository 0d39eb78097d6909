import type { ClientHappening } from '../../history/event.ts';
import { type ClientRequest, type ClientResult, XID } from '../../history/request.ts';
import type { RequestMix } from '../../history/request-mix.ts';
import type { Ensemble } from '../world/ensemble.ts';
import type { Random } from '../world/random.ts';
import { Line, type LineListener, type SessionGrant } from './line.ts';
import { SimulatedConnection } from './simulated-connection.ts';
import { WatchMemory } from './watch-memory.ts';

/** How a client behaves: all of it chosen by the seed. */
export interface Temper {
  /** Between two things that it does, ms on average. */
  readonly thinkMs: number;
  readonly timeoutMs: number;
  /** Most requests that it sends at once. */
  readonly atOnce: number;
  readonly latencyMs: (random: Random) => number;
  /** Whether it will also read where there is no leader. */
  readonly readOnly: boolean;
}

interface Session {
  readonly id: number;
  readonly password: Buffer;
  readonly timeoutMs: number;
  readonly watches: WatchMemory;
  lastXid: number;
  lastZxid: number;
}

/** What clients do apart from asking, and how many times it was done. */
export type Deed =
  | 'session opened'
  | 'session closed'
  | 'session moved'
  | 'session left to expire'
  | 'served without a leader';

export interface Surroundings {
  readonly ensemble: Ensemble;
  readonly random: Random;
  readonly mix: RequestMix;
  readonly temper: Temper;
  readonly nextConnection: () => number;
  readonly tell: (happening: ClientHappening) => void;
  readonly did: (deed: Deed) => void;
}

const MAX_WAITING = 30;
/** A client that cannot write has little to stay for. */
const READ_ONLY_LEAVES = 0.25;
const RECONNECT_MS = 40;
const HELD_UP_MS = 300;

/** One application with its client library: a session that outlives its connections, as long as it wants it to. */
export class SimulatedClient implements LineListener {
  readonly #around: Surroundings;
  #isReadOnly = false;
  #session: Session | undefined;
  #line: Line | undefined;
  readonly #connections = new Map<Line, SimulatedConnection>();
  #silentUntilMs = 0;
  #isQuiet = false;
  #hasEnded = false;

  constructor(around: Surroundings) {
    this.#around = around;
    this.#wakeIn(around.random.next() * around.temper.thinkMs);
  }

  /** Connections with the member, for when something happens to it. */
  *connectionsWith(member: number): Iterable<SimulatedConnection> {
    for (const [line, connection] of this.#connections) {
      if (line.member === member) yield connection;
    }
  }

  /** Asks nothing more, and keeps its session. */
  quiet(): void {
    this.#isQuiet = true;
  }

  /** Goes away without a word: its session is left to expire. */
  end(): void {
    this.#hasEnded = true;
    for (const line of [...this.#connections.keys()]) this.#drop(line);
  }

  // --- LineListener

  granted(line: Line, { session, password, timeoutMs, isReadOnly }: SessionGrant): void {
    const { tell, did } = this.#around;
    const connection = this.#idOf(line);
    const { member, askedMs } = line;
    if (session === 0) {
      if (this.#session !== undefined) {
        tell({ type: 'refused', connection, session: this.#session.id, member, askedMs });
      }
      this.#session = undefined;
      this.#drop(line);
      return;
    }
    const resumed = this.#session !== undefined;
    const { lastZxidSeen } = line;
    const granted = { connection, session, member, timeoutMs, resumed, lastZxidSeen, askedMs };
    tell({ type: 'connected', ...granted, ...(isReadOnly ? { isReadOnly } : {}) });
    if (isReadOnly) did('served without a leader');
    this.#isReadOnly = isReadOnly;
    if (this.#session === undefined) {
      did('session opened');
      const watches = new WatchMemory();
      this.#session = { id: session, password, timeoutMs, watches, lastXid: 0, lastZxid: 0 };
    }
    const { watches, lastZxid } = this.#session;
    if (!watches.isEmpty) this.#ask(line, XID.setWatches, watches.request(lastZxid));
  }

  answered(
    line: Line,
    xid: number,
    request: ClientRequest,
    answer: { zxid: number; code: number; result: ClientResult },
  ): void {
    const { zxid, code } = answer;
    const connection = this.#idOf(line);
    this.#around.tell({ type: 'reply', connection, session: line.session, xid, ...answer });
    this.#around.mix.learn(request, answer.result);
    if (this.#session?.id !== line.session) return;
    if (zxid > 0) this.#session.lastZxid = Math.max(this.#session.lastZxid, zxid);
    this.#session.watches.answered(request, code);
    if (request.op === 'closeSession') {
      this.#session = undefined;
      this.#around.did('session closed');
    }
  }

  notified(line: Line, { zxid, kind, path }: { zxid: number; kind: number; path: string }): void {
    const connection = this.#idOf(line);
    this.#around.tell({ type: 'notified', connection, session: line.session, zxid, kind, path });
    if (this.#session?.id !== line.session) return;
    if (zxid > 0) this.#session.lastZxid = Math.max(this.#session.lastZxid, zxid);
    this.#session.watches.notified(kind, path);
  }

  ended(line: Line): void {
    const connection = this.#idOf(line);
    this.#connections.delete(line);
    if (line.session !== 0) {
      this.#around.tell({ type: 'disconnected', connection, session: line.session });
    }
    if (this.#line === line) this.#line = undefined;
  }

  // --- what it does

  #wakeIn(delayMs: number): void {
    const { loop } = this.#around.ensemble;
    loop.at(loop.nowMs + delayMs, () => this.#wake());
  }

  #wake(): void {
    if (this.#hasEnded) return;
    const { random, temper } = this.#around;
    this.#act();
    const patienceMs = this.#timeoutMs / 3;
    const thinkMs = -Math.log(1 - random.next()) * temper.thinkMs;
    this.#wakeIn(
      this.#line === undefined
        ? RECONNECT_MS * (0.5 + random.next())
        : Math.min(thinkMs, patienceMs),
    );
  }

  #act(): void {
    const { ensemble } = this.#around;
    const now = ensemble.loop.nowMs;
    if (now < this.#silentUntilMs) return;
    const line = this.#line;
    if (line === undefined) {
      if (!this.#isQuiet || this.#session !== undefined) this.#connect();
      return;
    }
    for (const [old] of this.#connections) {
      // The library gives up a server that has said nothing for two thirds of the timeout (reference §1.9).
      if (now - old.lastHeardMs > (this.#timeoutMs * 2) / 3) this.#drop(old);
    }
    if (!line.isOpen || !line.isGranted || this.#session?.id !== line.session) return;
    if (!this.#isQuiet) this.#choose(line);
    if (line.isOpen && now - line.lastSentMs >= this.#timeoutMs / 3) {
      this.#ask(line, XID.ping, { op: 'ping' });
    }
  }

  #choose(line: Line): void {
    const { random, temper, did } = this.#around;
    const dice = random.next();
    if (dice < 0.004) {
      did('session left to expire');
      this.#silentUntilMs =
        this.#around.ensemble.loop.nowMs + this.#timeoutMs * (1.1 + random.next());
    } else if (dice < 0.01 || (this.#isReadOnly && random.chance(READ_ONLY_LEAVES))) {
      this.#ask(line, this.#nextXid(), { op: 'closeSession' });
    } else if (dice < 0.025) {
      did('session moved');
      // The old connection may live on for a while: what it is told still counts.
      if (random.chance(0.6)) this.#drop(line);
      else this.#speakTooLate(line);
      this.#line = undefined;
      this.#connect();
    } else if (dice < 0.035) this.#drop(line);
    else {
      for (let count = 1 + random.below(temper.atOnce); count > 0; count--) {
        if (line.waiting < MAX_WAITING) this.#askNext(line);
      }
    }
  }

  /** What is said last before a move is held up on the way: the session may be elsewhere by then (reference §9.4). */
  #speakTooLate(line: Line): void {
    const { random } = this.#around;
    this.#connections.get(line)?.holdUp(random.next() * HELD_UP_MS);
    for (let count = random.below(4); count > 0; count--) {
      if (line.waiting < MAX_WAITING) this.#askNext(line);
    }
  }

  #askNext(line: Line): void {
    const request = this.#around.mix.next();
    this.#ask(line, request.op === 'auth' ? XID.auth : this.#nextXid(), request);
  }

  #ask(line: Line, xid: number, request: ClientRequest): void {
    const connection = this.#idOf(line);
    this.#around.tell({ type: 'invoke', connection, session: line.session, xid, request });
    line.ask(xid, request);
  }

  #nextXid(): number {
    if (this.#session === undefined) return 0;
    this.#session.lastXid += 1;
    return this.#session.lastXid;
  }

  #connect(): void {
    const { ensemble, random, temper, nextConnection } = this.#around;
    const { running } = ensemble;
    if (running.length === 0) return;
    const member = random.pick(running);
    const line = new Line(member, this, () => ensemble.loop.nowMs);
    const connection = new SimulatedConnection(
      {
        id: nextConnection(),
        loop: ensemble.loop,
        process: ensemble.process(member),
        latencyMs: () => temper.latencyMs(random),
      },
      line,
    );
    this.#connections.set(line, connection);
    this.#line = line;
    const session = this.#session;
    line.greet(
      (payload) => connection.send(payload),
      session?.lastZxid ?? 0,
      temper.timeoutMs,
      session?.id ?? 0,
      session?.password ?? Buffer.alloc(16),
      temper.readOnly,
    );
  }

  #drop(line: Line): void {
    this.#connections.get(line)?.disconnect();
    line.ended();
  }

  #idOf(line: Line): number {
    return this.#connections.get(line)?.id ?? 0;
  }

  get #timeoutMs(): number {
    return this.#session?.timeoutMs ?? this.#around.temper.timeoutMs;
  }
}
