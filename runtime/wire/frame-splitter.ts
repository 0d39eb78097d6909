import { invariant } from '../../machines/invariant.ts';
import { JuteReader } from '../../machines/jute/reader.ts';

/** The most that a frame's payload may be unless configured: ZooKeeper's `jute.maxbuffer` (reference §1.1). */
export const DEFAULT_MAX_FRAME_BYTES = 0xfffff;
/** Four ASCII letters, read as a length, lie above it: so no word is ever taken for the length of a frame. */
export const LARGEST_MAX_FRAME_BYTES = 2 ** 30;

const LENGTH_BYTES = 4;
/** First size of the memory for a frame that spans chunks; it grows with what came, not with what is announced. */
const LEAST_PARTIAL_BYTES = 4096;
const NOTHING = Buffer.alloc(0);

/**
 * Turns the chunks of a byte stream into the payloads of its frames, whatever the boundaries of the chunks.
 * A payload within one chunk is read where it lies; one that spans chunks is copied once.
 */
export class FrameSplitter {
  readonly #maxBytes: number;
  readonly #payload = new JuteReader(NOTHING);
  #chunk: Buffer = NOTHING;
  #offset = 0;
  /** Of the frame under way: its length so far, and how many of the four bytes that say it are there. */
  #length = 0;
  #lengthBytes = 0;
  /** What came of a payload that did not end within its chunk. */
  #partial: Buffer | undefined;
  #partialBytes = 0;
  #badLength: number | undefined;
  #behind: Buffer = NOTHING;

  /** `maxBytes` is the largest payload that is accepted. */
  constructor(maxBytes = DEFAULT_MAX_FRAME_BYTES) {
    invariant(
      maxBytes > 0 && maxBytes <= LARGEST_MAX_FRAME_BYTES,
      () => `frame limit ${maxBytes} is outside 1..2^30`,
    );
    this.#maxBytes = maxBytes;
  }

  /**
   * The length that broke the protocol, as an int32: negative or above the limit. There is no way to go on
   * from there: `next` gives nothing any more.
   */
  get badLength(): number | undefined {
    return this.#badLength;
  }

  /** What came behind the bad length in the same chunk. */
  get behindBadLength(): Buffer {
    return this.#behind;
  }

  /** The next chunk of the stream. Every frame of the last one must have been asked for. */
  push(chunk: Buffer): void {
    invariant(this.#offset === this.#chunk.length, 'a chunk is split to its end before the next');
    if (this.#badLength !== undefined) return;
    this.#chunk = chunk;
    this.#offset = 0;
  }

  /** The next whole payload, `undefined` until more arrives. It counts until the next one is asked for. */
  next(): JuteReader | undefined {
    if (!this.#readLength()) return this.#nothing();
    const missing = this.#length - this.#partialBytes;
    const present = this.#chunk.length - this.#offset;
    if (present < missing) {
      this.#keep(present);
      return this.#nothing();
    }
    if (this.#partial === undefined) {
      this.#payload.turnTo(this.#chunk, this.#offset, this.#offset + missing);
      this.#offset += missing;
      if (this.#offset === this.#chunk.length) this.#release();
    } else {
      this.#keep(missing);
      this.#payload.turnTo(this.#partial, 0, this.#length);
    }
    this.#partial = undefined;
    this.#partialBytes = 0;
    this.#length = 0;
    this.#lengthBytes = 0;
    return this.#payload;
  }

  #nothing(): undefined {
    this.#payload.turnTo(NOTHING, 0, 0);
  }

  /** Whether the length of the frame under way is known, and good. */
  #readLength(): boolean {
    if (this.#lengthBytes === LENGTH_BYTES) return this.#badLength === undefined;
    const present = this.#chunk.length - this.#offset;
    if (this.#lengthBytes === 0 && present >= LENGTH_BYTES) {
      this.#length = this.#chunk.readInt32BE(this.#offset);
      this.#lengthBytes = LENGTH_BYTES;
      this.#offset += LENGTH_BYTES;
    } else {
      while (this.#lengthBytes < LENGTH_BYTES && this.#offset < this.#chunk.length) {
        this.#length = (this.#length << 8) | this.#chunk.readUInt8(this.#offset);
        this.#lengthBytes += 1;
        this.#offset += 1;
      }
      if (this.#lengthBytes < LENGTH_BYTES) {
        this.#release();
        return false;
      }
    }
    if (this.#length >= 0 && this.#length <= this.#maxBytes) return true;
    this.#badLength = this.#length;
    this.#behind = this.#chunk.subarray(this.#offset);
    this.#release();
    return false;
  }

  /** Moves the next bytes of the chunk behind what is already there of the payload. */
  #keep(count: number): void {
    if (count === 0) {
      this.#release();
      return;
    }
    const filled = this.#partialBytes + count;
    let partial = this.#partial;
    if (partial === undefined || partial.length < filled) {
      partial = Buffer.allocUnsafe(
        Math.min(this.#length, Math.max(2 * filled, LEAST_PARTIAL_BYTES)),
      );
      this.#partial?.copy(partial, 0, 0, this.#partialBytes);
      this.#partial = partial;
    }
    this.#chunk.copy(partial, this.#partialBytes, this.#offset, this.#offset + count);
    this.#partialBytes = filled;
    this.#offset += count;
    if (this.#offset === this.#chunk.length) this.#release();
  }

  /** A chunk that is used up must not be held by a connection that is silent. */
  #release(): void {
    this.#chunk = NOTHING;
    this.#offset = 0;
  }
}
