import type { Socket } from 'node:net';
import { Outbox } from '../../machines/jute/outbox.ts';
import type { Clock, TimerId } from '../ports.ts';
import { fourLetterWordOf } from './four-letter-word.ts';
import { FrameSplitter } from './frame-splitter.ts';

/** Why a connection came to its end, for those who look. */
export type ConnectionEnd =
  | 'ended by the member'
  | 'ended by the client'
  | 'frame length out of bounds'
  | 'four-letter word answered'
  | 'no handshake in time'
  | 'client does not read'
  | 'socket error';

/** One client's connection, as the rest of the member sees it. */
export interface ClientConnection {
  /** Never used again by the listener that gave it. */
  readonly id: number;
  /** IPv4 or IPv6 in plain form: an IPv4 address that came in IPv6 form is given as IPv4. */
  readonly remoteAddress: string;
  readonly remotePort: number;
  /** Replies and events are appended here, as whole frames. They leave with the next `flush`. */
  readonly outbox: Outbox;
  /** Wall clock of the accept, ms since 1970. */
  readonly openedMs: number;
  /** Frames received, and frames sent or about to be. */
  readonly received: number;
  readonly sent: number;
  /** Bytes that the client has not taken yet: in the outbox, and in the socket behind it. */
  readonly unsentBytes: number;
  /** Whether frames are being read: not paused, and the client takes its replies. */
  readonly reading: boolean;
  /** `undefined` while it is open. */
  readonly end: ConnectionEnd | undefined;

  /** The handshake is complete: the connection is no longer dropped for the lack of one. */
  established(): void;
  /** No frame is delivered until `resume`; those already read are kept, and the socket is not read. */
  pause(): void;
  /** Delivers again, what was kept first; not before the current call stack has ended. */
  resume(): void;
  /** Writes the outbox to the socket. Without effect once the connection has ended. */
  flush(): void;
  /** Flushes, and ends the connection once that has left; a client that does not follow is cut off in bounded time. */
  close(): void;
  /** Ends the connection now. */
  destroy(): void;
}

/**
 * What the member does with its clients. None of it is called for a connection after its `closed`, and `frame` not
 * after `close` or `destroy` either. What these methods throw is not caught here.
 */
export interface ClientHandler {
  /** Accepted, nothing read yet. */
  opened(connection: ClientConnection): void;
  /**
   * One payload, in order. It is a view, valid only during the call: copy what is to be kept. What the call leaves in
   * the outbox is written once all frames of the same socket read were delivered.
   */
  frame(connection: ClientConnection, payload: Buffer): void;
  /** The socket is gone. Once for every `opened`. */
  closed(connection: ClientConnection): void;
  /** The text that answers a word of reference §14.1. */
  fourLetterWord(word: string): string;
}

export interface ConnectionLimits {
  /** Largest payload of a frame. */
  readonly maxFrameBytes: number;
  /** How long a connection may stay without `established`. */
  readonly handshakeTimeoutMs: number;
  /** With more than this unsent no further request is taken from the connection, until all of it has left. */
  readonly congestedBytes: number;
  /** A client that leaves more than this unread when more is due for it (events, that is) is cut off. */
  readonly maxUnsentBytes: number;
  /** How long an ended connection may take to deliver its last bytes. */
  readonly lingerMs: number;
}

/** A connection on a socket. The listener makes it, and hears of its end through `gone`. */
export class SocketConnection implements ClientConnection {
  readonly id: number;
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly outbox = new Outbox();
  readonly openedMs: number;
  readonly #socket: Socket;
  readonly #handler: ClientHandler;
  readonly #limits: ConnectionLimits;
  readonly #clock: Clock;
  readonly #splitter: FrameSplitter;
  #received = 0;
  #established = false;
  #paused = false;
  #congested = false;
  #delivering = false;
  #deliveryDue = false;
  #end: ConnectionEnd | undefined;
  /** Runs out for a handshake first, for the last bytes later. */
  #timer: TimerId | undefined;

  constructor(
    id: number,
    socket: Socket,
    remote: { readonly address: string; readonly port: number },
    handler: ClientHandler,
    limits: ConnectionLimits,
    clock: Clock,
  ) {
    this.id = id;
    this.remoteAddress = remote.address;
    this.remotePort = remote.port;
    this.openedMs = clock.wallMs();
    this.#socket = socket;
    this.#handler = handler;
    this.#limits = limits;
    this.#clock = clock;
    this.#splitter = new FrameSplitter(limits.maxFrameBytes);
  }

  get received(): number {
    return this.#received;
  }

  get sent(): number {
    return this.outbox.frames;
  }

  get unsentBytes(): number {
    return this.outbox.length + this.#socket.writableLength;
  }

  get reading(): boolean {
    return this.#end === undefined && !this.#paused && !this.#congested;
  }

  get end(): ConnectionEnd | undefined {
    return this.#end;
  }

  /** Begins to read. `gone` is called once the socket is closed, after the handler's `closed`. */
  open(gone: () => void): void {
    const socket = this.#socket;
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('drain', () => this.#drained());
    socket.on('end', () => this.#shut('ended by the client'));
    socket.on('error', () => this.#cut('socket error'));
    socket.on('close', () => {
      this.#end ??= 'ended by the client';
      this.#clearTimer();
      this.#handler.closed(this);
      gone();
    });
    this.#timer = this.#clock.setTimeout(() => {
      this.#timer = undefined;
      this.#cut('no handshake in time');
    }, this.#limits.handshakeTimeoutMs);
    this.#handler.opened(this);
  }

  established(): void {
    if (this.#established || this.#end !== undefined) return;
    this.#established = true;
    this.#clearTimer();
  }

  pause(): void {
    if (this.#paused) return;
    this.#paused = true;
    this.#readOrNot();
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#deliverSoon();
  }

  flush(): void {
    if (this.#end !== undefined || this.outbox.length === 0) return;
    if (this.#socket.writableLength > this.#limits.maxUnsentBytes) {
      this.#cut('client does not read');
      return;
    }
    // Only after a write that says so will the socket tell when all has left.
    const keepsUp = this.#socket.write(this.outbox.take());
    if (!keepsUp && this.#socket.writableLength > this.#limits.congestedBytes) {
      this.#congested = true;
      this.#readOrNot();
    }
  }

  close(): void {
    this.#shut('ended by the member');
  }

  destroy(): void {
    this.#cut('ended by the member');
  }

  #receive(chunk: Buffer): void {
    // After the end the rest of the input is read only to be thrown away: a socket that is closed with unread
    // input is reset, and a reset may destroy the last reply on its way (reference §16.6, mntr).
    if (this.#end !== undefined) return;
    this.#splitter.push(chunk);
    this.#deliver();
  }

  #deliver(): void {
    if (this.#delivering) return;
    this.#delivering = true;
    while (this.reading) {
      const payload = this.#splitter.next();
      if (payload === undefined) break;
      this.#received += 1;
      this.#handler.frame(this, payload);
      // One chunk may ask for far more than it holds: whoever does not read the replies gets no more of them.
      if (this.outbox.length > this.#limits.congestedBytes) this.flush();
    }
    this.#delivering = false;
    if (this.#end !== undefined) return;
    if (this.#splitter.badLength !== undefined) this.#refuse(this.#splitter.badLength);
    this.flush();
    this.#readOrNot();
  }

  /** The first four bytes may be a word instead of a length, later ones never are (reference §1.1). */
  #refuse(length: number): void {
    const word = this.#received === 0 ? fourLetterWordOf(length) : undefined;
    if (word === undefined) {
      this.flush();
      this.#cut('frame length out of bounds');
      return;
    }
    this.#socket.write(this.#handler.fourLetterWord(word));
    this.#shut('four-letter word answered');
  }

  /** What was kept is delivered from a stack of its own, so that a handler may resume from anywhere. */
  #deliverSoon(): void {
    if (this.#deliveryDue) return;
    this.#deliveryDue = true;
    process.nextTick(() => {
      this.#deliveryDue = false;
      if (this.reading) this.#deliver();
    });
  }

  #drained(): void {
    if (!this.#congested) return;
    this.#congested = false;
    this.#deliverSoon();
  }

  /** Brings the socket in line. It is read only when nothing is kept: what is kept comes first. */
  #readOrNot(): void {
    if (this.#end !== undefined) return;
    if (!this.reading) this.#socket.pause();
    else if (this.#socket.isPaused() && !this.#delivering) this.#socket.resume();
  }

  /** The orderly end: what is due leaves first. */
  #shut(end: ConnectionEnd): void {
    if (this.#end !== undefined) return;
    this.flush();
    if (this.#end !== undefined) return;
    this.#end = end;
    this.#clearTimer();
    this.#timer = this.#clock.setTimeout(() => {
      this.#timer = undefined;
      this.#socket.destroy();
    }, this.#limits.lingerMs);
    this.#socket.end();
    this.#socket.resume();
  }

  #cut(end: ConnectionEnd): void {
    this.#end ??= end;
    this.#clearTimer();
    this.#socket.destroy();
  }

  #clearTimer(): void {
    if (this.#timer === undefined) return;
    this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
