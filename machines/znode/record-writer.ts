import { invariant } from '../invariant.ts';

const INITIAL_BYTES = 4096;
/** After a batch larger than this the buffer is given back, so that one large batch does not cost memory for ever. */
const RETAINED_BYTES = 1024 * 1024;
const WORD = 2 ** 32;
const UINT48_LIMIT = 2 ** 48;

/** A buffer that grows, written from front to back. Numbers are big-endian. */
export class RecordWriter {
  #buffer = Buffer.allocUnsafeSlow(INITIAL_BYTES);
  #length = 0;

  /** Bytes written since the last `take`. */
  get length(): number {
    return this.#length;
  }

  /** What was written, as a copy of its own; the writer is empty again. */
  take(): Uint8Array {
    const bytes = Buffer.allocUnsafeSlow(this.#length);
    this.#buffer.copy(bytes, 0, 0, this.#length);
    this.reset();
    return bytes;
  }

  reset(): void {
    this.#length = 0;
    if (this.#buffer.length > RETAINED_BYTES) this.#buffer = Buffer.allocUnsafeSlow(INITIAL_BYTES);
  }

  /** Leaves room for a uint32 that `setUint32` writes later; its position. */
  reserveUint32(): number {
    const at = this.#length;
    this.#room(4);
    this.#length = at + 4;
    return at;
  }

  setUint32(at: number, value: number): void {
    const buffer = this.#buffer;
    buffer[at] = value >>> 24;
    buffer[at + 1] = value >>> 16;
    buffer[at + 2] = value >>> 8;
    buffer[at + 3] = value;
  }

  uint8(value: number): void {
    this.#room(1);
    this.#buffer[this.#length++] = value;
  }

  /** Also for an int32: the same four bytes. */
  uint32(value: number): void {
    this.#room(4);
    this.setUint32(this.#length, value);
    this.#length += 4;
  }

  /** A whole number in 0..2^48-1. */
  uint48(value: number): void {
    invariant(value >= 0 && value < UINT48_LIMIT, 'a uint48 is below 2^48');
    this.#room(6);
    const high = (value / WORD) | 0;
    this.#buffer[this.#length] = high >>> 8;
    this.#buffer[this.#length + 1] = high;
    this.setUint32(this.#length + 2, value | 0);
    this.#length += 6;
  }

  /** A whole number in 0..2^53-1, in eight bytes. */
  uint64(value: number): void {
    invariant(value >= 0 && value <= Number.MAX_SAFE_INTEGER, 'a uint64 is below 2^53');
    this.#room(8);
    this.setUint32(this.#length, (value / WORD) | 0);
    this.setUint32(this.#length + 4, value | 0);
    this.#length += 8;
  }

  /** A whole number in 0..2^53-1, seven bits a byte, the lowest first. */
  varint(value: number): void {
    invariant(value >= 0 && value <= Number.MAX_SAFE_INTEGER, 'a varint is below 2^53');
    this.#room(8);
    let rest = value;
    while (rest > 0x7f) {
      this.#buffer[this.#length++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.#buffer[this.#length++] = rest;
  }

  /** UTF-8 behind its length in bytes. */
  text(text: string): void {
    const units = text.length;
    this.#room(units + 8);
    const start = this.#length;
    this.varint(units);
    const buffer = this.#buffer;
    let at = this.#length;
    for (let unit = 0; unit < units; unit++) {
      const code = text.charCodeAt(unit);
      if (code > 0x7f) {
        this.#length = start;
        this.#wideText(text);
        return;
      }
      buffer[at++] = code;
    }
    this.#length = at;
  }

  /** Bytes behind their length. */
  bytes(bytes: Uint8Array): void {
    this.varint(bytes.length);
    this.raw(bytes);
  }

  /** Bytes alone. */
  raw(bytes: Uint8Array): void {
    this.#room(bytes.length);
    this.#buffer.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  #wideText(text: string): void {
    const length = Buffer.byteLength(text);
    this.varint(length);
    this.#room(length);
    this.#length += this.#buffer.write(text, this.#length);
  }

  #room(bytes: number): void {
    const needed = this.#length + bytes;
    if (needed <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.#buffer.length * 2));
    this.#buffer.copy(larger, 0, 0, this.#length);
    this.#buffer = larger;
  }
}
