import assert from 'node:assert/strict';
import { Outbox } from '../../../machines/jute/outbox.ts';
import { JuteReader } from '../../../machines/jute/reader.ts';
import type { ClientConnection, ConnectionEnd } from '../../../runtime/wire/client-connection.ts';
import type { EventLoop } from './event-loop.ts';
import type { MemberProcess } from './member-process.ts';

export interface Handshake {
  readonly lastZxidSeen?: number;
  readonly timeoutMs?: number;
  readonly sessionId?: number;
  readonly password?: Uint8Array;
  /** Sent only where it is given. */
  readonly readOnly?: boolean;
}

export interface Session {
  readonly sessionId: number;
  readonly password: Buffer;
  readonly timeoutMs: number;
  /** As the member said it; only where the client sent that flag itself. */
  readonly readOnly?: boolean;
}

/** A reply or an event as it came, in order. */
export interface Reply {
  readonly xid: number;
  readonly zxid: number;
  readonly code: number;
  readonly body: Buffer;
}

let lastConnection = 0;

/** A client with one connection, which speaks in frames straight into a member. */
export class TestClient implements ClientConnection {
  readonly id = ++lastConnection;
  readonly remoteAddress = '127.0.0.1';
  readonly remotePort = 40_000;
  readonly outbox = new Outbox();
  readonly openedMs = 0;
  received = 0;
  end: ConnectionEnd | undefined;
  readonly #loop: EventLoop;
  readonly #process: MemberProcess;
  #isPaused = false;
  #isClosed = false;
  readonly #frames: Buffer[] = [];
  #lastXid = 0;
  /** The answer to the handshake; a session id of 0 says that the session is over. */
  session: Session | undefined;
  /** Everything that came after it. */
  readonly replies: Reply[] = [];
  lastZxidSeen = 0;

  constructor(loop: EventLoop, process: MemberProcess, handshake: Handshake = {}) {
    this.#loop = loop;
    this.lastZxidSeen = handshake.lastZxidSeen ?? 0;
    this.#process = process;
    process.inside(() => process.member.clients.opened(this));
    const frame = new Outbox();
    frame.int(0);
    frame.long(handshake.lastZxidSeen ?? 0);
    frame.int(handshake.timeoutMs ?? 4000);
    frame.long(handshake.sessionId ?? 0);
    frame.buffer(handshake.password ?? Buffer.alloc(16));
    if (handshake.readOnly !== undefined) frame.boolean(handshake.readOnly);
    this.#deliver(frame.take());
  }

  get sent(): number {
    return this.outbox.frames;
  }
  get unsentBytes(): number {
    return this.outbox.length;
  }
  get reading(): boolean {
    return !this.#isPaused;
  }
  get isOpen(): boolean {
    return this.end === undefined;
  }
  get isConnected(): boolean {
    return this.isOpen && this.session !== undefined && this.session.sessionId !== 0;
  }

  /** Sends requests as one read of the socket would bring them; gives back their xids. */
  send(...requests: readonly Request[]): number[] {
    const xids: number[] = [];
    this.#process.inside(() => {
      for (const { opcode, body, xid } of requests) {
        const frame = new Outbox();
        const number = xid ?? ++this.#lastXid;
        xids.push(number);
        frame.int(number);
        frame.int(opcode);
        body?.(frame);
        this.#deliver(frame.take());
      }
    });
    return xids;
  }

  replyTo(xid: number | undefined): Reply | undefined {
    return this.replies.find((reply) => reply.xid === xid);
  }

  /** The client goes away without a word. */
  disconnect(): void {
    this.#finish('ended by the client');
  }

  // --- ClientConnection

  established(): void {}

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#loop.at(this.#loop.nowMs, () => {
      this.#isPaused = false;
      this.#process.inside(() => {
        this.#process.member.clients.frames(this);
      });
    });
  }

  nextFrame(): JuteReader | undefined {
    if (this.#isPaused || !this.isOpen) return undefined;
    const payload = this.#frames.shift();
    return payload && new JuteReader(payload);
  }

  flush(): void {
    if (this.end !== undefined) return;
    this.#parse(this.outbox.take());
  }

  close(): void {
    this.flush();
    this.#finish('ended by the member');
  }

  destroy(): void {
    this.#finish('ended by the member');
  }

  #deliver(frame: Buffer): void {
    this.received += 1;
    this.#frames.push(frame);
    this.#process.inside(() => this.#process.member.clients.frames(this));
  }

  #finish(end: ConnectionEnd): void {
    this.end ??= end;
    this.#loop.at(this.#loop.nowMs, () => {
      if (this.#isClosed) return;
      this.#isClosed = true;
      this.#process.inside(() => this.#process.member.clients.closed(this));
    });
  }

  #parse(bytes: Buffer): void {
    for (let at = 0; at < bytes.length; ) {
      const end = at + 4 + bytes.readInt32BE(at);
      this.#take(bytes.subarray(at + 4, end));
      at = end;
    }
  }

  #take(payload: Buffer): void {
    if (this.session === undefined) {
      const sessionId = Number(payload.readBigInt64BE(8));
      const password = Buffer.from(payload.subarray(20, 36));
      const timeoutMs = payload.readInt32BE(4);
      const readOnly = payload.length > 36 ? { readOnly: payload[36] === 1 } : {};
      this.session = { sessionId, password, timeoutMs, ...readOnly };
      return;
    }
    const zxid = Number(payload.readBigInt64BE(4));
    if (zxid > 0) {
      assert.ok(zxid >= this.lastZxidSeen, `zxid ${zxid} is shown after ${this.lastZxidSeen}`);
      this.lastZxidSeen = zxid;
    }
    this.replies.push({
      xid: payload.readInt32BE(0),
      zxid,
      code: payload.readInt32BE(12),
      body: Buffer.from(payload.subarray(16)),
    });
  }
}

export interface Request {
  readonly opcode: number;
  readonly body?: (out: Outbox) => void;
  readonly xid?: number;
}
