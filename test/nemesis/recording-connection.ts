import { connect, type Socket } from 'node:net';
import { type Address, connectFrame } from '../client/connection.ts';
import { JuteReader } from '../client/jute-reader.ts';
import { JuteWriter } from '../client/jute-writer.ts';
import { type ClientRequest, type ClientResult, isWrite, XID } from '../history/request.ts';
import { decodeResult, encodeRequest } from '../history/request-codec.ts';
import type { ClientSession } from './client-session.ts';
import type { Recorder } from './recorder.ts';

/** A member as clients know it. */
export interface Target extends Address {
  readonly id: number;
}

/** What became of a request; `undefined` when the connection ended first: nobody knows. */
export type Answer = { readonly code: number; readonly result: ClientResult } | undefined;

interface Pending {
  readonly xid: number;
  readonly request: ClientRequest;
  readonly sentMs: number;
  readonly settle: (answer: Answer) => void;
}

/** One socket of one session, which writes down everything that goes out and comes in. */
export class RecordingConnection {
  readonly number: number;
  readonly target: Target;
  readonly session: ClientSession;
  timeoutMs = 0;
  readonly #recorder: Recorder;
  readonly #socket: Socket;
  readonly #pending: Pending[] = [];
  #received: Buffer = Buffer.alloc(0);
  #welcomed: ((outcome: 'open' | 'refused' | 'lost') => void) | undefined;
  #state: 'greeting' | 'open' | 'ended' = 'greeting';
  #pinger: NodeJS.Timeout | undefined;

  private constructor(recorder: Recorder, target: Target, session: ClientSession) {
    this.number = recorder.nextConnection();
    this.target = target;
    this.session = session;
    this.#recorder = recorder;
    this.#socket = connect({ host: target.host, port: target.port, noDelay: true });
    this.#socket.on('error', () => undefined);
    this.#socket.on('close', () => this.drop());
    this.#socket.on('data', (bytes) => this.#receive(bytes));
  }

  /** `refused`: the session is over. `lost`: nothing is known, try the next member. */
  static async open(
    recorder: Recorder,
    target: Target,
    session: ClientSession,
    waitMs: number,
  ): Promise<RecordingConnection | 'refused' | 'lost'> {
    const connection = new RecordingConnection(recorder, target, session);
    const timer = setTimeout(() => connection.drop(), waitMs);
    const outcome = await new Promise<'open' | 'refused' | 'lost'>((resolve) => {
      connection.#welcomed = resolve;
      const { id, password, requestedTimeoutMs: timeoutMs, lastZxidSeen } = session;
      const sessionId = BigInt(id);
      connection.#socket.write(connectFrame({ timeoutMs, sessionId, password, lastZxidSeen }));
    });
    clearTimeout(timer);
    return outcome === 'open' ? connection : outcome;
  }

  get isOpen(): boolean {
    return this.#state === 'open';
  }

  /** Sends at once, whatever is still unanswered. */
  request(request: ClientRequest): Promise<Answer> {
    if (!this.isOpen) return Promise.resolve(undefined);
    const xid = this.#xidOf(request);
    const { opcode, body } = encodeRequest(request);
    return new Promise((settle) => {
      this.#pending.push({ xid, request, sentMs: performance.now(), settle });
      const { number: connection, session } = this;
      this.#recorder.tell({ type: 'invoke', connection, session: session.id, xid, request });
      this.#socket.write(new JuteWriter().int(xid).int(opcode).raw(body).frame());
    });
  }

  /** The socket goes without a word; the session lives on at the members. */
  drop(): void {
    if (this.#state === 'ended') return;
    const wasOpen = this.isOpen;
    this.#state = 'ended';
    clearInterval(this.#pinger);
    this.#socket.destroy();
    this.#welcomed?.('lost');
    if (!wasOpen) return;
    this.#recorder.tell({
      type: 'disconnected',
      connection: this.number,
      session: this.session.id,
    });
    for (const pending of this.#pending.splice(0)) {
      if (isWrite(pending.request)) this.#recorder.unknown += 1;
      pending.settle(undefined);
    }
  }

  #xidOf(request: ClientRequest): number {
    if (request.op === 'ping') return XID.ping;
    if (request.op === 'auth') return XID.auth;
    if (request.op === 'setWatches') return XID.setWatches;
    return this.session.nextXid();
  }

  #receive(bytes: Buffer): void {
    this.#received = this.#received.length === 0 ? bytes : Buffer.concat([this.#received, bytes]);
    let at = 0;
    while (this.#state !== 'ended' && this.#received.length - at >= 4) {
      const end = at + 4 + this.#received.readInt32BE(at);
      if (end > this.#received.length) break;
      const payload = this.#received.subarray(at + 4, end);
      at = end;
      try {
        if (this.#state === 'greeting') this.#welcome(new JuteReader(payload));
        else this.#frame(new JuteReader(payload));
      } catch (error) {
        const where = `session ${this.session.id} at member ${this.target.id}`;
        this.#recorder.violation(`${where}: ${error instanceof Error ? error.message : error}`);
        this.drop();
      }
    }
    this.#received = this.#received.subarray(at);
  }

  #welcome(reader: JuteReader): void {
    reader.int();
    const timeoutMs = reader.int();
    const id = reader.exactLong();
    const password = Buffer.from(reader.buffer() ?? Buffer.alloc(0));
    if (reader.remaining > 0) reader.bool();
    reader.end();
    const { session, number: connection } = this;
    const member = this.target.id;
    if (timeoutMs <= 0) {
      this.#recorder.tell({ type: 'refused', connection, session: session.id, member });
      this.#welcomed?.('refused');
      this.drop();
      return;
    }
    const resumed = session.id !== 0;
    if (resumed && id !== session.id) throw new Error(`it was given session ${id}`);
    session.id = id;
    session.password = password;
    this.timeoutMs = timeoutMs;
    this.#state = 'open';
    const { lastZxidSeen } = session;
    const granted = { session: id, member, timeoutMs, resumed, lastZxidSeen };
    this.#recorder.tell({ type: 'connected', connection, ...granted });
    this.#pinger = setInterval(() => this.#keepAlive(), timeoutMs / 3);
    this.#welcomed?.('open');
  }

  /** Pings like any client, and gives up a member that has owed an answer for two thirds of the timeout. */
  #keepAlive(): void {
    const [oldest] = this.#pending;
    const owedMs = oldest === undefined ? 0 : performance.now() - oldest.sentMs;
    if (owedMs > (this.timeoutMs * 2) / 3) this.drop();
    else void this.request({ op: 'ping' });
  }

  #frame(reader: JuteReader): void {
    const xid = reader.int();
    const zxid = reader.exactLong();
    const code = reader.int();
    const { number: connection, session } = this;
    if (xid === XID.notification) {
      const kind = reader.int();
      reader.int();
      const path = reader.string();
      reader.end();
      this.#recorder.tell({
        type: 'notified',
        connection,
        session: session.id,
        zxid,
        kind,
        path,
      });
      session.notified(kind, path);
      return;
    }
    const pending = this.#pending.shift();
    if (pending === undefined || pending.xid !== xid) {
      throw new Error(`a reply to xid ${xid} where ${pending?.xid ?? 'none'} was due`);
    }
    const result = decodeResult(pending.request, code, reader);
    this.#recorder.tell({
      type: 'reply',
      connection,
      session: session.id,
      xid,
      zxid,
      code,
      result,
    });
    session.lastZxidSeen = Math.max(session.lastZxidSeen, zxid);
    session.learn(pending.request, code);
    this.#recorder.answered += 1;
    if (code === 0 && isWrite(pending.request)) this.#recorder.acknowledgedWrites += 1;
    pending.settle({ code, result });
  }
}
