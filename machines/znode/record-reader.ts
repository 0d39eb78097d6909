/** Bytes that are not what they were taken for. */
export class MalformedRecord extends Error {
  override readonly name = 'MalformedRecord';
}

const WORD = 2 ** 32;
const VARINT_BYTES = 8;

/** Reads what RecordWriter wrote. Whatever the bytes are, it throws MalformedRecord or stays within them. */
export class RecordReader {
  readonly #buffer: Buffer;
  #at: number;
  readonly #end: number;

  constructor(bytes: Uint8Array, start: number, end: number) {
    if (start < 0 || end < start || end > bytes.length) {
      throw new MalformedRecord(`no record at ${start}..${end} of ${bytes.length} bytes`);
    }
    this.#buffer =
      bytes instanceof Buffer
        ? bytes
        : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#at = start;
    this.#end = end;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#end;
  }

  get remaining(): number {
    return this.#end - this.#at;
  }

  uint8(): number {
    const at = this.#take(1);
    return this.#buffer[at] ?? 0;
  }

  int32(): number {
    return this.#word(this.#take(4));
  }

  uint48(): number {
    const at = this.#take(6);
    const high = ((this.#buffer[at] ?? 0) << 8) | (this.#buffer[at + 1] ?? 0);
    return high * WORD + (this.#word(at + 2) >>> 0);
  }

  uint64(): number {
    const at = this.#take(8);
    return this.#safe((this.#word(at) >>> 0) * WORD + (this.#word(at + 4) >>> 0));
  }

  varint(): number {
    let value = 0;
    let scale = 1;
    for (let count = 0; count < VARINT_BYTES; count++) {
      const byte = this.uint8();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return this.#safe(value);
      scale *= 0x80;
    }
    throw new MalformedRecord('a number of more than eight bytes');
  }

  text(): string {
    const length = this.varint();
    const at = this.#take(length);
    return this.#buffer.toString('utf8', at, at + length);
  }

  /** A view, not a copy. */
  bytes(): Uint8Array {
    return this.raw(this.varint());
  }

  /** The next `length` bytes, a view. */
  raw(length: number): Uint8Array {
    const at = this.#take(length);
    return this.#buffer.subarray(at, at + length);
  }

  skip(length: number): void {
    this.#take(length);
  }

  #take(length: number): number {
    const at = this.#at;
    if (length > this.#end - at) {
      throw new MalformedRecord(`${length} bytes wanted, ${this.#end - at} left`);
    }
    this.#at = at + length;
    return at;
  }

  #word(at: number): number {
    const buffer = this.#buffer;
    return (
      ((buffer[at] ?? 0) << 24) |
      ((buffer[at + 1] ?? 0) << 16) |
      ((buffer[at + 2] ?? 0) << 8) |
      (buffer[at + 3] ?? 0)
    );
  }

  #safe(value: number): number {
    if (value > Number.MAX_SAFE_INTEGER) throw new MalformedRecord('a number of more than 53 bits');
    return value;
  }
}
