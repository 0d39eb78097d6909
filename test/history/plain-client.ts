import { Outbox } from '../../machines/jute/outbox.ts';
import { JuteReader as FrameReader } from '../../machines/jute/reader.ts';
import { Client, type ClientLine } from '../../machines/session/client.ts';
import type { FrameSource } from '../../machines/session/processor-contract.ts';
import { JuteReader } from '../client/jute-reader.ts';
import type { Happening } from './event.ts';
import { type ClientRequest, XID } from './request.ts';
import { decodeResult, encodeRequest } from './request-codec.ts';

/** A session as its client knows it, over all its connections. */
export interface PlainSession {
  readonly id: number;
  readonly timeoutMs: number;
  readonly password: Uint8Array;
  lastXid: number;
  lastZxidSeen: number;
}

interface Sent {
  readonly xid: number;
  readonly request: ClientRequest;
}

/** One connection to a member's request processor, without a network: frames wait in it until the client looks. */
export class PlainClient implements ClientLine, FrameSource {
  readonly outbox = new Outbox();
  readonly number: number;
  readonly member: number;
  readonly session: PlainSession;
  /** What the processor knows it by. */
  readonly served: Client;
  readonly sent: Sent[] = [];
  isClosed = false;
  readonly #tell: (happening: Happening) => void;
  #bytes = Buffer.alloc(0);
  readonly #toMember: Buffer[] = [];

  constructor(
    number: number,
    member: number,
    session: PlainSession,
    tell: (happening: Happening) => void,
  ) {
    this.number = number;
    this.member = member;
    this.session = session;
    this.#tell = tell;
    this.served = new Client(
      this,
      number,
      { sessionId: session.id, timeoutMs: session.timeoutMs },
      [{ scheme: 'ip', id: '127.0.0.1' }],
    );
  }

  /** The member is to receive it. */
  send(request: ClientRequest): void {
    const xid = this.#xidOf(request);
    this.sent.push({ xid, request });
    const { opcode, body } = encodeRequest(request);
    this.#tell({ ...this.#where(), type: 'invoke', xid, request });
    const header = Buffer.alloc(8);
    header.writeInt32BE(xid, 0);
    header.writeInt32BE(opcode, 4);
    this.#toMember.push(Buffer.concat([header, body]));
  }

  nextFrame(): FrameReader | undefined {
    const payload = this.#toMember.shift();
    return payload && new FrameReader(payload);
  }

  /** Reads one frame; false where there is none. */
  look(): boolean {
    this.#bytes = Buffer.concat([this.#bytes, this.outbox.take()]);
    if (this.#bytes.length < 4) return false;
    const end = 4 + this.#bytes.readInt32BE(0);
    const frame = this.#bytes.subarray(4, end);
    this.#bytes = this.#bytes.subarray(end);
    this.#read(new JuteReader(frame));
    return true;
  }

  pause(): void {}
  resume(): void {}
  flush(): void {}

  close(): void {
    this.isClosed = true;
  }

  #read(frame: JuteReader): void {
    const xid = frame.int();
    const zxid = frame.exactLong();
    const code = frame.int();
    this.session.lastZxidSeen = Math.max(this.session.lastZxidSeen, zxid);
    if (xid === XID.notification) {
      const kind = frame.int();
      frame.int();
      this.#tell({ ...this.#where(), type: 'notified', zxid, kind, path: frame.string() });
      return;
    }
    const at = this.sent.findIndex((sent) => sent.xid === xid);
    const [sent] = this.sent.splice(at, 1);
    if (sent === undefined) throw new Error(`a reply to xid ${xid}, which was not sent`);
    const result = decodeResult(sent.request, code, frame);
    this.#tell({ ...this.#where(), type: 'reply', xid, zxid, code, result });
  }

  #xidOf({ op }: ClientRequest): number {
    if (op === 'ping' || op === 'auth' || op === 'setWatches') return XID[op];
    this.session.lastXid += 1;
    return this.session.lastXid;
  }

  #where(): { connection: number; session: number } {
    return { connection: this.number, session: this.session.id };
  }
}
