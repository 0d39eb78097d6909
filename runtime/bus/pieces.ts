import { invariant } from '../../machines/invariant.ts';
import { encodePiece, HEADER_BYTES, PIECE_HEADER_BYTES, type Piece } from './envelope.ts';

/** No single message may be larger: who has more to say sends several. */
export const MAX_MESSAGE_BYTES = 64 * 1024 * 1024;
/** Memory for messages that are still arriving, of all senders together. */
export const MAX_JOINING_BYTES = 4 * MAX_MESSAGE_BYTES;

/**
 * Cuts an encoded whole envelope that is larger than the bus takes.
 * `set` tells this message from the sender's others: the joining side never mixes two.
 */
export function cutEnvelope(
  from: number,
  message: Buffer,
  set: number,
  maxPayloadBytes: number,
): Buffer[] {
  const body = message.subarray(HEADER_BYTES);
  invariant(
    body.length <= MAX_MESSAGE_BYTES,
    () => `a bus message of ${body.length} bytes is larger than ${MAX_MESSAGE_BYTES}`,
  );
  const step = maxPayloadBytes - PIECE_HEADER_BYTES;
  invariant(step > 0, () => `the bus takes only ${maxPayloadBytes} bytes at a time`);
  const pieces: Buffer[] = [];
  for (let offset = 0; offset < body.length; offset += step) {
    const bytes = body.subarray(offset, offset + step);
    pieces.push(encodePiece(from, { set, totalBytes: body.length, offset, bytes }));
  }
  return pieces;
}

interface Joining {
  readonly set: number;
  readonly body: Buffer;
  filledBytes: number;
}

/**
 * Joins the pieces of large messages. A source is one sender on one subject: its pieces arrive in order or not at all,
 * so one unfinished message per source is enough. A message with a missing piece is abandoned; the number that the
 * link then misses says so.
 */
export class Joiner {
  readonly #maxBytes: number;
  /** Oldest first: the order in which memory is taken back. */
  readonly #joining = new Map<string, Joining>();
  #heldBytes = 0;
  #abandoned = 0;

  constructor(maxBytes: number = MAX_JOINING_BYTES) {
    this.#maxBytes = maxBytes;
  }

  /** Messages of which some pieces came and the rest did not. */
  get abandoned(): number {
    return this.#abandoned;
  }

  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** Copies the piece; returns the body of the message when this was its last one. */
  join(source: string, piece: Piece): Buffer | undefined {
    let joining = this.#joining.get(source);
    if (piece.offset === 0) {
      if (joining !== undefined) this.#abandon(source, joining);
      joining = this.#begin(source, piece);
    }
    if (joining === undefined) return undefined;
    if (
      joining.set !== piece.set ||
      joining.body.length !== piece.totalBytes ||
      joining.filledBytes !== piece.offset
    ) {
      this.#abandon(source, joining);
      return undefined;
    }
    joining.body.set(piece.bytes, piece.offset);
    joining.filledBytes += piece.bytes.length;
    if (joining.filledBytes < joining.body.length) return undefined;
    this.#forget(source, joining);
    return joining.body;
  }

  clear(): void {
    this.#joining.clear();
    this.#heldBytes = 0;
  }

  #begin(source: string, piece: Piece): Joining | undefined {
    const { set, totalBytes } = piece;
    if (totalBytes > Math.min(MAX_MESSAGE_BYTES, this.#maxBytes)) {
      this.#abandoned += 1;
      return undefined;
    }
    for (const [oldest, joining] of this.#joining) {
      if (this.#heldBytes + totalBytes <= this.#maxBytes) break;
      this.#abandon(oldest, joining);
    }
    const joining = { set, body: Buffer.allocUnsafeSlow(totalBytes), filledBytes: 0 };
    this.#joining.set(source, joining);
    this.#heldBytes += totalBytes;
    return joining;
  }

  #abandon(source: string, joining: Joining): void {
    this.#abandoned += 1;
    this.#forget(source, joining);
  }

  #forget(source: string, joining: Joining): void {
    this.#joining.delete(source);
    this.#heldBytes -= joining.body.length;
  }
}
