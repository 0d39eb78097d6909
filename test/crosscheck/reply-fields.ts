import { errorName } from '../client/error.ts';
import type { JuteReader } from '../client/jute-reader.ts';
import { type Field, plain } from './field.ts';
import { isOperationName, OPERATIONS, type ReplyKind } from './operation.ts';
import type { Asked } from './request.ts';

/** The name of the session with this id, for those that the script has opened. */
export type SessionName = (id: bigint) => string;

const EVENTS: ReadonlyMap<number, string> = new Map([
  [1, 'NodeCreated'],
  [2, 'NodeDeleted'],
  [3, 'NodeDataChanged'],
  [4, 'NodeChildrenChanged'],
]);
/** The results of a multi by type (reference §3.5, §3.6). */
const RESULTS: ReadonlyMap<number, readonly ReplyKind[]> = new Map([
  [1, ['path']],
  [2, []],
  [4, ['data', 'stat']],
  [5, ['stat']],
  [8, ['names']],
  [13, []],
  [15, ['path', 'stat']],
]);
const ERROR_RESULT = -1;
const SHOWN_BYTES = 40;

/** Reads the payload of one reply behind its xid. Throws RangeError where it is shorter or longer than it has to be. */
export class ReplyDecoder {
  readonly #sessionName: SessionName;

  constructor(sessionName: SessionName) {
    this.#sessionName = sessionName;
  }

  /** Header and body; an error has no body, but for that of sasl (reference §1.5). */
  reply(reader: JuteReader, op: Asked): Field[] {
    const zxid = reader.long();
    const error = reader.int();
    const fields: Field[] = [plain('error', codeName(error)), { kind: 'zxid', name: 'zxid', zxid }];
    const kinds = isOperationName(op) ? OPERATIONS[op].reply : [];
    if (error === 0) for (const kind of kinds) fields.push(...this.#body(reader, kind, kind));
    else if (reader.remaining > 0) {
      if (op === 'sasl') fields.push(...this.#body(reader, 'token', 'token'));
      // A body that ZooKeeper had begun before it found the error.
      if (op === 'multiRead') fields.push(...this.#body(reader, 'results', 'results'));
    }
    reader.end();
    return fields;
  }

  event(reader: JuteReader): { event: string; path: string; fields: Field[] } {
    const zxid = reader.long();
    const error = reader.int();
    const type = reader.int();
    const state = reader.int();
    const path = reader.string();
    reader.end();
    const fields: Field[] = [
      plain('state', state),
      plain('error', error),
      { kind: 'zxid', name: 'event zxid', zxid },
    ];
    return { event: EVENTS.get(type) ?? `type ${type}`, path, fields };
  }

  #body(reader: JuteReader, kind: ReplyKind, name: string): Field[] {
    switch (kind) {
      case 'path':
        // Null is what ZooKeeper echoes to a sync that has none.
        return [plain(name, JSON.stringify(reader.buffer()?.toString('utf8') ?? null))];
      case 'stat':
        return this.#stat(reader, name);
      case 'data':
      case 'token':
        return [plain(name, bytesText(reader.buffer()))];
      case 'names':
        return [plain(name, JSON.stringify(reader.strings().sort()))];
      case 'acl':
        return [
          plain(
            name,
            JSON.stringify(reader.acl().map(({ perms, scheme, id }) => [perms, scheme, id])),
          ),
        ];
      case 'int':
        return [plain(name, reader.int())];
      case 'identities':
        return [plain(name, identities(reader))];
      case 'results':
        return this.#results(reader);
    }
  }

  #stat(reader: JuteReader, name: string): Field[] {
    const czxid = reader.long();
    const mzxid = reader.long();
    const ctimeMs = reader.long();
    const mtimeMs = reader.long();
    const version = reader.int();
    const cversion = reader.int();
    const aversion = reader.int();
    const owner = reader.long();
    const dataLength = reader.int();
    const numChildren = reader.int();
    const pzxid = reader.long();
    return [
      { kind: 'zxid', name: `${name}.czxid`, zxid: czxid },
      { kind: 'zxid', name: `${name}.mzxid`, zxid: mzxid },
      { kind: 'time', name: `${name}.ctime`, atMs: ctimeMs, zxid: czxid },
      { kind: 'time', name: `${name}.mtime`, atMs: mtimeMs, zxid: mzxid },
      plain(`${name}.version`, version),
      plain(`${name}.cversion`, cversion),
      plain(`${name}.aversion`, aversion),
      plain(`${name}.ephemeralOwner`, this.#sessionName(owner)),
      plain(`${name}.dataLength`, dataLength),
      plain(`${name}.numChildren`, numChildren),
      { kind: 'zxid', name: `${name}.pzxid`, zxid: pzxid },
    ];
  }

  /** Up to the terminator, behind which nothing may follow. */
  #results(reader: JuteReader): Field[] {
    const fields: Field[] = [];
    for (let index = 1; ; index += 1) {
      const type = reader.int();
      const done = reader.bool();
      const error = reader.int();
      if (done) return [...fields, plain('terminator', `${type} ${error}`)];
      const name = `result ${index}`;
      fields.push(plain(name, `type ${type} ${codeName(error)}`));
      if (type === ERROR_RESULT) fields.push(plain(`${name} code`, codeName(reader.int())));
      else {
        const kinds = RESULTS.get(type);
        if (kinds === undefined) throw new RangeError(`a result of type ${type}`);
        for (const kind of kinds) fields.push(...this.#body(reader, kind, `${name} ${kind}`));
      }
    }
  }
}

/** No order is promised (reference §3.8). */
function identities(reader: JuteReader): string {
  const count = reader.int();
  if (count < 0) throw new RangeError(`a vector of ${count}`);
  const all = Array.from({ length: count }, () => `${reader.string()}:${reader.string()}`);
  return JSON.stringify(all.sort());
}

/** Long data by its beginning, its length and a checksum of the rest: short enough to be read. */
function bytesText(bytes: Buffer | null): string {
  if (bytes === null) return 'null';
  const text = bytes.subarray(0, SHOWN_BYTES).toString('latin1');
  if (bytes.length <= SHOWN_BYTES) return JSON.stringify(text);
  let sum = 0;
  for (const byte of bytes) sum = (sum * 31 + byte) >>> 0;
  return `${JSON.stringify(text)}… ${bytes.length} bytes, sum ${sum}`;
}

function codeName(code: number): string {
  return code === 0 ? 'OK' : errorName(code);
}
