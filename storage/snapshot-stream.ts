import { crc32 } from 'node:zlib';
import { hex, type Zxid } from '../machines/zab/zxid.ts';
import type { TreeTotals } from '../machines/znode/znode.ts';
import { type CheckpointMark, decodeMark, encodeMark } from './checkpoint-mark.ts';
import { StorageError } from './error.ts';
import { sealNumbers, unsealNumbers } from './sealed-numbers.ts';

/**
 * A snapshot on the wire: a piece with the mark, pieces of keys and values as the tree stores them, a piece that
 * counts them. Each begins with CRC32 of the rest, format version, kind, and its number. The last also
 * carries the CRC32 over all pieces before it, so that none can be missing, twice or out of order.
 */
const FORMAT_VERSION = 1;
const HEADER_BYTES = 12;
const CHECKED_FROM = 4;
const PieceKind = { mark: 1, node: 2, session: 3, end: 4 } as const;
const NO_CHECKPOINT: TreeTotals = { nodeCount: 0, ephemeralCount: 0, dataBytes: 0, digest: 0 };

export type SnapshotTable = 'node' | 'session';

/** Makes pieces of what is added. */
export class SnapshotWriter {
  readonly #counts = { node: 0, session: 0 };
  #pieces: Buffer[] = [];
  #parts: Uint8Array[] = [];
  #partBytes = 0;
  #table: SnapshotTable = 'node';
  #number = 0;
  #digest = 0;
  #isFinished = false;

  constructor(mark: CheckpointMark) {
    this.#seal(PieceKind.mark, [encodeMark(mark.zxid, mark.totals ?? NO_CHECKPOINT)]);
  }

  /** Bytes added that the next piece will hold. */
  get waitingBytes(): number {
    return this.#partBytes;
  }

  add(table: SnapshotTable, key: Uint8Array, value: Uint8Array): void {
    if (table !== this.#table) this.#close();
    this.#table = table;
    const lengths = Buffer.allocUnsafe(6);
    lengths.writeUInt16BE(key.byteLength, 0);
    lengths.writeUInt32BE(value.byteLength, 2);
    this.#parts.push(lengths, key, value);
    this.#partBytes += 6 + key.byteLength + value.byteLength;
    this.#counts[table]++;
  }

  /** What was added, as a piece; the first piece is the mark. */
  take(): Uint8Array | undefined {
    if (this.#pieces.length === 0) this.#close();
    return this.#pieces.shift();
  }

  /** As `take` when nothing more will be added; `undefined` after the last piece. */
  finish(): Uint8Array | undefined {
    const piece = this.take();
    if (piece !== undefined || this.#isFinished) return piece;
    this.#isFinished = true;
    const { node, session } = this.#counts;
    this.#seal(PieceKind.end, [sealNumbers(FORMAT_VERSION, [node, session, this.#digest])]);
    return this.#pieces.shift();
  }

  #close(): void {
    if (this.#parts.length === 0) return;
    this.#seal(PieceKind[this.#table], this.#parts);
    this.#parts = [];
    this.#partBytes = 0;
  }

  #seal(kind: number, parts: readonly Uint8Array[]): void {
    const header = Buffer.alloc(HEADER_BYTES);
    header.writeUInt8(FORMAT_VERSION, 4);
    header.writeUInt8(kind, 5);
    header.writeUInt32BE(this.#number++, 8);
    const piece = Buffer.concat([header, ...parts]);
    piece.writeUInt32BE(crc32(piece.subarray(CHECKED_FROM)), 0);
    this.#digest = crc32(piece, this.#digest);
    this.#pieces.push(piece);
  }
}

export interface SnapshotItem {
  readonly table: SnapshotTable;
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

/** Reads pieces in order. Every deviation throws a StorageError, and the snapshot is of no use any more. */
export class SnapshotReader {
  readonly #expectedZxid: Zxid;
  readonly #counts = { node: 0, session: 0 };
  #number = 0;
  #digest = 0;
  #mark: CheckpointMark | undefined;
  #isComplete = false;

  constructor(zxid: Zxid) {
    this.#expectedZxid = zxid;
  }

  /** The mark of a snapshot that has come whole. @throws StorageError when it has not */
  get completeMark(): CheckpointMark {
    if (!this.#isComplete || this.#mark === undefined) throw broken('it has not come to its end');
    return this.#mark;
  }

  /** The items of a piece; views of its bytes. */
  read(bytes: Uint8Array): SnapshotItem[] {
    const piece = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (piece.byteLength < HEADER_BYTES) throw broken('a piece is too short');
    if (piece.readUInt32BE(0) !== crc32(piece.subarray(CHECKED_FROM))) {
      throw broken('the checksum of a piece does not match');
    }
    const version = piece.readUInt8(4);
    if (version !== FORMAT_VERSION) throw broken(`format version ${version} is not known`);
    const number = piece.readUInt32BE(8);
    if (this.#isComplete || number !== this.#number) {
      throw broken(`piece ${number} comes where ${this.#number} is due`);
    }
    const body = piece.subarray(HEADER_BYTES);
    const kind = piece.readUInt8(5);
    if ((number === 0) !== (kind === PieceKind.mark)) throw broken('its mark is out of place');
    this.#number++;
    if (kind === PieceKind.end) {
      this.#end(body);
      return [];
    }
    this.#digest = crc32(piece, this.#digest);
    if (kind === PieceKind.node) return this.#items('node', body);
    if (kind === PieceKind.session) return this.#items('session', body);
    this.#begin(body);
    return [];
  }

  #begin(body: Buffer): void {
    const mark = decodeMark(body);
    if (mark === undefined) throw broken('its mark is unreadable');
    if (mark.zxid !== this.#expectedZxid) {
      throw broken(`it is of zxid ${hex(mark.zxid)}, not ${hex(this.#expectedZxid)}`);
    }
    this.#mark = mark;
  }

  #items(table: SnapshotTable, body: Buffer): SnapshotItem[] {
    const items: SnapshotItem[] = [];
    let offset = 0;
    while (offset < body.byteLength) {
      const keyStart = offset + 6;
      const valueStart = keyStart + body.readUInt16BE(offset);
      offset = valueStart + body.readUInt32BE(offset + 2);
      if (offset > body.byteLength) throw broken('a piece ends inside an item');
      const key = body.subarray(keyStart, valueStart);
      items.push({ table, key, value: body.subarray(valueStart, offset) });
    }
    this.#counts[table] += items.length;
    return items;
  }

  #end(body: Buffer): void {
    const { node, session } = this.#counts;
    const [nodes, sessions, digest] = unsealNumbers(FORMAT_VERSION, body, 3) ?? [];
    if (nodes !== node || sessions !== session) throw broken('items are missing');
    if (digest !== this.#digest) throw broken('its checksum does not match');
    if (this.#mark?.totals?.nodeCount !== node) throw broken('its nodes do not add up');
    this.#isComplete = true;
  }
}

function broken(damage: string): StorageError {
  return new StorageError(`a received snapshot cannot be used: ${damage}`);
}
