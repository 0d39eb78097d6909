import { isOperationName, type OperationName } from './operation.ts';

/** What JSON can say: a script is kept as text. */
export type Value =
  | string
  | number
  | boolean
  | null
  | readonly Value[]
  | { readonly [key: string]: Value };

/** An operation, or the number of one that there is not. */
export type Asked = OperationName | `opcode ${number}`;

/**
 * One request as a script has it: its operation and the fields of its body by name. What is wrong on purpose:
 * `cut` takes so many bytes from the end of the body, `tail` puts some there, `body` replaces it, in hexadecimal;
 * `xid` is sent instead of the next one.
 */
export interface Request {
  readonly op: Asked;
  readonly fields: Readonly<Record<string, Value>>;
  readonly cut?: number;
  readonly tail?: number;
  readonly body?: string;
  readonly xid?: number;
}

export function isAsked(text: string): text is Asked {
  return isOperationName(text) || /^opcode -?\d+$/.test(text);
}

export function isList(value: Value | undefined): value is readonly Value[] {
  return Array.isArray(value);
}

export function isRecord(value: Value | undefined): value is { readonly [key: string]: Value } {
  return typeof value === 'object' && value !== null && !isList(value);
}

/** The requests inside a multi; none in any other. */
export function partsOf(request: Request): readonly Request[] {
  const { parts } = request.fields;
  return isList(parts) ? parts.map(requestOf) : [];
}

/** A create that asks for a TTL node and has no place for the TTL. */
export function isTtlWithout({ op, fields }: Request): boolean {
  return op !== 'createTtl' && (fields.flags === 5 || fields.flags === 6);
}

/** As JSON has it: the fields, and what is wrong on purpose, beside the operation. */
export function requestValue(request: Request): { readonly [key: string]: Value } {
  const { fields, ...rest } = request;
  return { ...rest, ...fields };
}

/** Throws RangeError where the value is no request. */
export function requestOf(value: Value): Request {
  if (!isRecord(value)) throw new RangeError(`no request: ${JSON.stringify(value)}`);
  const { op, cut, tail, body, xid, ...rest } = value;
  if (typeof op !== 'string' || !isAsked(op)) throw new RangeError(`no operation: ${String(op)}`);
  // A field may have the name of a mark where the operation has one of that name: none has.
  return {
    op,
    fields: rest,
    ...(typeof cut === 'number' ? { cut } : {}),
    ...(typeof tail === 'number' ? { tail } : {}),
    ...(typeof body === 'string' ? { body } : {}),
    ...(typeof xid === 'number' ? { xid } : {}),
  };
}
