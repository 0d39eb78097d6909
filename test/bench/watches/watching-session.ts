import { connect, type Socket } from 'node:net';
import { type Address, connectFrame } from '../../client/connection.ts';
import { JuteWriter } from '../../client/jute-writer.ts';
import { EVENT, OP, WATCH_MODE } from '../../client/record.ts';
import { addWatchBody, readBody } from '../../client/request.ts';
import { ownPath, type Variant, WATCHED } from './crowd-message.ts';

const PING_XID = -2;
const EVENT_XID = -1;
const NO_NODE = -101;
const PING = new JuteWriter().int(PING_XID).int(OP.ping).frame();
const CLOSE = request(1, OP.closeSession);
const WATCH_AGAIN = request(1, OP.getData, readBody(WATCHED, true));

/** What the session's crowd wants to hear of. */
export interface Onlooker {
  connected(): void;
  told(session: WatchingSession): void;
  /** A request has left. */
  asked(): void;
  answered(): void;
  ponged(): void;
  closed(): void;
  problem(text: string): void;
}

/** One session of ten thousand: a socket, the bytes of half a frame, and the zxids of the events that it was told. */
export class WatchingSession {
  readonly number: number;
  /** zxid of each event, in the order in which they came. */
  readonly told: number[] = [];
  readonly #socket: Socket;
  readonly #onlooker: Onlooker;
  #rest: Buffer | undefined;
  #isConnected = false;
  #isClosing = false;
  #variant: Variant | undefined;

  constructor(
    number: number,
    address: Address,
    localAddress: string,
    timeoutMs: number,
    onlooker: Onlooker,
  ) {
    this.number = number;
    this.#onlooker = onlooker;
    this.#socket = connect({ ...address, localAddress, noDelay: true });
    this.#socket.on('data', (chunk) => this.#receive(chunk));
    this.#socket.on('error', (error) => this.#complain(error.message));
    this.#socket.on('close', () => {
      if (!this.#isClosing) this.#complain('the connection was closed');
      onlooker.closed();
    });
    this.#socket.write(connectFrame({ timeoutMs }));
  }

  /** Watches the one node, and nodes of its own: all in one packet. */
  arm(variant: Variant, watches: number): void {
    this.#variant = variant;
    const paths = [WATCHED];
    for (let watch = 1; watch < watches; watch += 1) paths.push(ownPath(this.number, watch));
    for (const _ of paths) this.#onlooker.asked();
    this.#socket.write(Buffer.concat(paths.map((path) => watchRequest(variant, path))));
  }

  ping(): void {
    this.#socket.write(PING);
  }

  close(): void {
    this.#isClosing = true;
    this.#socket.write(CLOSE);
  }

  #receive(chunk: Buffer): void {
    const bytes = this.#rest === undefined ? chunk : Buffer.concat([this.#rest, chunk]);
    let position = 0;
    while (bytes.length - position >= 4) {
      const end = position + 4 + bytes.readInt32BE(position);
      if (end > bytes.length) break;
      this.#frame(bytes, position + 4, end);
      position = end;
    }
    // A copy: the rest of a chunk would keep all of it in memory.
    this.#rest = position === bytes.length ? undefined : Buffer.from(bytes.subarray(position));
  }

  #frame(bytes: Buffer, start: number, end: number): void {
    if (!this.#isConnected) {
      this.#isConnected = true;
      if (bytes.readInt32BE(start + 4) <= 0) this.#complain('the server refused the session');
      this.#onlooker.connected();
      return;
    }
    const xid = bytes.readInt32BE(start);
    if (xid === EVENT_XID) {
      this.#event(bytes, start, end);
      return;
    }
    if (xid === PING_XID) {
      this.#onlooker.ponged();
    } else if (!this.#isClosing) {
      const error = bytes.readInt32BE(start + 12);
      if (error !== 0 && error !== NO_NODE) this.#complain(`a watch was refused with ${error}`);
      this.#onlooker.answered();
    }
  }

  #event(bytes: Buffer, start: number, end: number): void {
    const type = bytes.readInt32BE(start + 16);
    const path = bytes.toString('utf8', start + 28, end);
    if (type !== EVENT.dataChanged || path !== WATCHED) {
      this.#complain(`was told of ${type} ${path}`);
    }
    this.told.push(bytes.readUInt32BE(start + 4) * 2 ** 32 + bytes.readUInt32BE(start + 8));
    if (this.#variant === 'one-shot') {
      this.#onlooker.asked();
      this.#socket.write(WATCH_AGAIN);
    }
    this.#onlooker.told(this);
  }

  #complain(text: string): void {
    this.#onlooker.problem(`session ${this.number}: ${text}`);
  }
}

function watchRequest(variant: Variant, path: string): Buffer {
  if (variant === 'persistent') {
    return request(1, OP.addWatch, addWatchBody(path, WATCH_MODE.persistent));
  }
  return request(1, path === WATCHED ? OP.getData : OP.exists, readBody(path, true));
}

function request(xid: number, opcode: number, body: Buffer = Buffer.alloc(0)): Buffer {
  return new JuteWriter().int(xid).int(opcode).raw(body).frame();
}
