import type { Note } from '../machines/effect.ts';
import type { LinkEvent } from '../machines/zab/event.ts';
import type { LinkMessage, StreamMessage } from '../machines/zab/message.ts';
import {
  decodeLinkMessage,
  decodeStreamMessage,
  MalformedMessage,
} from '../machines/zab/message-codec.ts';
import { decodeNotification } from '../machines/zab/vote.ts';
import type { ActorDefinition, ActorEvent, Ears } from './actor.ts';
import type { LinkHandler } from './bus/link.ts';
import type { Clock } from './ports.ts';

export interface BusIntakePorts {
  readonly self: number;
  readonly clock: Clock;
  readonly deliver: (to: string, event: ActorEvent) => void;
  readonly closeLink: (peer: number, link: number) => void;
  readonly note: (note: Note) => void;
}

/** What comes over the bus becomes the events of those actors whose ears are for it. */
export class BusIntake implements LinkHandler {
  readonly #definitions: readonly ActorDefinition[];
  readonly #ports: BusIntakePorts;

  constructor(definitions: readonly ActorDefinition[], ports: BusIntakePorts) {
    this.#definitions = definitions;
    this.#ports = ports;
  }

  vote(from: number, payload: Buffer): void {
    const notification = decodeNotification(payload);
    if (notification === undefined || from === this.#ports.self) return;
    this.#offer((ears) => ears.vote?.(notification, from));
  }

  message(from: number, link: number, payload: Buffer): void {
    let message: LinkMessage;
    try {
      message = decodeLinkMessage(payload);
    } catch (error) {
      if (!(error instanceof MalformedMessage)) throw error;
      this.#ports.note({ level: 'warn', text: `member ${from} sent nonsense: ${error.message}` });
      this.#ports.closeLink(from, link);
      this.linkDown(from, link, 'a malformed message');
      return;
    }
    const wallMs = this.#ports.clock.wallMs();
    this.#offer((ears) => ears.link?.(message, from, link, wallMs));
  }

  broadcast(from: number, stream: number, sequence: number, payload: Buffer): void {
    let message: StreamMessage;
    try {
      message = decodeStreamMessage(payload);
    } catch (error) {
      if (!(error instanceof MalformedMessage)) throw error;
      this.streamDown(from, stream, `a malformed message: ${error.message}`);
      return;
    }
    this.#offer((ears) => ears.stream?.(message, from, stream, sequence));
  }

  linkDown(peer: number, link: number, reason: string): void {
    this.#tellFact({ type: 'LINK_DOWN', peer, link, reason });
  }

  streamDown(leader: number, _stream: number, reason: string): void {
    this.#tellFact({ type: 'STREAM_DOWN', leader, reason });
  }

  gone(peer: number): void {
    this.#tellFact({ type: 'GONE', peer });
  }

  busDown(): void {
    this.#ports.note({ level: 'warn', text: 'the bus is gone; waiting for it' });
  }

  busUp(): void {
    this.#ports.note({ level: 'info', text: 'the bus is there' });
    this.#tellFact({ type: 'BUS_UP' });
  }

  #tellFact(fact: LinkEvent): void {
    this.#offer((ears) => ears.fact?.(fact));
  }

  #offer(eventFor: (ears: Ears) => ActorEvent | undefined): void {
    for (const { name, ears } of this.#definitions) {
      const event = eventFor(ears);
      if (event !== undefined) this.#ports.deliver(name, event);
    }
  }
}
