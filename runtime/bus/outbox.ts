import { invariant } from '../../machines/invariant.ts';
import type { BusPort } from '../ports.ts';
import {
  encodeEnvelope,
  HEADER_BYTES,
  payloadBytes,
  type Run,
  type Section,
  sectionBytes,
} from './envelope.ts';
import { cutEnvelope, MAX_MESSAGE_BYTES } from './pieces.ts';

interface OpenRun extends Run {
  readonly payloads: Uint8Array[];
}

/**
 * What goes to one subject in this event-loop turn. All of it travels in one bus message where it fits: a bus message
 * costs the server and the receiver a wake-up each, a section in it costs nothing of the kind.
 */
export class Outbox {
  readonly #bus: BusPort;
  readonly #subject: string;
  readonly #from: number;
  /** Messages that are full already and leave before the sections below. */
  #encoded: Buffer[] = [];
  #sections: Section[] = [];
  #run: OpenRun | undefined;
  #bytes = HEADER_BYTES;
  /** Told when nobody listens to the subject: the next flush asks. */
  #gone: (() => void) | undefined;
  readonly #nextSet: () => number;

  /** `nextSet` numbers the messages that travel in pieces. */
  constructor(bus: BusPort, subject: string, from: number, nextSet: () => number) {
    this.#bus = bus;
    this.#subject = subject;
    this.#from = from;
    this.#nextSet = nextSet;
  }

  get empty(): boolean {
    return this.#sections.length === 0 && this.#encoded.length === 0;
  }

  /** `payload` is kept, not copied, until the flush. */
  add(kind: Run['kind'], id: number, number: number, payload: Uint8Array): void {
    invariant(
      payload.length < MAX_MESSAGE_BYTES - 1024,
      () => `a message of ${payload.length} bytes is larger than the bus carries`,
    );
    const run = this.#run;
    const bytes = payloadBytes(payload);
    if (
      run !== undefined &&
      run.kind === kind &&
      run.id === id &&
      run.first + run.payloads.length === number &&
      this.#bytes + bytes <= this.#bus.maxPayloadBytes
    ) {
      run.payloads.push(payload);
      this.#bytes += bytes;
      return;
    }
    const fresh: OpenRun = { kind, id, first: number, payloads: [payload] };
    this.#append(fresh);
    this.#run = fresh;
  }

  addReset(linkId: number): void {
    this.#append({ kind: 'reset', id: linkId });
  }

  addVote(payload: Uint8Array): void {
    this.#append({ kind: 'vote', payload });
  }

  /** The first message of the next flush asks whether anybody listens, an empty one where there is none. */
  probe(gone: () => void): void {
    this.#gone = gone;
  }

  flush(): void {
    this.#seal();
    const messages = this.#encoded;
    this.#encoded = [];
    if (messages.length === 0 && this.#gone !== undefined) {
      messages.push(encodeEnvelope(this.#from, []));
    }
    for (const message of messages) {
      const maxPayloadBytes = this.#bus.maxPayloadBytes;
      if (message.length <= maxPayloadBytes) {
        this.#publish(message);
        continue;
      }
      for (const piece of cutEnvelope(this.#from, message, this.#nextSet(), maxPayloadBytes)) {
        this.#publish(piece);
      }
    }
  }

  #publish(message: Buffer): void {
    const gone = this.#gone;
    this.#gone = undefined;
    if (gone === undefined) this.#bus.publish(this.#subject, message);
    else this.#bus.probe(this.#subject, message, gone);
  }

  clear(): void {
    this.#encoded = [];
    this.#gone = undefined;
    this.#restart();
  }

  #append(section: Section): void {
    const bytes = sectionBytes(section);
    if (this.#bytes + bytes > this.#bus.maxPayloadBytes) this.#seal();
    this.#sections.push(section);
    this.#bytes += bytes;
    this.#run = undefined;
  }

  #seal(): void {
    if (this.#sections.length === 0) return;
    this.#encoded.push(encodeEnvelope(this.#from, this.#sections));
    this.#restart();
  }

  #restart(): void {
    this.#sections = [];
    this.#run = undefined;
    this.#bytes = HEADER_BYTES;
  }
}
