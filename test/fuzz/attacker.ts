import { connect, type Socket } from 'node:net';
import type { Address } from '../client/connection.ts';
import { connectFrame } from '../client/connection.ts';
import { JuteWriter } from '../client/jute-writer.ts';
import { Random } from '../sim/world/random.ts';
import { Answers, Leak } from './answers.ts';
import { wellFormed } from './corpus.ts';
import { mutated } from './mutation.ts';

const PING = 11;
const PING_XID = -2;
const NOTIFICATION_XID = -1;
const HEADER_BYTES = 8;
const BATCH = 64;
const MOST_BATCHES = 8;
const HEADER_DAMAGE = 0.005;
const TIMEOUTS_MS = [-1, 0, 4000, 4000, 10_000, 2 ** 31 - 1] as const;
/** Neither an answer nor an end for so long: the member has forgotten the connection. */
const PATIENCE_MS = 60_000;

/** What became of one attack. */
export interface Attack {
  /** Mutated frames that the member has answered, or ended the connection for. */
  readonly frames: number;
  /** Whether the bytes between the frames were damaged, too: then no frame counts. */
  readonly isTorn: boolean;
  readonly endedByMember: boolean;
  readonly events: number;
}

/** Frames of one connection; everything about it is decided by the seed and its number. */
export class Attacker {
  readonly #random: Random;
  readonly #answers: Answers;
  readonly #socket: Socket;
  readonly #ended: Promise<void>;
  #isEnded = false;
  #failure: Error | undefined;
  #heard: () => void = () => undefined;

  private constructor(random: Random, target: Address, secret: Buffer) {
    this.#random = random;
    this.#answers = new Answers(secret);
    this.#socket = connect({ host: target.host, port: target.port, noDelay: true });
    this.#socket.on('data', (bytes) => this.#receive(bytes));
    this.#socket.on('error', () => undefined);
    this.#ended = new Promise((resolve) => {
      this.#socket.on('close', () => {
        this.#isEnded = true;
        this.#heard();
        resolve();
      });
    });
  }

  /** @throws Leak, or an Error where the member fell silent */
  static async attack(
    seed: number,
    connection: number,
    target: Address,
    secret: Buffer,
  ): Promise<Attack> {
    const random = new Random(seed * 1_000_003 + connection);
    const attacker = new Attacker(random, target, secret);
    try {
      return await attacker.#attack();
    } finally {
      attacker.#socket.destroy();
      await attacker.#ended;
    }
  }

  async #attack(): Promise<Attack> {
    const isTorn = this.#random.chance(0.1);
    const hello = connectFrame({ timeoutMs: this.#random.pick(TIMEOUTS_MS) });
    if (this.#random.chance(0.1)) {
      const payload = mutated(this.#random, hello.subarray(4), hello.subarray(4));
      this.#socket.write(new JuteWriter().raw(payload).frame());
    } else {
      this.#socket.write(hello);
    }
    await this.#until(() => this.#answers.isWelcomed);
    let frames = 0;
    const batches = 1 + this.#random.below(MOST_BATCHES);
    for (let batch = 0; batch < batches && !this.#isEnded; batch++) {
      if (isTorn) await this.#sendTorn();
      else frames += await this.#sendBatch();
    }
    const endedByMember = this.#isEnded;
    return { frames, isTorn, endedByMember, events: this.#answers.events };
  }

  /** Whole frames with damaged payloads, and a ping that tells when all were answered. */
  async #sendBatch(): Promise<number> {
    const answers = this.#answers;
    const before = answers.answered;
    const pieces: Buffer[] = [];
    for (let index = 0; index < BATCH; index++) {
      const payload = this.#payload();
      pieces.push(new JuteWriter().raw(payload).frame());
      if (payload.length >= HEADER_BYTES) answers.expect(replyXid(payload));
    }
    pieces.push(new JuteWriter().int(PING_XID).int(PING).frame());
    answers.expect(PING_XID);
    this.#socket.write(Buffer.concat(pieces));
    await this.#until(() => answers.dueCount === 0);
    const answered = answers.answered - before;
    // The one for which the member ended the connection had no answer, or the last.
    return this.#isEnded ? Math.min(answered + 1, BATCH) : BATCH;
  }

  /** A stream whose lengths are damaged as well: no order of answers can be told. */
  async #sendTorn(): Promise<void> {
    const pieces: Buffer[] = [];
    for (let index = 0; index < BATCH; index++) {
      const frame = new JuteWriter().raw(this.#payload()).frame();
      pieces.push(this.#random.chance(0.1) ? mutated(this.#random, frame, frame) : frame);
    }
    this.#socket.removeAllListeners('data');
    this.#socket.on('data', (bytes) => this.#guard(() => this.#answers.searchSecret(bytes)));
    this.#socket.end(Buffer.concat(pieces));
    await this.#until(() => this.#isEnded);
  }

  #payload(): Buffer {
    const random = this.#random;
    const xid = 1 + random.below(1_000_000);
    const payload = this.#damaged(wellFormed(random, xid), wellFormed(random, xid));
    // A client that numbers a request as events are numbered could not tell the two apart.
    if (payload.length >= 4 && payload.readInt32BE(0) === NOTIFICATION_XID) payload.writeInt32BE(7);
    return payload;
  }

  /** Nearly always with a header that stands: most damaged headers end the connection, and with it the attack. */
  #damaged(payload: Buffer, other: Buffer): Buffer {
    const random = this.#random;
    if (random.chance(HEADER_DAMAGE)) return mutated(random, payload, other);
    if (payload.length === HEADER_BYTES) return Buffer.concat([payload, random.bytes(8)]);
    const body = mutated(random, payload.subarray(HEADER_BYTES), other.subarray(HEADER_BYTES));
    return Buffer.concat([payload.subarray(0, HEADER_BYTES), body]);
  }

  #receive(bytes: Buffer): void {
    this.#guard(() => this.#answers.receive(bytes));
    this.#heard();
  }

  #guard(check: () => void): void {
    try {
      check();
    } catch (error) {
      if (!(error instanceof Leak)) throw error;
      this.#failure ??= error;
      this.#socket.destroy();
    }
  }

  /** Resolves when `isSo`, or when the connection is over. */
  async #until(isSo: () => boolean): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve, reject) => {
      const look = () => {
        if (this.#isEnded || isSo()) resolve();
      };
      timer = setTimeout(() => {
        reject(new Error(`neither an answer nor an end within ${PATIENCE_MS / 1000} s`));
      }, PATIENCE_MS);
      this.#heard = look;
      look();
    }).finally(() => clearTimeout(timer));
    if (this.#failure !== undefined) throw this.#failure;
  }
}

/** A ping is answered by its own number, whatever it came with (reference §1.5). */
function replyXid(payload: Buffer): number {
  return payload.readInt32BE(4) === PING ? PING_XID : payload.readInt32BE(0);
}
