import type { Acl } from './record.ts';

/** Builds one frame or record in the client protocol's encoding. Written apart from the server's codec on purpose. */
export class JuteWriter {
  readonly #pieces: Buffer[] = [];

  int(value: number): this {
    const piece = Buffer.allocUnsafe(4);
    piece.writeInt32BE(value);
    this.#pieces.push(piece);
    return this;
  }

  long(value: bigint | number): this {
    const piece = Buffer.allocUnsafe(8);
    piece.writeBigInt64BE(BigInt(value));
    this.#pieces.push(piece);
    return this;
  }

  bool(value: boolean): this {
    this.#pieces.push(Buffer.of(value ? 1 : 0));
    return this;
  }

  /** `null` becomes length -1. */
  buffer(value: Uint8Array | null): this {
    if (value === null) return this.int(-1);
    this.int(value.length);
    this.#pieces.push(Buffer.from(value));
    return this;
  }

  string(value: string | null): this {
    return this.buffer(value === null ? null : Buffer.from(value, 'utf8'));
  }

  strings(values: readonly string[]): this {
    this.int(values.length);
    for (const value of values) this.string(value);
    return this;
  }

  acl(entries: readonly Acl[] | null): this {
    if (entries === null) return this.int(-1);
    this.int(entries.length);
    for (const entry of entries) this.int(entry.perms).string(entry.scheme).string(entry.id);
    return this;
  }

  /** Bytes as they are. */
  raw(value: Uint8Array): this {
    this.#pieces.push(Buffer.from(value));
    return this;
  }

  bytes(): Buffer {
    return Buffer.concat(this.#pieces);
  }

  /** The bytes behind their own length. */
  frame(): Buffer {
    const payload = this.bytes();
    const length = Buffer.allocUnsafe(4);
    length.writeInt32BE(payload.length);
    return Buffer.concat([length, payload]);
  }
}
