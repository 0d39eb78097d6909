import { type ClientRequest, type ClientResult, XID } from '../../history/request.ts';
import type { Ensemble } from '../world/ensemble.ts';
import { Line, type LineListener, type SessionGrant } from './line.ts';
import { SimulatedConnection } from './simulated-connection.ts';

const TIMEOUT_MS = 4000;
const PATIENCE_MS = 10_000;
const NO_NODE = -101;

interface Answer {
  readonly zxid: number;
  readonly code: number;
  readonly result: ClientResult;
}

/** Somebody who comes to one member when all is over, writes once, and reads the whole tree: for the checkers. */
export class Inspector implements LineListener {
  readonly #ensemble: Ensemble;
  readonly #line: Line;
  readonly #connection: SimulatedConnection;
  readonly #answers = new Map<number, Answer>();
  #lastXid = 0;

  constructor(ensemble: Ensemble, member: number, connectionId: number) {
    this.#ensemble = ensemble;
    const { loop } = ensemble;
    this.#line = new Line(member, this, () => loop.nowMs);
    this.#connection = new SimulatedConnection(
      { id: connectionId, loop, process: ensemble.process(member), latencyMs: () => 0.1 },
      this.#line,
    );
    this.#line.greet(
      (payload) => this.#connection.send(payload),
      0,
      TIMEOUT_MS,
      0,
      Buffer.alloc(16),
    );
  }

  /** Waits for the session. `false`: the member did not take the client; another try may help. */
  get hasCome(): boolean {
    const { loop } = this.#ensemble;
    const endMs = loop.nowMs + PATIENCE_MS;
    while (!this.#line.isGranted && this.#line.isOpen && loop.nowMs < endMs) loop.step(endMs);
    return this.#line.isGranted && this.#line.isOpen;
  }

  /** The answer; `undefined` where the connection ended before it came. */
  ask(request: ClientRequest): Answer | undefined {
    this.#lastXid += 1;
    const xid = request.op === 'auth' ? XID.auth : this.#lastXid;
    const { id: connection } = this.#connection;
    const { session } = this.#line;
    this.#ensemble.tell({ type: 'invoke', connection, session, xid, request });
    this.#line.ask(xid, request);
    const { loop } = this.#ensemble;
    const endMs = loop.nowMs + PATIENCE_MS;
    while (!this.#answers.has(xid) && this.#line.isOpen && loop.nowMs < endMs) loop.step(endMs);
    const answer = this.#answers.get(xid);
    this.#answers.delete(xid);
    return answer;
  }

  /** Reads every node. `false` where the connection ended before all was read. */
  walk(path = '/'): boolean {
    const listing = this.ask({ op: 'getChildren2', path, watch: false });
    if (listing === undefined) return false;
    if (listing.code === NO_NODE) return true;
    if (this.ask({ op: 'getData', path, watch: false }) === undefined) return false;
    if (this.ask({ op: 'getAcl', path }) === undefined) return false;
    const names = listing.result.names ?? [];
    return names.every((name) => this.walk(path === '/' ? `/${name}` : `${path}/${name}`));
  }

  /** Closes the session and goes. */
  leave(): void {
    if (this.#line.isOpen && this.#line.isGranted) this.ask({ op: 'closeSession' });
    this.#connection.disconnect();
    this.#line.ended();
  }

  // --- LineListener

  granted(line: Line, { session, timeoutMs }: SessionGrant): void {
    if (session === 0) return;
    const { id: connection } = this.#connection;
    const { member } = line;
    this.#ensemble.tell({
      type: 'connected',
      connection,
      session,
      member,
      timeoutMs,
      resumed: false,
    });
  }

  answered(line: Line, xid: number, _request: ClientRequest, answer: Answer): void {
    const { id: connection } = this.#connection;
    this.#ensemble.tell({ type: 'reply', connection, session: line.session, xid, ...answer });
    this.#answers.set(xid, answer);
  }

  notified(): void {}

  ended(line: Line): void {
    if (line.session === 0) return;
    const { id: connection } = this.#connection;
    this.#ensemble.tell({ type: 'disconnected', connection, session: line.session });
  }
}
