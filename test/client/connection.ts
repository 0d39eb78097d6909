import { connect, type Socket } from 'node:net';
import { ConnectionLost, SessionExpired } from './error.ts';
import { JuteReader } from './jute-reader.ts';
import { JuteWriter } from './jute-writer.ts';
import { OP, type WatchEvent } from './record.ts';

export interface Reply {
  readonly xid: number;
  readonly zxid: number;
  readonly error: number;
  readonly body: JuteReader;
}

/** What came in, in the order in which it came. */
export type Arrival =
  | { readonly kind: 'reply'; readonly xid: number; readonly zxid: number; readonly error: number }
  | ({ readonly kind: 'event' } & WatchEvent);

export interface Hello {
  readonly timeoutMs: number;
  readonly sessionId?: bigint;
  readonly password?: Buffer;
  readonly lastZxidSeen?: number;
  /** Whether the request carries the readOnly byte at all. Default true. */
  readonly readOnlyByte?: boolean;
  /** Whether a member without a leader will do. Default false. */
  readonly readOnly?: boolean;
}

export interface Address {
  readonly host: string;
  readonly port: number;
}

interface Pending {
  readonly xid: number;
  readonly resolve: (reply: Reply) => void;
  readonly reject: (error: Error) => void;
}

export function connectFrame(hello: Hello): Buffer {
  const writer = new JuteWriter()
    .int(0)
    .long(hello.lastZxidSeen ?? 0)
    .int(hello.timeoutMs)
    .long(hello.sessionId ?? 0n)
    .buffer(hello.password ?? Buffer.alloc(16));
  if (hello.readOnlyByte !== false) writer.bool(hello.readOnly ?? false);
  return writer.frame();
}

/** One socket to one server, from the handshake to its end. Replies must come in the order of the requests. */
export class Connection {
  /** Kept only while `recording`. */
  readonly arrivals: Arrival[] = [];
  recording = false;
  readonly events: WatchEvent[] = [];
  /** Settles, never rejects, with the reason when the socket is gone. */
  readonly closed: Promise<string>;
  onEvent: ((event: WatchEvent) => void) | undefined;
  onReply: ((reply: Reply) => void) | undefined;
  sessionId = 0n;
  password = Buffer.alloc(16);
  timeoutMs = 0;
  /** The member has no leader, and serves reads alone. */
  isReadOnly = false;
  /** Bytes of the connect reply's payload: 36, or 37 with the readOnly byte. */
  connectReplyBytes = 0;

  readonly #socket: Socket;
  readonly #pending: Pending[] = [];
  #received: Buffer = Buffer.alloc(0);
  #xid = 0;
  #handshake: { resolve: () => void; reject: (error: Error) => void } | undefined;
  #reason: string | undefined;

  private constructor(address: Address) {
    this.#socket = connect({ host: address.host, port: address.port, noDelay: true });
    this.closed = new Promise((resolve) => {
      const end = (reason: string) => {
        this.#fail(reason);
        resolve(reason);
      };
      this.#socket.on('error', (error) => end(error.message));
      this.#socket.on('close', () => end('closed'));
    });
    this.#socket.on('data', (bytes) => this.#receive(bytes));
  }

  /** Rejects with ConnectionLost, or SessionExpired when the server refuses the session. */
  static async open(address: Address, hello: Hello, waitMs = 5000): Promise<Connection> {
    const connection = new Connection(address);
    const timer = setTimeout(() => connection.#socket.destroy(new Error('no answer')), waitMs);
    try {
      await new Promise<void>((resolve, reject) => {
        connection.#handshake = { resolve, reject };
        connection.#socket.write(connectFrame(hello));
      });
      return connection;
    } finally {
      clearTimeout(timer);
    }
  }

  get open(): boolean {
    return this.#reason === undefined;
  }

  /** The socket's own port, by which a trace of the server knows it. */
  get localPort(): number | undefined {
    return this.#socket.localPort;
  }

  /** Sends at once, without waiting for earlier replies. */
  submit(opcode: number, body: Buffer = Buffer.alloc(0), xid?: number): Promise<Reply> {
    return new Promise((resolve, reject) => {
      if (this.#reason !== undefined) {
        reject(new ConnectionLost(this.#reason));
        return;
      }
      this.#xid += 1;
      const own = xid ?? this.#xid;
      this.#pending.push({ xid: own, resolve, reject });
      this.#socket.write(new JuteWriter().int(own).int(opcode).raw(body).frame());
    });
  }

  ping(): Promise<Reply> {
    return this.submit(OP.ping, undefined, -2);
  }

  /** Bytes as they are, for input that no client should send. */
  sendRaw(bytes: Uint8Array): void {
    this.#socket.write(bytes);
  }

  /** Closes the session; resolves when the server has closed the socket. */
  async close(): Promise<void> {
    if (!this.open) return;
    await this.submit(OP.closeSession);
    await this.closed;
  }

  /** Drops the socket without a word: the session lives on. */
  destroy(): void {
    this.#socket.destroy();
  }

  #receive(bytes: Buffer): void {
    this.#received = this.#received.length === 0 ? bytes : Buffer.concat([this.#received, bytes]);
    let position = 0;
    while (this.#received.length - position >= 4) {
      const end = position + 4 + this.#received.readInt32BE(position);
      if (end > this.#received.length) break;
      const payload = this.#received.subarray(position + 4, end);
      position = end;
      try {
        this.#frame(payload);
      } catch (error) {
        this.#socket.destroy(error instanceof Error ? error : new Error(String(error)));
        return;
      }
    }
    this.#received = this.#received.subarray(position);
  }

  #frame(payload: Buffer): void {
    const reader = new JuteReader(payload);
    if (this.#handshake !== undefined) {
      this.#welcome(reader, payload.length);
      return;
    }
    const xid = reader.int();
    const zxid = reader.exactLong();
    const error = reader.int();
    if (xid === -1) {
      const event = { zxid, type: reader.int(), state: reader.int(), path: reader.string() };
      reader.end();
      if (this.recording) this.arrivals.push({ kind: 'event', ...event });
      this.events.push(event);
      this.onEvent?.(event);
      return;
    }
    const [pending] = this.#pending;
    if (pending === undefined || pending.xid !== xid) {
      throw new Error(`reply to xid ${xid} where ${pending?.xid ?? 'none'} was due`);
    }
    if (error !== 0) reader.end();
    this.#pending.shift();
    const reply = { xid, zxid, error, body: reader };
    if (this.recording) this.arrivals.push({ kind: 'reply', xid, zxid, error });
    this.onReply?.(reply);
    pending.resolve(reply);
  }

  #welcome(reader: JuteReader, length: number): void {
    const handshake = this.#handshake;
    this.#handshake = undefined;
    reader.int();
    this.timeoutMs = reader.int();
    this.sessionId = reader.long();
    this.password = Buffer.from(reader.buffer() ?? Buffer.alloc(0));
    if (reader.remaining > 0) this.isReadOnly = reader.bool();
    reader.end();
    this.connectReplyBytes = length;
    if (this.timeoutMs <= 0) {
      handshake?.reject(new SessionExpired('the server refused the session'));
      this.#socket.destroy();
    } else {
      handshake?.resolve();
    }
  }

  #fail(reason: string): void {
    if (this.#reason !== undefined) return;
    this.#reason = reason;
    this.#handshake?.reject(new ConnectionLost(reason));
    this.#handshake = undefined;
    for (const pending of this.#pending.splice(0)) pending.reject(new ConnectionLost(reason));
  }
}
