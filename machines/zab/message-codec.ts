import type {
  ForwardedRequest,
  LinkMessage,
  Message,
  RecordRun,
  StreamMessage,
} from './message.ts';

const VERSION = 2;
/** Their places are their numbers on the wire: what is new comes last. */
const TYPES = [
  'FOLLOWERINFO',
  'ACKEPOCH',
  'ACKNEWLEADER',
  'ACK',
  'PONG',
  'REQUEST',
  'SYNC',
  'REVALIDATE',
  'CREDIT',
  'HOLD',
  'LEADERINFO',
  'DIFF',
  'TRUNC',
  'SNAP',
  'PIECE',
  'RECORDS',
  'NEWLEADER',
  'UPTODATE',
  'SYNCED',
  'REVALIDATED',
  'PROPOSAL',
  'COMMIT',
  'PING',
  'OBSERVERINFO',
] as const satisfies readonly Message['type'][];

/** Bytes of another member that are no message of this version. */
export class MalformedMessage extends Error {
  override readonly name = 'MalformedMessage';
}

/** Numbers travel as doubles: every one of ours is an integer below 2^53, or -1. */
class Writer {
  #bytes: Buffer;
  #length = 0;

  constructor(type: Message['type'], room: number) {
    this.#bytes = Buffer.allocUnsafe(room + 2);
    this.#bytes[0] = VERSION;
    this.#bytes[1] = TYPES.indexOf(type);
    this.#length = 2;
  }

  #reserve(count: number): number {
    const at = this.#length;
    if (at + count > this.#bytes.length) {
      const grown = Buffer.allocUnsafe((at + count) * 2);
      this.#bytes.copy(grown, 0, 0, at);
      this.#bytes = grown;
    }
    this.#length = at + count;
    return at;
  }

  number(value: number): this {
    const at = this.#reserve(8);
    this.#bytes.writeDoubleBE(value, at);
    return this;
  }

  int(value: number): this {
    const at = this.#reserve(4);
    this.#bytes.writeInt32BE(value, at);
    return this;
  }

  bytes(value: Uint8Array): this {
    this.int(value.length);
    const at = this.#reserve(value.length);
    this.#bytes.set(value, at);
    return this;
  }

  text(value: string): this {
    return this.bytes(Buffer.from(value, 'utf8'));
  }

  run(run: RecordRun): this {
    return this.number(run.firstZxid).number(run.lastZxid).int(run.count).bytes(run.bytes);
  }

  done(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }
}

class Reader {
  readonly #bytes: Buffer;
  #at = 2;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  #take(count: number): number {
    const at = this.#at;
    if (count < 0 || at + count > this.#bytes.length) {
      throw new MalformedMessage(`message of ${this.#bytes.length} bytes ends early`);
    }
    this.#at = at + count;
    return at;
  }

  number(): number {
    return this.#bytes.readDoubleBE(this.#take(8));
  }

  int(): number {
    return this.#bytes.readInt32BE(this.#take(4));
  }

  bytes(): Buffer {
    const length = this.int();
    const at = this.#take(length);
    return this.#bytes.subarray(at, at + length);
  }

  text(): string {
    return this.bytes().toString('utf8');
  }

  run(): RecordRun {
    return {
      firstZxid: this.number(),
      lastZxid: this.number(),
      count: this.int(),
      bytes: this.bytes(),
    };
  }
}

/** Bytes of one message; the first is the version of the format, the second its type. */
export function encodeMessage(message: Message): Buffer {
  switch (message.type) {
    case 'FOLLOWERINFO':
    case 'OBSERVERINFO':
      return new Writer(message.type, 8).number(message.acceptedEpoch).done();
    case 'ACKEPOCH':
      return new Writer(message.type, 16)
        .number(message.currentEpoch)
        .number(message.lastZxid)
        .done();
    case 'ACKNEWLEADER':
    case 'LEADERINFO':
      return new Writer(message.type, 8).number(message.epoch).done();
    case 'ACK':
    case 'SNAP':
    case 'COMMIT':
      return new Writer(message.type, 8).number(message.zxid).done();
    case 'PONG': {
      const writer = new Writer(message.type, 16 + 8 * message.touched.length);
      writer.number(message.round).int(message.touched.length);
      for (const sessionId of message.touched) writer.number(sessionId);
      return writer.done();
    }
    case 'REQUEST':
      return encodeRequests(message.requests);
    case 'SYNC':
      return new Writer(message.type, 8).number(message.requestId).done();
    case 'REVALIDATE':
      return new Writer(message.type, 48)
        .number(message.requestId)
        .number(message.sessionId)
        .int(message.timeoutMs)
        .bytes(message.password)
        .done();
    case 'CREDIT':
      return new Writer(message.type, 8).number(message.bytes).done();
    case 'HOLD':
      return new Writer(message.type, 0).done();
    case 'DIFF':
    case 'TRUNC':
      return new Writer(message.type, 8).number(message.keepThrough).done();
    case 'PIECE':
      return new Writer(message.type, message.bytes.length + 4).bytes(message.bytes).done();
    case 'RECORDS':
    case 'PROPOSAL':
      return new Writer(message.type, message.run.bytes.length + 24).run(message.run).done();
    case 'NEWLEADER':
      return new Writer(message.type, 32)
        .number(message.epoch)
        .number(message.lastZxid)
        .number(message.committedZxid)
        .number(message.sequence)
        .done();
    case 'UPTODATE':
      return new Writer(message.type, 8).number(message.committedZxid).done();
    case 'SYNCED':
      return new Writer(message.type, 16).number(message.requestId).number(message.zxid).done();
    case 'REVALIDATED':
      return new Writer(message.type, 12)
        .number(message.requestId)
        .int(message.valid ? 1 : 0)
        .done();
    case 'PING':
      return new Writer(message.type, 24)
        .number(message.round)
        .number(message.zxid)
        .number(message.digest)
        .done();
  }
}

/** Most connections share one identity list: each list of a batch is written once and referred to. */
function encodeRequests(requests: readonly ForwardedRequest[]): Buffer {
  let room = 256;
  for (const request of requests) room += request.body.length + 36;
  const writer = new Writer('REQUEST', room);
  const lists = new Map<ForwardedRequest['identities'], number>();
  for (const request of requests) {
    if (!lists.has(request.identities)) lists.set(request.identities, lists.size);
  }
  writer.int(lists.size);
  for (const identities of lists.keys()) {
    writer.int(identities.length);
    for (const identity of identities) writer.text(identity.scheme).text(identity.id);
  }
  writer.int(requests.length);
  for (const request of requests) {
    writer.number(request.requestId).number(request.sessionId);
    writer
      .int(request.cxid)
      .int(request.opcode)
      .int(lists.get(request.identities) ?? 0)
      .int(request.isLocal === true ? 1 : 0);
    writer.bytes(request.body);
  }
  return writer.done();
}

function decodeRequests(reader: Reader): LinkMessage {
  const lists: ForwardedRequest['identities'][] = [];
  const listCount = reader.int();
  for (let list = 0; list < listCount; list++) {
    const identities: { scheme: string; id: string }[] = [];
    const count = reader.int();
    for (let i = 0; i < count; i++) identities.push({ scheme: reader.text(), id: reader.text() });
    lists.push(identities);
  }
  const requests: ForwardedRequest[] = [];
  const count = reader.int();
  for (let i = 0; i < count; i++) {
    const requestId = reader.number();
    const sessionId = reader.number();
    const cxid = reader.int();
    const opcode = reader.int();
    const identities = lists[reader.int()];
    if (identities === undefined) throw new MalformedMessage('request without its identities');
    const isLocal = reader.int() === 1;
    const body = reader.bytes();
    requests.push({ requestId, sessionId, isLocal, cxid, opcode, identities, body });
  }
  return { type: 'REQUEST', requests };
}

function isStreamMessage(message: Message): message is StreamMessage {
  return message.type === 'PROPOSAL' || message.type === 'COMMIT' || message.type === 'PING';
}

/** Byte fields of the result are views of `bytes`. Throws MalformedMessage. */
export function decodeMessage(bytes: Buffer): Message {
  if (bytes.length < 2 || bytes[0] !== VERSION) {
    throw new MalformedMessage(`message format ${bytes[0] ?? 'none'} is not ${VERSION}`);
  }
  const type = TYPES[bytes[1] ?? TYPES.length];
  if (type === undefined) throw new MalformedMessage(`message type ${bytes[1]} is not known`);
  const reader = new Reader(bytes);
  switch (type) {
    case 'FOLLOWERINFO':
      return { type, acceptedEpoch: reader.number() };
    case 'OBSERVERINFO':
      return { type, acceptedEpoch: reader.number() };
    case 'ACKEPOCH':
      return { type, currentEpoch: reader.number(), lastZxid: reader.number() };
    case 'ACKNEWLEADER':
      return { type, epoch: reader.number() };
    case 'LEADERINFO':
      return { type, epoch: reader.number() };
    case 'ACK':
      return { type, zxid: reader.number() };
    case 'SNAP':
      return { type, zxid: reader.number() };
    case 'COMMIT':
      return { type, zxid: reader.number() };
    case 'PONG': {
      const round = reader.number();
      const touched: number[] = [];
      const count = reader.int();
      for (let i = 0; i < count; i++) touched.push(reader.number());
      return { type, round, touched };
    }
    case 'REQUEST':
      return decodeRequests(reader);
    case 'SYNC':
      return { type, requestId: reader.number() };
    case 'REVALIDATE':
      return {
        type,
        requestId: reader.number(),
        sessionId: reader.number(),
        timeoutMs: reader.int(),
        password: reader.bytes(),
      };
    case 'CREDIT':
      return { type, bytes: reader.number() };
    case 'HOLD':
      return { type };
    case 'DIFF':
      return { type, keepThrough: reader.number() };
    case 'TRUNC':
      return { type, keepThrough: reader.number() };
    case 'PIECE':
      return { type, bytes: reader.bytes() };
    case 'RECORDS':
      return { type, run: reader.run() };
    case 'PROPOSAL':
      return { type, run: reader.run() };
    case 'NEWLEADER':
      return {
        type,
        epoch: reader.number(),
        lastZxid: reader.number(),
        committedZxid: reader.number(),
        sequence: reader.number(),
      };
    case 'UPTODATE':
      return { type, committedZxid: reader.number() };
    case 'SYNCED':
      return { type, requestId: reader.number(), zxid: reader.number() };
    case 'REVALIDATED':
      return { type, requestId: reader.number(), valid: reader.int() === 1 };
    case 'PING':
      return { type, round: reader.number(), zxid: reader.number(), digest: reader.number() };
  }
}

export function decodeLinkMessage(bytes: Buffer): LinkMessage {
  const message = decodeMessage(bytes);
  if (isStreamMessage(message)) {
    throw new MalformedMessage(`${message.type} does not travel on a link`);
  }
  return message;
}

export function decodeStreamMessage(bytes: Buffer): StreamMessage {
  const message = decodeMessage(bytes);
  if (!isStreamMessage(message)) {
    throw new MalformedMessage(`${message.type} does not travel on a leader's stream`);
  }
  return message;
}
