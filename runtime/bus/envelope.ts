import { invariant } from '../../machines/invariant.ts';

/**
 * The layout of every bus message, big-endian:
 *
 *     version u8 | form u8 | from u32 | whole: section…
 *                                     | piece: set u64, totalBytes u32, offset u32, bytes
 *
 * A whole message carries, as sections, what one member had for one subject in one event-loop turn. A piece carries a
 * stretch of the sections of a message that was too large for the bus.
 */
export const ENVELOPE_VERSION = 1;
export const HEADER_BYTES = 6;
export const PIECE_HEADER_BYTES = HEADER_BYTES + 16;

const Form = { whole: 1, piece: 2 } as const;
const Tag = { messages: 1, broadcasts: 2, reset: 3, vote: 4, answers: 5 } as const;

/**
 * Consecutive messages of one link, or of one stream; the first of them is numbered `first`. `messages` come from the
 * member that opened the link, `answers` from the other one: only `messages` can open a link at their receiver.
 */
export interface Run<Bytes extends Uint8Array = Uint8Array> {
  readonly kind: 'messages' | 'answers' | 'broadcasts';
  readonly id: number;
  readonly first: number;
  readonly payloads: readonly Bytes[];
}

export type Section<Bytes extends Uint8Array = Uint8Array> =
  | Run<Bytes>
  | { readonly kind: 'reset'; readonly id: number }
  | { readonly kind: 'vote'; readonly payload: Bytes };

/** One stretch of the sections of a large message; the pieces of a set follow each other in order. */
export interface Piece {
  readonly set: number;
  readonly totalBytes: number;
  readonly offset: number;
  readonly bytes: Uint8Array;
}

export type Envelope =
  | { readonly form: 'whole'; readonly from: number; readonly body: Uint8Array }
  | { readonly form: 'piece'; readonly from: number; readonly piece: Piece };

/** Bytes that are no envelope of this version. Nothing of the message has been used when it is thrown. */
export class MalformedEnvelope extends Error {
  override readonly name = 'MalformedEnvelope';
}

const LENGTH_BYTES = 4;
const RUN_BYTES = 21;

/** Bytes that one more payload adds to a run. */
export function payloadBytes(payload: Uint8Array): number {
  return LENGTH_BYTES + payload.length;
}

export function sectionBytes(section: Section): number {
  if (section.kind === 'reset') return 9;
  if (section.kind === 'vote') return 1 + payloadBytes(section.payload);
  let bytes = RUN_BYTES;
  for (const payload of section.payloads) bytes += payloadBytes(payload);
  return bytes;
}

/** Two uint32: ids and numbers stay exact as long as they are safe integers. */
function writeInteger(target: Buffer, value: number, at: number): number {
  invariant(
    Number.isSafeInteger(value) && value >= 0,
    () => `${value} is no id or number of a link or stream`,
  );
  const high = Math.floor(value / 0x1_0000_0000);
  return target.writeUInt32BE(value - high * 0x1_0000_0000, target.writeUInt32BE(high, at));
}

function writePayload(target: Buffer, payload: Uint8Array, at: number): number {
  const start = target.writeUInt32BE(payload.length, at);
  target.set(payload, start);
  return start + payload.length;
}

function writeSection(target: Buffer, section: Section, at: number): number {
  let next = target.writeUInt8(Tag[section.kind], at);
  if (section.kind === 'vote') return writePayload(target, section.payload, next);
  next = writeInteger(target, section.id, next);
  if (section.kind === 'reset') return next;
  next = writeInteger(target, section.first, next);
  next = target.writeUInt32BE(section.payloads.length, next);
  for (const payload of section.payloads) next = writePayload(target, payload, next);
  return next;
}

function writeHeader(target: Buffer, form: number, from: number): number {
  target.writeUInt8(ENVELOPE_VERSION, 0);
  target.writeUInt8(form, 1);
  return target.writeUInt32BE(from, 2);
}

/** A bus message of all `sections`, however long that is. */
export function encodeEnvelope(from: number, sections: readonly Section[]): Buffer {
  let bytes = HEADER_BYTES;
  for (const section of sections) bytes += sectionBytes(section);
  const message = Buffer.allocUnsafe(bytes);
  let at = writeHeader(message, Form.whole, from);
  for (const section of sections) at = writeSection(message, section, at);
  return message;
}

export function encodePiece(from: number, piece: Piece): Buffer {
  const message = Buffer.allocUnsafe(PIECE_HEADER_BYTES + piece.bytes.length);
  let at = writeHeader(message, Form.piece, from);
  at = writeInteger(message, piece.set, at);
  at = message.writeUInt32BE(piece.totalBytes, at);
  at = message.writeUInt32BE(piece.offset, at);
  message.set(piece.bytes, at);
  return message;
}

/** Reads within bounds: a length that points outside is a malformed message, never a crash. */
class Cursor {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  #take(length: number): number {
    if (length > this.left) throw new MalformedEnvelope('the message ends too early');
    const at = this.#at;
    this.#at += length;
    return at;
  }

  uint8(): number {
    return this.#bytes.readUInt8(this.#take(1));
  }

  uint32(): number {
    return this.#bytes.readUInt32BE(this.#take(4));
  }

  integer(): number {
    const value = this.uint32() * 0x1_0000_0000 + this.uint32();
    if (!Number.isSafeInteger(value)) throw new MalformedEnvelope('a number is out of range');
    return value;
  }

  bytes(length: number): Buffer {
    const at = this.#take(length);
    return this.#bytes.subarray(at, at + length);
  }

  run(kind: Run['kind']): Run<Buffer> {
    const id = this.integer();
    const first = this.integer();
    const count = this.uint32();
    if (first === 0 || count === 0) throw new MalformedEnvelope('a run counts from 1');
    const payloads: Buffer[] = [];
    for (let index = 0; index < count; index++) payloads.push(this.bytes(this.uint32()));
    return { kind, id, first, payloads };
  }
}

/**
 * Takes the header off; `body` and `bytes` are views of `message`.
 * @throws MalformedEnvelope
 */
export function decodeEnvelope(message: Uint8Array): Envelope {
  const cursor = new Cursor(Buffer.from(message.buffer, message.byteOffset, message.byteLength));
  const version = cursor.uint8();
  if (version !== ENVELOPE_VERSION) {
    throw new MalformedEnvelope(`version ${version} of the envelope is unknown`);
  }
  const form = cursor.uint8();
  const from = cursor.uint32();
  if (form === Form.whole) return { form: 'whole', from, body: cursor.bytes(cursor.left) };
  if (form !== Form.piece) throw new MalformedEnvelope(`form ${form} is unknown`);
  const set = cursor.integer();
  const totalBytes = cursor.uint32();
  const offset = cursor.uint32();
  const bytes = cursor.bytes(cursor.left);
  if (bytes.length === 0 || offset + bytes.length > totalBytes) {
    throw new MalformedEnvelope('a piece reaches outside its message');
  }
  return { form: 'piece', from, piece: { set, totalBytes, offset, bytes } };
}

/**
 * The sections of a body, all or none; payloads are views of `body`.
 * @throws MalformedEnvelope
 */
export function decodeSections(body: Buffer): Section<Buffer>[] {
  const cursor = new Cursor(body);
  const sections: Section<Buffer>[] = [];
  while (cursor.left > 0) {
    const tag = cursor.uint8();
    if (tag === Tag.messages) sections.push(cursor.run('messages'));
    else if (tag === Tag.answers) sections.push(cursor.run('answers'));
    else if (tag === Tag.broadcasts) sections.push(cursor.run('broadcasts'));
    else if (tag === Tag.reset) sections.push({ kind: 'reset', id: cursor.integer() });
    else if (tag === Tag.vote) {
      sections.push({ kind: 'vote', payload: cursor.bytes(cursor.uint32()) });
    } else throw new MalformedEnvelope(`section ${tag} is unknown`);
  }
  return sections;
}
