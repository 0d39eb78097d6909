import type { Address } from '../client/connection.ts';
import { JuteReader } from '../client/jute-reader.ts';
import { JuteWriter } from '../client/jute-writer.ts';
import { type Arrival, type Field, plain } from './field.ts';
import { FrameSocket } from './frame-socket.ts';
import type { ReplyDecoder } from './reply-fields.ts';
import type { Asked } from './request.ts';

const EVENT_XID = -1;
const PING_XID = -2;
const PING = 11;
const SYNC = 9;
/** Far from those that scripts count up. */
const SYNC_XID = 1_900_000_000;
const SHOWN_BYTES = 64;

interface Due {
  readonly xid: number;
  readonly op: Asked;
  /** Which of the step's requests; `undefined` for the round that brings everything to rest. */
  readonly index: number | undefined;
  /** It may be that no answer comes; what is answered behind it says so. */
  readonly isOptional: boolean;
}

/** What a connection reads from its first frame. */
export type Welcome = (payload: Buffer) => Arrival;

/** One connection of a session: what is due on it, and what has come. */
export class Line {
  readonly session: string;
  readonly label: string;
  /** The largest zxid that a reply said. */
  lastZxid = 0n;
  isGreeted = false;
  /** The server has said what it closes the connection at: all that can come is the end. */
  isEnding = false;
  readonly #socket: FrameSocket;
  readonly #decoder: ReplyDecoder;
  readonly #welcome: Welcome;
  #due: Due[] = [];
  #arrivals: Arrival[] = [];
  #wake: (() => void) | undefined;
  /** Ended by the script, not by the server: nothing to tell. */
  #isDropped = false;

  constructor(
    session: string,
    label: string,
    address: Address,
    decoder: ReplyDecoder,
    welcome: Welcome,
  ) {
    this.session = session;
    this.label = label;
    this.#decoder = decoder;
    this.#welcome = welcome;
    this.#socket = new FrameSocket(address, {
      received: (payload) => {
        this.#receive(payload);
        this.#wake?.();
      },
      ended: () => {
        if (!this.#isDropped) this.#arrivals.push({ kind: 'closed' });
        this.#due = [];
        this.#wake?.();
      },
    });
  }

  get isOpen(): boolean {
    return this.#socket.isOpen && !this.#isDropped;
  }

  /** What came since it was asked last. */
  take(): Arrival[] {
    const arrivals = this.#arrivals;
    this.#arrivals = [];
    return arrivals;
  }

  send(bytes: Uint8Array): void {
    this.#socket.send(bytes);
  }

  /** The frame to be sent. Notes that an answer is due, or may be. */
  frame(
    xid: number,
    op: Asked,
    opcode: number,
    body: Uint8Array,
    index: number,
    isOptional = false,
  ): Buffer {
    // The answer to a ping has the xid of pings, whatever the request's (reference §1.5).
    this.#due.push({ xid: opcode === PING ? PING_XID : xid, op, index, isOptional });
    return new JuteWriter().int(xid).int(opcode).raw(body).frame();
  }

  /** One more request, whose answer comes behind everything that was to come. */
  rest(round: 'ping' | 'sync'): void {
    const writer = new JuteWriter();
    if (round === 'ping') {
      this.#due.push({ xid: PING_XID, op: 'ping', index: undefined, isOptional: false });
      writer.int(PING_XID).int(PING);
    } else {
      this.#due.push({ xid: SYNC_XID, op: 'sync', index: undefined, isOptional: false });
      writer.int(SYNC_XID).int(SYNC).string('/');
    }
    this.send(writer.frame());
  }

  drop(): void {
    this.#isDropped = true;
    this.#due = [];
    this.#socket.destroy();
  }

  /** Resolves when nothing is due any more; after `withinMs` with what is missing told as silence. */
  async settle(withinMs: number): Promise<void> {
    if (this.#isSettled) return;
    await new Promise<void>((resolve) => {
      const end = () => {
        clearTimeout(timer);
        this.#wake = undefined;
        resolve();
      };
      const timer = setTimeout(() => {
        this.#arrivals.push({ kind: 'silence' });
        this.drop();
        end();
      }, withinMs);
      this.#wake = () => {
        if (this.#isSettled) end();
      };
    });
  }

  get #isSettled(): boolean {
    if (!this.isOpen) return true;
    return this.isGreeted && !this.isEnding && this.#due.every(({ isOptional }) => isOptional);
  }

  #receive(payload: Buffer): void {
    if (this.#isDropped) return;
    try {
      const arrival = this.isGreeted ? this.#later(payload) : this.#welcome(payload);
      this.isGreeted = true;
      this.#arrivals.push(arrival);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      const bytes = payload.subarray(0, SHOWN_BYTES).toString('hex');
      const fields = [plain('unreadable', `${why}: ${bytes}`)];
      this.#arrivals.push({ kind: 'reply', index: -1, fields });
    }
  }

  #later(payload: Buffer): Arrival {
    const reader = new JuteReader(payload);
    const xid = reader.int();
    if (xid === EVENT_XID) return { kind: 'event', ...this.#decoder.event(reader) };
    // A session asked for in the middle is answered as at the beginning, without an xid (reference §3.1).
    const at = this.#due.findIndex((due) => due.xid === xid || due.op === 'createSession');
    const due = this.#due[at];
    if (due === undefined) throw new RangeError(`an answer to xid ${xid}, which nobody asked`);
    const isOver = (other: Due, index: number) => index === at || (index < at && other.isOptional);
    this.#due = this.#due.filter((one, index) => !isOver(one, index));
    if (due.xid !== xid) {
      const fields = [plain('answer', `a connect response of ${payload.length} bytes`)];
      return { kind: 'reply', index: due.index ?? 0, fields };
    }
    const fields = this.#decoder.reply(reader, due.op);
    for (const field of fields) {
      if (field.name === 'zxid' && field.kind === 'zxid' && field.zxid > this.lastZxid) {
        this.lastZxid = field.zxid;
      }
    }
    this.isEnding ||= closes(due.op, fields);
    if (due.index === undefined) return { kind: 'rest', fields };
    return { kind: 'reply', index: due.index, fields };
  }
}

/** Whether the connection ends behind this reply; meanwhile ZooKeeper may still answer (reference §1.7, §3.1, §8.4). */
function closes(op: Asked, fields: readonly Field[]): boolean {
  const isError = (name: string) =>
    fields.some((field) => field.kind === 'plain' && field.name === 'error' && field.text === name);
  return (
    isError('UNIMPLEMENTED') || isError('AUTHFAILED') || (op === 'closeSession' && isError('OK'))
  );
}
