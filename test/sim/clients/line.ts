import { JuteReader } from '../../client/jute-reader.ts';
import { JuteWriter } from '../../client/jute-writer.ts';
import { type ClientRequest, type ClientResult, XID } from '../../history/request.ts';
import { decodeResult, encodeRequest } from '../../history/request-codec.ts';
import type { ClientEnd } from './simulated-connection.ts';

const PASSWORD_BYTES = 16;

export interface SessionGrant {
  /** 0: the session is over. */
  readonly session: number;
  readonly password: Buffer;
  readonly timeoutMs: number;
  /** The member has no leader. */
  readonly isReadOnly: boolean;
}

export interface LineListener {
  granted(line: Line, grant: SessionGrant): void;
  answered(
    line: Line,
    xid: number,
    request: ClientRequest,
    answer: { readonly zxid: number; readonly code: number; readonly result: ClientResult },
  ): void;
  notified(line: Line, event: { zxid: number; kind: number; path: string }): void;
  ended(line: Line): void;
}

interface Asked {
  readonly xid: number;
  readonly request: ClientRequest;
}

/** One connection as a client library has it: frames in order, requests answered in order (reference §1.6). */
export class Line implements ClientEnd {
  readonly member: number;
  readonly #listener: LineListener;
  readonly #asked: Asked[] = [];
  readonly #nowMs: () => number;
  /** Of the session, once it is granted. */
  session = 0;
  /** As the handshake said. */
  lastZxidSeen = 0;
  /** When the handshake was sent. */
  askedMs = 0;
  isOpen = true;
  lastHeardMs: number;
  lastSentMs: number;
  #send: (payload: Buffer) => void = () => undefined;

  constructor(member: number, listener: LineListener, nowMs: () => number) {
    this.member = member;
    this.#listener = listener;
    this.#nowMs = nowMs;
    this.lastHeardMs = nowMs();
    this.lastSentMs = nowMs();
  }

  get isGranted(): boolean {
    return this.session !== 0;
  }

  /** Requests that wait for their answers. */
  get waiting(): number {
    return this.#asked.length;
  }

  /** The handshake (reference §1.2). */
  greet(
    send: (payload: Buffer) => void,
    lastZxidSeen: number,
    timeoutMs: number,
    session: number,
    password: Uint8Array,
    readOnly?: boolean,
  ): void {
    this.#send = send;
    this.askedMs = this.#nowMs();
    this.lastZxidSeen = lastZxidSeen;
    const writer = new JuteWriter().int(0).long(lastZxidSeen).int(timeoutMs).long(session);
    writer.buffer(password);
    // Sent only by those who would also read: so clients with and without it meet every member.
    if (readOnly === true) writer.bool(true);
    send(writer.bytes());
  }

  ask(xid: number, request: ClientRequest): void {
    const { opcode, body } = encodeRequest(request);
    this.#asked.push({ xid, request });
    this.lastSentMs = this.#nowMs();
    this.#send(new JuteWriter().int(xid).int(opcode).raw(body).bytes());
  }

  received(payload: Buffer): void {
    if (!this.isOpen) return;
    this.lastHeardMs = this.#nowMs();
    const reader = new JuteReader(payload);
    if (this.isGranted) this.#readReply(reader);
    else this.#readGrant(reader);
  }

  ended(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.#listener.ended(this);
  }

  #readGrant(reader: JuteReader): void {
    reader.int();
    const timeoutMs = reader.int();
    const session = Number(reader.long());
    const password = Buffer.from(reader.buffer() ?? Buffer.alloc(PASSWORD_BYTES));
    this.session = session;
    const isReadOnly = reader.remaining > 0 && reader.bool();
    this.#listener.granted(this, { session, password, timeoutMs, isReadOnly });
  }

  #readReply(reader: JuteReader): void {
    const xid = reader.int();
    const zxid = Number(reader.long());
    const code = reader.int();
    if (xid === XID.notification) {
      const kind = reader.int();
      reader.int();
      this.#listener.notified(this, { zxid, kind, path: reader.string() });
      reader.end();
      return;
    }
    const at = this.#asked.findIndex((asked) => asked.xid === xid);
    const [asked] = at < 0 ? [] : this.#asked.splice(at, 1);
    if (asked === undefined) throw new Error(`a reply to xid ${xid}, which nobody has asked`);
    const result = decodeResult(asked.request, code, reader);
    this.#listener.answered(this, xid, asked.request, { zxid, code, result });
  }
}
