import type { TextMemo } from './text-memo.ts';

/** Bytes that are not what their operation says: too short, or with a length that cannot be (reference §1.1). */
export class JuteError extends Error {
  override readonly name = 'JuteError';
}

const WORD = 2 ** 32;

/**
 * Reads jute values (reference §2) one after the other from a window of a buffer. Never reads outside the
 * window: what would end behind it throws JuteError. Bytes are handed out as views, not copies.
 */
export class JuteReader {
  #bytes: Buffer;
  #start: number;
  #end: number;
  #offset: number;

  constructor(bytes: Buffer, offset = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.#start = offset;
    this.#offset = offset;
    this.#end = Math.min(end, bytes.length);
  }

  /** Another window, for whoever reads many: as if it were a new reader. */
  turnTo(bytes: Buffer, offset: number, end: number): void {
    this.#bytes = bytes;
    this.#start = offset;
    this.#offset = offset;
    this.#end = Math.min(end, bytes.length);
  }

  /** Bytes of the window that were not read yet. */
  get remaining(): number {
    return this.#end - this.#offset;
  }

  /** Where in the buffer the next value begins. */
  get offset(): number {
    return this.#offset;
  }

  int(): number {
    return this.#bytes.readInt32BE(this.#advance(4));
  }

  /** Exact within ±2^53. Beyond, the nearest number, which no zxid, session id or time of ours can equal. */
  long(): number {
    const at = this.#advance(8);
    return this.#bytes.readInt32BE(at) * WORD + this.#bytes.readUInt32BE(at + 4);
  }

  boolean(): boolean {
    return this.#bytes.readUInt8(this.#advance(1)) !== 0;
  }

  /** A view; `null` where the length is -1, which is not the same as empty. */
  buffer(): Buffer | null {
    const length = this.#length();
    if (length < 0) return null;
    const at = this.#advance(length);
    return this.#bytes.subarray(at, at + length);
  }

  /** A copy of the window without its first `count` bytes, which were read. */
  copyBehind(count: number): Buffer {
    return Buffer.from(this.#bytes.subarray(this.#start + count, this.#end));
  }

  /** Bytes that are not UTF-8 become U+FFFD, as they do in ZooKeeper. */
  ustring(): string | null {
    const length = this.#length();
    if (length < 0) return null;
    const at = this.#advance(length);
    return this.#bytes.toString('utf8', at, at + length);
  }

  /** As `ustring`, for texts of which most come again. */
  knownText(memo: TextMemo): string | null {
    const length = this.#length();
    if (length < 0) return null;
    const at = this.#advance(length);
    return memo.read(this.#bytes, at, at + length);
  }

  /**
   * The element count of a vector, `null` for -1; any other negative count is an empty vector (reference §2).
   * `elementBytes` is the least that an element takes, so that an absurd count fails before anything is built.
   */
  count(elementBytes: number): number | null {
    const count = this.int();
    if (count === -1) return null;
    if (count < 0) return 0;
    if (count * elementBytes > this.remaining)
      throw new JuteError('vector ends behind its payload');
    return count;
  }

  /** Whether the next bytes are exactly `expected`; if so they are read, if not nothing is. */
  skip(expected: Buffer): boolean {
    const at = this.#offset;
    const end = at + expected.length;
    if (end > this.#end || this.#bytes.compare(expected, 0, expected.length, at, end) !== 0) {
      return false;
    }
    this.#offset = end;
    return true;
  }

  #length(): number {
    const length = this.int();
    if (length < -1) throw new JuteError('unreasonable length');
    return length;
  }

  #advance(count: number): number {
    const at = this.#offset;
    const next = at + count;
    if (next > this.#end) throw new JuteError('value ends behind its payload');
    this.#offset = next;
    return at;
  }
}
