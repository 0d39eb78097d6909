import { invariant } from '../invariant.ts';
import type { SizeRange } from '../size-range.ts';
import { type MemoryBlock, memoryBlock, type OutboxMemory } from './outbox-memory.ts';

const LEAST_BYTES = 256;
/** Above this an empty outbox forgets how much was in it last time: one long reply must not pin memory. */
const MOST_REMEMBERED_BYTES = 64 * 1024;
/** What a long is multiplied by for its upper half: exact, and cheaper than a division. */
const UPPER = 2 ** -32;
/** Up to here a string is cheaper to write byte by byte than by a call into the runtime. */
const SHORT_STRING_UNITS = 20;
/** The most that one UTF-16 unit takes in UTF-8. */
const UNIT_BYTES = 3;
const NO_FRAME = -1;
const NOTHING = memoryBlock(0);

/**
 * Grows while jute values and frames (reference §1.1, §2) are appended, and hands everything over at once.
 * What was taken is not written again before it is given back, so it may be sent without a copy. An outbox that is empty
 * holds no memory.
 */
export class Outbox {
  #bytes: Buffer = NOTHING.bytes;
  /** Of the same memory: writes a whole number at once. */
  #view: DataView = NOTHING.view;
  /** What is lent: to be filled, and then to be sent. */
  #filling: MemoryBlock | undefined;
  #taken: MemoryBlock | undefined;
  #length = 0;
  #frameAt = NO_FRAME;
  #nextBytes = LEAST_BYTES;
  #frames = 0;
  readonly #sizes: SizeRange | undefined;
  #memory: OutboxMemory | undefined;

  /**
   * @param sizes told how long each payload is
   * @param memory shared with other outboxes, for whoever says with `sent` when it is free again
   */
  constructor(sizes?: SizeRange, memory?: OutboxMemory) {
    this.#sizes = sizes;
    this.#memory = memory;
  }

  /** Bytes appended since the last `take`. */
  get length(): number {
    return this.#length;
  }

  /** Frames ended since the outbox was made. */
  get frames(): number {
    return this.#frames;
  }

  beginFrame(): void {
    invariant(this.#frameAt === NO_FRAME, 'frames do not nest');
    this.#frameAt = this.room(4);
  }

  endFrame(): void {
    const at = this.#frameAt;
    invariant(at !== NO_FRAME, 'a frame ends only after it began');
    const payloadBytes = this.#length - at - 4;
    this.#view.setInt32(at, payloadBytes);
    this.#frameAt = NO_FRAME;
    this.#frames += 1;
    this.#sizes?.add(payloadBytes);
  }

  int(value: number): void {
    const at = this.room(4);
    this.#view.setInt32(at, value);
  }

  /** Any integer within ±2^53. */
  long(value: number): void {
    this.longAt(this.room(8), value);
  }

  /**
   * Appends `count` bytes of any content and gives back where they begin: `intAt` and `longAt` fill them, before
   * anything else is appended. For whoever has several numbers at once.
   */
  room(count: number): number {
    const at = this.#length;
    const end = at + count;
    if (end > this.#bytes.length) this.#grow(end);
    this.#length = end;
    return at;
  }

  intAt(at: number, value: number): void {
    this.#view.setInt32(at, value);
  }

  longAt(at: number, value: number): void {
    const view = this.#view;
    view.setInt32(at, Math.floor(value * UPPER));
    view.setInt32(at + 4, value);
  }

  boolean(value: boolean): void {
    const at = this.room(1);
    this.#bytes[at] = value ? 1 : 0;
  }

  /** Length and bytes; `null` is length -1. */
  buffer(value: Uint8Array | null): void {
    if (value === null) {
      this.int(-1);
      return;
    }
    const at = this.room(4 + value.length);
    this.#view.setInt32(at, value.length);
    this.#bytes.set(value, at + 4);
  }

  ustring(value: string): void {
    const units = value.length;
    const at = this.room(4 + units * UNIT_BYTES);
    let end = at + 4;
    if (units <= SHORT_STRING_UNITS) {
      const bytes = this.#bytes;
      let unit = 0;
      for (; unit < units; unit += 1) {
        const code = value.charCodeAt(unit);
        if (code > 0x7f) break;
        bytes[end] = code;
        end += 1;
      }
      if (unit < units) end = at + 4 + bytes.write(value, at + 4, 'utf8');
    } else {
      end += this.#bytes.write(value, end, 'utf8');
    }
    this.#view.setInt32(at, end - at - 4);
    this.#length = end;
  }

  /** The bytes alone, without a length. */
  raw(value: Uint8Array): void {
    const at = this.room(value.length);
    this.#bytes.set(value, at);
  }

  /** Hands over what was appended, and starts afresh. Not within a frame. */
  take(): Buffer {
    invariant(this.#frameAt === NO_FRAME, 'an open frame cannot be taken');
    const taken = this.#bytes.subarray(0, this.#length);
    if (this.#filling === undefined) this.#nextBytes = nextBytes(this.#nextBytes, this.#length);
    this.#taken = this.#filling;
    this.#filling = undefined;
    this.#use(NOTHING);
    this.#length = 0;
    return taken;
  }

  /** Its connection is gone: nobody takes what is in it, nor what may still come. */
  abandon(): void {
    if (this.#filling !== undefined) this.#memory?.giveBack(this.#filling);
    this.#filling = undefined;
    this.#memory = undefined;
    this.#use(NOTHING);
    this.#length = 0;
  }

  /** After each `take`, where memory is shared: whether the bytes are needed no longer. */
  sent(isOver: boolean): void {
    const block = this.#taken;
    if (block === undefined) return;
    this.#taken = undefined;
    if (isOver) this.#memory?.giveBack(block);
    else this.#memory?.lose();
  }

  #grow(needed: number): void {
    if (this.#bytes.length === 0) {
      const lent = this.#memory?.lend();
      if (lent !== undefined) {
        this.#filling = lent;
        this.#use(lent);
        if (needed <= lent.bytes.length) return;
      }
    }
    const grown = memoryBlock(Math.max(needed, this.#nextBytes, this.#bytes.length * 2));
    this.#bytes.copy(grown.bytes, 0, 0, this.#length);
    this.#use(grown);
    if (this.#filling !== undefined) this.#memory?.giveBack(this.#filling);
    this.#filling = undefined;
  }

  #use({ bytes, view }: MemoryBlock): void {
    this.#bytes = bytes;
    this.#view = view;
  }
}

/** Follows the traffic: up at once, down by halves, within its bounds. */
function nextBytes(before: number, taken: number): number {
  const wanted = taken > before / 2 ? before * 2 : taken < before / 8 ? before / 2 : before;
  return Math.min(Math.max(wanted, LEAST_BYTES), MOST_REMEMBERED_BYTES);
}
