/** Something came back that may not. */
export class Leak extends Error {
  override readonly name = 'Leak';
}

const HEADER_BYTES = 16;
/** Payloads of a ConnectResponse, without and with the readOnly byte (reference §1.2). */
const WELCOME_BYTES = [36, 37];
/** More than a server ever has to say about these trees. */
const MOST_BYTES = 64 * 2 ** 20;
const NOTIFICATION_XID = -1;

/**
 * What one connection receives: whole frames, replies in the order of the requests, no body behind an error, and
 * never a byte of the secret, not even across two frames.
 */
export class Answers {
  readonly #secret: Buffer;
  readonly #due: number[] = [];
  #received: Buffer = Buffer.alloc(0);
  #tail: Buffer = Buffer.alloc(0);
  #isWelcomed = false;
  #lastZxid = 0;
  answered = 0;
  events = 0;

  constructor(secret: Buffer) {
    this.#secret = secret;
  }

  get isWelcomed(): boolean {
    return this.#isWelcomed;
  }

  /** Replies that have not come yet. */
  get dueCount(): number {
    return this.#due.length;
  }

  expect(xid: number): void {
    this.#due.push(xid);
  }

  /** @throws Leak */
  receive(bytes: Buffer): void {
    this.searchSecret(bytes);
    this.#received = this.#received.length === 0 ? bytes : Buffer.concat([this.#received, bytes]);
    let at = 0;
    while (this.#received.length - at >= 4) {
      const length = this.#received.readInt32BE(at);
      if (length < 0 || length > MOST_BYTES) throw new Leak(`a frame of ${length} bytes`);
      if (this.#received.length - at < 4 + length) break;
      this.#frame(this.#received.subarray(at + 4, at + 4 + length));
      at += 4 + length;
    }
    this.#received = this.#received.subarray(at);
  }

  /** @throws Leak */
  searchSecret(bytes: Buffer): void {
    const seen = Buffer.concat([this.#tail, bytes]);
    if (seen.includes(this.#secret)) throw new Leak('the secret of another client came back');
    this.#tail = seen.subarray(-(this.#secret.length - 1));
  }

  #frame(payload: Buffer): void {
    if (!this.#isWelcomed) {
      if (!WELCOME_BYTES.includes(payload.length)) {
        throw new Leak(`a ConnectResponse of ${payload.length} bytes`);
      }
      this.#isWelcomed = true;
      return;
    }
    if (payload.length < HEADER_BYTES) throw new Leak(`a reply of ${payload.length} bytes`);
    const xid = payload.readInt32BE(0);
    if (xid === NOTIFICATION_XID) {
      this.events += 1;
      return;
    }
    const due = this.#due.shift();
    if (due !== xid) throw new Leak(`a reply to ${xid} where ${due ?? 'none'} was due`);
    const error = payload.readInt32BE(12);
    if (error !== 0 && payload.length !== HEADER_BYTES) {
      throw new Leak(`error ${error} with ${payload.length - HEADER_BYTES} bytes behind it`);
    }
    const zxid = Number(payload.readBigInt64BE(4));
    if (zxid > 0) {
      if (zxid < this.#lastZxid) throw new Leak(`zxid ${zxid} after ${this.#lastZxid}`);
      this.#lastZxid = zxid;
    }
    this.answered += 1;
  }
}
