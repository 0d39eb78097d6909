import { Outbox } from '../../../machines/jute/outbox.ts';
import { JuteReader } from '../../../machines/jute/reader.ts';
import type { ClientConnection, ConnectionEnd } from '../../../runtime/wire/client-connection.ts';
import type { EventLoop } from '../world/event-loop.ts';
import type { MemberProcess } from '../world/member-process.ts';

/** What the client's end of a connection is told. */
export interface ClientEnd {
  /** The payload of one frame. */
  received(payload: Buffer): void;
  /** Nothing comes any more. Once. */
  ended(): void;
}

export interface SimulatedConnectionOptions {
  readonly id: number;
  readonly loop: EventLoop;
  readonly process: MemberProcess;
  /** One way, ms. Whatever goes one way arrives in order. */
  readonly latencyMs: () => number;
}

/** A connection of a client with a member: both ends, and the wire between them that takes its time. */
export class SimulatedConnection implements ClientConnection {
  readonly id: number;
  readonly remoteAddress = '127.0.0.1';
  readonly remotePort: number;
  readonly outbox = new Outbox();
  readonly openedMs: number;
  received = 0;
  end: ConnectionEnd | undefined;
  readonly #options: SimulatedConnectionOptions;
  readonly #client: ClientEnd;
  readonly #unread: Buffer[] = [];
  #toMemberMs = 0;
  #toClientMs = 0;
  #isPaused = false;
  #isCut = false;
  #hasMemberClosed = false;
  #hasClientEnded = false;

  constructor(options: SimulatedConnectionOptions, client: ClientEnd) {
    this.#options = options;
    this.#client = client;
    this.id = options.id;
    this.remotePort = 1024 + (options.id % 60_000);
    this.openedMs = options.loop.nowMs;
    this.#toMember(() => options.process.member.clients.opened(this));
  }

  // --- the client's end

  /** @param payload of one frame */
  send(payload: Buffer): void {
    this.#toMember(() => {
      if (this.#hasMemberClosed || this.end !== undefined) return;
      this.received += 1;
      this.#unread.push(payload);
      this.#deliver();
    });
  }

  /** What the client says from now on takes that much longer. */
  holdUp(forMs: number): void {
    this.#toMemberMs = Math.max(this.#toMemberMs, this.#options.loop.nowMs + forMs);
  }

  /** The client closes its socket; what is on its way to it is not read any more. */
  disconnect(): void {
    this.#hasClientEnded = true;
    this.#toMember(() => this.#memberCloses('ended by the client'));
  }

  /** Nothing passes any more, either way, and nobody is told. */
  cut(): void {
    this.#isCut = true;
  }

  /** The process at the other end is no more; its machine says so, once somebody asks. */
  reset(): void {
    this.#toClient(() => this.#clientEnds());
  }

  // --- ClientConnection: the member's end

  get sent(): number {
    return this.outbox.frames;
  }
  get unsentBytes(): number {
    return this.outbox.length;
  }
  get reading(): boolean {
    return !this.#isPaused;
  }

  established(): void {}

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    const { loop, process } = this.#options;
    loop.at(loop.nowMs, () => {
      process.inside(() => {
        this.#isPaused = false;
        this.#deliver();
      });
    });
  }

  flush(): void {
    if (this.end !== undefined) return;
    const bytes = this.outbox.take();
    if (bytes.length > 0) this.#toClient(() => this.#split(bytes));
  }

  close(): void {
    this.flush();
    this.destroy();
  }

  destroy(): void {
    if (this.end !== undefined) return;
    this.end = 'ended by the member';
    this.#toClient(() => this.#clientEnds());
    const { loop, process } = this.#options;
    loop.at(loop.nowMs, () => process.inside(() => this.#memberCloses('ended by the member')));
  }

  nextFrame(): JuteReader | undefined {
    if (this.#isPaused || this.end !== undefined || this.#hasMemberClosed) return undefined;
    const payload = this.#unread.shift();
    return payload && new JuteReader(payload);
  }

  #deliver(): void {
    this.#options.process.member.clients.frames(this);
    while (this.nextFrame() !== undefined) {
      // What the member leaves is lost.
    }
  }

  // --- the wire

  #toMember(act: () => void): void {
    const { loop, process, latencyMs } = this.#options;
    this.#toMemberMs = Math.max(this.#toMemberMs, loop.nowMs + latencyMs());
    loop.at(this.#toMemberMs, () => {
      if (!this.#isCut) process.inside(act);
    });
  }

  #toClient(act: () => void): void {
    const { loop, latencyMs } = this.#options;
    this.#toClientMs = Math.max(this.#toClientMs, loop.nowMs + latencyMs());
    loop.at(this.#toClientMs, () => {
      if (!this.#isCut) act();
    });
  }

  #memberCloses(end: ConnectionEnd): void {
    if (this.#hasMemberClosed) return;
    this.#hasMemberClosed = true;
    this.end ??= end;
    this.#options.process.member.clients.closed(this);
  }

  #split(bytes: Buffer): void {
    for (let at = 0; at < bytes.length && !this.#hasClientEnded; ) {
      const end = at + 4 + bytes.readInt32BE(at);
      this.#client.received(bytes.subarray(at + 4, end));
      at = end;
    }
  }

  #clientEnds(): void {
    if (this.#hasClientEnded) return;
    this.#hasClientEnded = true;
    this.#client.ended();
  }
}
