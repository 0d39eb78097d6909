import type { Address } from '../client/connection.ts';
import { JuteReader } from '../client/jute-reader.ts';
import { JuteWriter } from '../client/jute-writer.ts';
import { type Arrival, plain } from './field.ts';
import { Line } from './line.ts';
import { OPERATIONS } from './operation.ts';
import { ReplyDecoder } from './reply-fields.ts';
import type { Request } from './request.ts';
import { bodyOf, opcodeOf } from './request-body.ts';
import type { Connecting, Step } from './step.ts';

/** What each connection was told during one step, by the connection's name. */
export type Transcript = ReadonlyMap<string, readonly Arrival[]>;

export interface WorldOptions {
  readonly members: readonly Address[];
  /** A ping brings one server to rest; several only a sync. */
  readonly round: 'ping' | 'sync';
  readonly answerMs: number;
  /** ZooKeeper 3.8 answers a check outside of a multi only where it fails (reference §3.9). */
  readonly mayLoseCheck: boolean;
}

interface Session {
  readonly name: string;
  id: bigint;
  password: Buffer;
  lastZxid: bigint;
  xid: number;
}

const NO_ID = 0n;
/** No server makes such ids: zero in the places of member and epoch. */
const UNKNOWN_ID = 0x77777777n;
const CLOSE = OPERATIONS.closeSession.opcode;
const AHEAD = 1n << 40n;
const PASSWORD_BYTES = 16;
const SPECIAL_XIDS: ReadonlyMap<string, number> = new Map([
  ['ping', -2],
  ['auth', -4],
  ['setWatches', -8],
  ['setWatches2', -8],
]);

/** One of the two services while a script runs: its sessions and connections. */
export class World {
  readonly #options: WorldOptions;
  readonly #sessions = new Map<string, Session>();
  readonly #names = new Map<bigint, string>();
  /** Those as well whose name has gone to a later one. */
  readonly #everySession: Session[] = [];
  readonly #lines: Line[] = [];
  readonly #decoder = new ReplyDecoder((id) => {
    if (id === NO_ID) return '0';
    return this.#names.get(id) ?? `unknown 0x${id.toString(16)}`;
  });
  #opened = 0;

  constructor(options: WorldOptions) {
    this.#options = options;
  }

  /** Does the step, waits until nothing is on its way any more, and tells what came. */
  async perform(step: Step): Promise<Transcript> {
    switch (step.do) {
      case 'connect':
        this.#connect(step);
        break;
      case 'drop':
        for (const line of this.#linesOf(step.session)) line.drop();
        break;
      case 'bytes':
        this.#lineOf(step.session)?.send(Buffer.from(step.hex, 'hex'));
        break;
      case 'send':
        this.#send(step.session, step.requests);
    }
    await this.#settle();
    for (const line of this.#lines) {
      if (line.isOpen && line.isGreeted && !line.isEnding) line.rest(this.#options.round);
    }
    await this.#settle();
    return this.#take();
  }

  /** Whether the session has a connection. */
  isConnected(session: string): boolean {
    return this.#lineOf(session) !== undefined;
  }

  /** Closes every session that it can, so that nothing of them stays. */
  async end(): Promise<void> {
    for (const line of this.#lines.splice(0)) line.drop();
    const lines = this.#everySession.flatMap((session) => {
      if (session.id === NO_ID) return [];
      const { id, password } = session;
      const plain = { member: 0, timeoutMs: 60_000, seen: 0n, readOnly: undefined };
      return [this.#open(session, { ...plain, id, password })];
    });
    await this.#settle();
    for (const line of lines) line.send(line.frame(1, 'closeSession', CLOSE, Buffer.alloc(0), 0));
    await this.#settle();
    for (const line of this.#lines.splice(0)) line.drop();
  }

  #take(): Transcript {
    const transcript = new Map<string, Arrival[]>();
    for (const line of this.#lines) {
      const arrivals = line.take();
      if (arrivals.length > 0) transcript.set(line.label, arrivals);
      const session = this.#sessions.get(line.session);
      if (session !== undefined && line.lastZxid > session.lastZxid) {
        session.lastZxid = line.lastZxid;
      }
    }
    for (let at = this.#lines.length - 1; at >= 0; at -= 1) {
      if (this.#lines[at]?.isOpen === false) this.#lines.splice(at, 1);
    }
    return transcript;
  }

  async #settle(): Promise<void> {
    await Promise.all(this.#lines.map((line) => line.settle(this.#options.answerMs)));
  }

  #linesOf(session: string): Line[] {
    return this.#lines.filter((line) => line.session === session && line.isOpen);
  }

  #lineOf(session: string): Line | undefined {
    return this.#linesOf(session).at(-1);
  }

  #connect(step: Connecting): void {
    let session = this.#sessions.get(step.session);
    if (session === undefined || !step.resume) {
      session = {
        name: step.session,
        id: NO_ID,
        password: Buffer.alloc(PASSWORD_BYTES),
        lastZxid: session?.lastZxid ?? 0n,
        xid: session?.xid ?? 0,
      };
      this.#sessions.set(step.session, session);
      this.#everySession.push(session);
    }
    const seen = this.#seen(session, step.seen);
    const readOnly = step.readOnly === 'absent' ? undefined : step.readOnly === 'true';
    this.#open(session, {
      member: step.member,
      timeoutMs: step.timeoutMs,
      seen,
      id: step.unknown ? UNKNOWN_ID : session.id,
      password: passwordFor(step, session),
      readOnly,
    });
  }

  #open(
    session: Session,
    asked: {
      readonly member: number;
      readonly timeoutMs: number;
      readonly seen: bigint;
      readonly id: bigint;
      readonly password: Buffer | null;
      readonly readOnly: boolean | undefined;
    },
  ): Line {
    const { members } = this.#options;
    const address = members[asked.member % members.length];
    if (address === undefined) throw new RangeError('no member');
    this.#opened += 1;
    const label = `${session.name}.${this.#opened}`;
    const line: Line = new Line(session.name, label, address, this.#decoder, (payload) =>
      this.#welcome(payload, session, line),
    );
    this.#lines.push(line);
    const { timeoutMs, seen, id, password, readOnly } = asked;
    const writer = new JuteWriter().int(0).long(seen).int(timeoutMs).long(id).buffer(password);
    if (readOnly !== undefined) writer.bool(readOnly);
    line.send(writer.frame());
    return line;
  }

  #welcome(payload: Buffer, session: Session, line: Line): Arrival {
    const reader = new JuteReader(payload);
    const version = reader.int();
    const timeoutMs = reader.int();
    const id = reader.long();
    const password = reader.buffer();
    const readOnly = reader.remaining > 0 ? String(reader.bool()) : 'absent';
    reader.end();
    const isSame = id === session.id;
    if (timeoutMs > 0) {
      if (!isSame) this.#names.set(id, `${session.name} as ${line.label}`);
      session.id = id;
      session.password = Buffer.from(password ?? []);
    } else line.isEnding = true;
    const isZero = password?.every((byte) => byte === 0) === true;
    return {
      kind: 'welcome',
      fields: [
        plain('version', version),
        plain('timeout', timeoutMs),
        plain('session', id === NO_ID ? '0' : isSame ? 'the same' : 'a new one'),
        plain('password', `${password?.length} bytes${isZero ? ' of zero' : ''}`),
        plain('readOnly', readOnly),
      ],
    };
  }

  #seen(session: Session, word: string): bigint {
    if (word === 'last') return session.lastZxid;
    if (word === 'ahead') return session.lastZxid + AHEAD;
    if (word === 'zero') return 0n;
    throw new RangeError(`seen: ${word}`);
  }

  /** A session without a connection says nothing, but its xids go on: they are the same on both servers. */
  #send(name: string, requests: readonly Request[]): void {
    const session = this.#sessions.get(name);
    if (session === undefined) return;
    const line = this.#lineOf(name);
    const frames: Buffer[] = [];
    for (const [index, request] of requests.entries()) {
      session.xid += 1;
      const xid = request.xid ?? SPECIAL_XIDS.get(request.op) ?? session.xid;
      const body = bodyOf(request, (word) => this.#seen(session, word));
      const opcode = opcodeOf(request.op);
      const isOptional = request.op === 'check' && this.#options.mayLoseCheck;
      if (line !== undefined) {
        frames.push(line.frame(xid, request.op, opcode, body, index, isOptional));
      }
    }
    line?.send(Buffer.concat(frames));
  }
}

function passwordFor(step: Connecting, session: Session): Buffer | null {
  switch (step.password) {
    case 'right':
      return session.password;
    case 'wrong':
      return Buffer.from(session.password.map((byte) => byte ^ 0xff));
    case 'short':
      return session.password.subarray(0, 4);
    case 'none':
      return null;
  }
}
