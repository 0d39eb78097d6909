import type { Socket } from 'node:net';
import { Outbox } from '../../machines/jute/outbox.ts';
import type { OutboxMemory } from '../../machines/jute/outbox-memory.ts';
import type { JuteReader } from '../../machines/jute/reader.ts';
import type { SizeRange } from '../../machines/size-range.ts';
import type { Clock, TimerId } from '../ports.ts';
import type {
  ClientConnection,
  ClientHandler,
  ConnectionEnd,
  ConnectionLimits,
} from './client-connection.ts';
import { argumentBytes, fourLetterWordOf } from './four-letter-word.ts';
import { FrameSplitter } from './frame-splitter.ts';

/** A connection on a socket. The listener makes it, and hears of its end through `gone`. */
export class SocketConnection implements ClientConnection {
  readonly id: number;
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly outbox: Outbox;
  readonly openedMs: number;
  readonly #socket: Socket;
  readonly #handler: ClientHandler;
  readonly #limits: ConnectionLimits;
  readonly #clock: Clock;
  readonly #splitter: FrameSplitter;
  #received = 0;
  receivedBytes = 0;
  sentBytes = 0;
  #answers = 0;
  /** A word that was read, and the bytes that came of those that belong to it. */
  #word: { readonly name: string; argument: Buffer } | undefined;
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
    responseSizes: SizeRange,
    outboxMemory: OutboxMemory,
  ) {
    this.id = id;
    this.remoteAddress = remote.address;
    this.remotePort = remote.port;
    this.outbox = new Outbox(responseSizes, outboxMemory);
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
    return this.outbox.frames + this.#answers;
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
      this.outbox.abandon();
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

  nextFrame(): JuteReader | undefined {
    // One chunk may ask for far more than it holds: whoever does not read the replies gets no more of them.
    if (this.outbox.length > this.#limits.congestedBytes) this.flush();
    if (!this.reading) return undefined;
    const payload = this.#splitter.next();
    if (payload !== undefined) this.#received += 1;
    return payload;
  }

  flush(): void {
    if (this.#end !== undefined || this.outbox.length === 0) return;
    if (this.#socket.writableLength > this.#limits.maxUnsentBytes) {
      this.#cut('client does not read');
      return;
    }
    // Only after a write that says so will the socket tell when all has left.
    this.sentBytes += this.outbox.length;
    const keepsUp = this.#write(this.outbox.take());
    if (!keepsUp && this.#socket.writableLength > this.#limits.congestedBytes) {
      this.#congested = true;
      this.#readOrNot();
    }
  }

  /**
   * What the system has taken at once is needed no longer. A client that lags behind must not hold more memory than the
   * bytes that it is owed.
   */
  #write(bytes: Buffer): boolean {
    const socket = this.#socket;
    const isBehind = socket.writableLength > 0;
    const keepsUp = socket.write(isBehind ? Buffer.from(bytes) : bytes);
    this.outbox.sent(isBehind || socket.writableLength === 0);
    return keepsUp;
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
    this.receivedBytes += chunk.length;
    if (this.#word !== undefined) {
      this.#hearWord(this.#word.name, Buffer.concat([this.#word.argument, chunk]));
      return;
    }
    this.#splitter.push(chunk);
    this.#deliver();
  }

  #deliver(): void {
    if (this.#delivering) return;
    this.#delivering = true;
    this.#handler.frames(this);
    while (this.nextFrame() !== undefined) {
      // A member that has stopped takes nothing any more.
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
    this.#received += 1;
    this.#hearWord(word, this.#splitter.behindBadLength);
  }

  /** Answered once the bytes that belong to the word are there; a newline behind it belongs to nothing. */
  #hearWord(name: string, argument: Buffer): void {
    const missing = argumentBytes(name) - argument.length;
    this.#word = { name, argument };
    if (missing > 0) return;
    const answer = this.#handler.fourLetterWord(name, argument.subarray(0, argumentBytes(name)));
    this.#answers += 1;
    this.sentBytes += Buffer.byteLength(answer);
    this.#socket.write(answer);
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
