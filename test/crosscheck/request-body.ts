import { JuteWriter } from '../client/jute-writer.ts';
import { type BodyKind, isOperationName, OPERATIONS } from './operation.ts';
import { type Asked, isList, partsOf, type Request, type Value } from './request.ts';

/** What `seen` fields mean at this moment, on this server. */
export type Seen = (word: string) => bigint;

const STRAY = 0x5a;

export function opcodeOf(op: Asked): number {
  return isOperationName(op) ? OPERATIONS[op].opcode : Number(op.slice('opcode '.length));
}

/** The body's bytes, right or wrong as the request wants them. */
export function bodyOf(request: Request, seen: Seen): Buffer {
  if (request.body !== undefined) return Buffer.from(request.body, 'hex');
  const whole = isOperationName(request.op) ? fieldsOf(request, seen) : Buffer.alloc(0);
  const kept = whole.subarray(0, Math.max(0, whole.length - (request.cut ?? 0)));
  return Buffer.concat([kept, Buffer.alloc(request.tail ?? 0, STRAY)]);
}

function fieldsOf(request: Request, seen: Seen): Buffer {
  const writer = new JuteWriter();
  if (!isOperationName(request.op)) throw new RangeError(`${request.op} has no known body`);
  for (const [field, kind] of OPERATIONS[request.op].body) {
    if (kind === 'parts') writeParts(writer, partsOf(request), seen);
    else write(writer, kind, request.fields[field], seen, `${request.op} ${field}`);
  }
  return writer.bytes();
}

/** Each behind its header; the terminator ends them (reference §3.5). */
function writeParts(writer: JuteWriter, parts: readonly Request[], seen: Seen): void {
  for (const part of parts) {
    writer.int(opcodeOf(part.op)).bool(false).int(-1).raw(bodyOf(part, seen));
  }
  writer.int(-1).bool(true).int(-1);
}

function write(
  writer: JuteWriter,
  kind: Exclude<BodyKind, 'parts'>,
  value: Value | undefined,
  seen: Seen,
  name: string,
): void {
  switch (kind) {
    case 'string':
      writer.string(textOrNull(value, name));
      return;
    case 'data':
      writer.buffer(dataOf(value, name));
      return;
    case 'int':
      writer.int(numberOf(value, name));
      return;
    case 'long':
      writer.long(numberOf(value, name));
      return;
    case 'bool':
      writer.bool(value === true);
      return;
    case 'strings':
      writeList(writer, value, (one) => writer.string(textOrNull(one, name)), name);
      return;
    case 'acl':
      writeList(writer, value, (one) => writeAcl(writer, one, name), name);
      return;
    case 'seen':
      writer.long(seen(String(value)));
  }
}

/** `null` is the vector of length -1. */
function writeList(
  writer: JuteWriter,
  value: Value | undefined,
  element: (value: Value) => void,
  name: string,
): void {
  if (value === null) {
    writer.int(-1);
    return;
  }
  if (!isList(value)) throw new RangeError(`${name} is no list`);
  writer.int(value.length);
  for (const one of value) element(one);
}

function writeAcl(writer: JuteWriter, value: Value, name: string): void {
  if (!isList(value)) throw new RangeError(`${name} holds no entry`);
  const [perms, scheme, id] = value;
  writer.int(numberOf(perms, name)).string(textOrNull(scheme, name)).string(textOrNull(id, name));
}

function numberOf(value: Value | undefined, name: string): number {
  if (typeof value !== 'number') throw new RangeError(`${name} is no number`);
  return value;
}

function textOrNull(value: Value | undefined, name: string): string | null {
  if (value === null || typeof value === 'string') return value;
  throw new RangeError(`${name} is no string`);
}

function dataOf(value: Value | undefined, name: string): Buffer | null {
  if (typeof value === 'number') return Buffer.alloc(value, 'x');
  const text = textOrNull(value, name);
  return text === null ? null : Buffer.from(text, 'utf8');
}
