import type { Acl, Stat } from './record.ts';

/** Reads one frame's payload. Throws RangeError when it is shorter than it claims. */
export class JuteReader {
  readonly #bytes: Buffer;
  #position = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get remaining(): number {
    return this.#bytes.length - this.#position;
  }

  int(): number {
    const value = this.#bytes.readInt32BE(this.#position);
    this.#position += 4;
    return value;
  }

  long(): bigint {
    const value = this.#bytes.readBigInt64BE(this.#position);
    this.#position += 8;
    return value;
  }

  /** A long that must fit a number exactly: zxids and times of these tests do. */
  exactLong(): number {
    const value = Number(this.long());
    if (!Number.isSafeInteger(value)) throw new RangeError(`${value} does not fit a number`);
    return value;
  }

  bool(): boolean {
    const value = this.#bytes.readUInt8(this.#position);
    this.#position += 1;
    return value !== 0;
  }

  buffer(): Buffer | null {
    const length = this.int();
    if (length === -1) return null;
    if (length < 0 || length > this.remaining) throw new RangeError(`a buffer of ${length} bytes`);
    const value = this.#bytes.subarray(this.#position, this.#position + length);
    this.#position += length;
    return value;
  }

  /** A string that a server must never send as null. */
  string(): string {
    const value = this.buffer();
    if (value === null) throw new RangeError('a null string');
    return value.toString('utf8');
  }

  strings(): string[] {
    return this.#vector(() => this.string());
  }

  acl(): Acl[] {
    return this.#vector(() => ({ perms: this.int(), scheme: this.string(), id: this.string() }));
  }

  /** Of whoAmI: auth scheme and user. */
  clientInfos(): { scheme: string; user: string }[] {
    return this.#vector(() => ({ scheme: this.string(), user: this.string() }));
  }

  stat(): Stat {
    return {
      czxid: this.exactLong(),
      mzxid: this.exactLong(),
      ctimeMs: this.exactLong(),
      mtimeMs: this.exactLong(),
      version: this.int(),
      cversion: this.int(),
      aversion: this.int(),
      ephemeralOwner: this.long(),
      dataLength: this.int(),
      numChildren: this.int(),
      pzxid: this.exactLong(),
    };
  }

  /** Stray bytes behind a reply break strict clients: none may be left. */
  end(): void {
    if (this.remaining !== 0) throw new RangeError(`${this.remaining} bytes too many`);
  }

  #vector<T>(element: () => T): T[] {
    const count = this.int();
    if (count < 0) throw new RangeError(`a vector of ${count}`);
    return Array.from({ length: count }, element);
  }
}
