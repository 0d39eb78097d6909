import { type Acl, OPEN_ACL } from '../znode/acl.ts';
import { WatcherType } from '../znode/watch.ts';
import { Opcode } from './opcode.ts';
import { JuteError, JuteReader } from './reader.ts';
import type {
  ConnectRequest,
  CreateOperation,
  MultiOperation,
  Operation,
  ReadOperation,
  ReadPart,
  RequestHeader,
  WriteOperation,
} from './request.ts';
import { TextMemo } from './text-memo.ts';

/** Bytes of a RequestHeader: where the body begins in a payload. */
export const REQUEST_HEADER_BYTES = 8;
const PASSWORD_BYTES = 16;
const EMPTY = Buffer.alloc(0);
const NO_PATHS: readonly string[] = Object.freeze([]);

/** CreateMode values, reference §3.4. */
const CONTAINER_FLAG = 4;
const TTL_FLAG = 5;
const TTL_SEQUENTIAL_FLAG = 6;

/** Least bytes of an element: a string is a length, an ACL is perms and two strings. */
const STRING_BYTES = 4;
const ACL_BYTES = 12;
/** A vector of one element, `world:anyone` with every permission, as nearly every create sends it. */
const OPEN_ACL_VECTOR = Buffer.from(
  '\0\0\0\x01\0\0\0\x1f\0\0\0\x05world\0\0\0\x06anyone',
  'latin1',
);

/** Reads the first frame of a connection. A JuteError means: close, without a reply (reference §1.1). */
export function decodeConnectRequest(payload: Buffer): ConnectRequest {
  const reader = new JuteReader(payload);
  return {
    protocolVersion: reader.int(),
    lastZxidSeen: reader.long(),
    timeoutMs: reader.int(),
    sessionId: reader.long(),
    password: reader.buffer() ?? EMPTY,
    readOnly: reader.remaining > 0 ? reader.boolean() : undefined,
  };
}

/** Reads the header of any later frame. A JuteError means: close, without a reply (reference §1.1). */
export function decodeHeader(reader: JuteReader): RequestHeader {
  return { xid: reader.int(), opcode: reader.int() };
}

/** Whether the operation changes the replicated state, and so goes to the leader. */
export function isWrite(opcode: number): boolean {
  switch (opcode) {
    case Opcode.create:
    case Opcode.create2:
    case Opcode.createContainer:
    case Opcode.createTtl:
    case Opcode.delete:
    case Opcode.setData:
    case Opcode.setAcl:
    case Opcode.multi:
    case Opcode.reconfig:
    case Opcode.createSession:
    case Opcode.closeSession:
      return true;
    default:
      return false;
  }
}

/**
 * Reads the body of a client's request. `undefined` where no client may send the opcode
 * or none of that number is served: answer UNIMPLEMENTED and close (reference §3.1). Throws JuteError where the
 * body does not fit the opcode: answer MARSHALLINGERROR. Bytes behind the body are ignored.
 */
export function decodeOperation(opcode: number, reader: JuteReader): Operation | undefined {
  switch (opcode) {
    case Opcode.getData:
      return { op: 'getData', path: path(reader), watch: reader.boolean() };
    case Opcode.exists:
      return { op: 'exists', path: path(reader), watch: reader.boolean() };
    case Opcode.getChildren:
      return { op: 'getChildren', path: path(reader), watch: reader.boolean() };
    case Opcode.getChildren2:
      return { op: 'getChildren2', path: path(reader), watch: reader.boolean() };
    case Opcode.getAcl:
      return { op: 'getAcl', path: path(reader) };
    case Opcode.ping:
      return { op: 'ping' };
    case Opcode.sync:
      return { op: 'sync', path: path(reader) };
    case Opcode.auth:
      reader.int();
      return { op: 'auth', scheme: reader.ustring() ?? '', auth: reader.buffer() };
    case Opcode.sasl:
      // The token is for nobody: there is no SASL (reference §8.5).
      reader.buffer();
      return { op: 'sasl' };
    case Opcode.setWatches:
      return setWatchesOperation(reader, false);
    case Opcode.setWatches2:
      return setWatchesOperation(reader, true);
    case Opcode.addWatch:
      return { op: 'addWatch', path: path(reader), recursive: isRecursive(reader.int()) };
    case Opcode.removeWatches:
      return { op: 'removeWatches', path: path(reader), type: watcherType(reader.int()) };
    case Opcode.checkWatches:
      return { op: 'checkWatches', path: path(reader), type: watcherType(reader.int()) };
    case Opcode.getEphemerals:
      return { op: 'getEphemerals', prefix: reader.ustring() ?? '' };
    case Opcode.getAllChildrenNumber:
      return { op: 'getAllChildrenNumber', path: path(reader) };
    case Opcode.whoAmI:
      return { op: 'whoAmI' };
    case Opcode.multiRead:
      return { op: 'multiRead', parts: multiParts(reader, readPart) };
    case Opcode.createSession:
      return undefined;
    default:
      return write(opcode, reader);
  }
}

/**
 * Reads the raw body of a write that a member forwards. The body of createSession is a member's own: its timeout
 * and password. Throws JuteError, also for an opcode that is no write.
 */
export function decodeWrite(opcode: number, body: Buffer): WriteOperation {
  const operation = write(opcode, new JuteReader(body));
  if (operation === undefined) throw new JuteError('opcode is not a write');
  return operation;
}

function write(opcode: number, reader: JuteReader): WriteOperation | undefined {
  switch (opcode) {
    case Opcode.setData:
      return setDataOperation(reader);
    case Opcode.create:
      return createOperation(reader, Opcode.create);
    case Opcode.create2:
      return createOperation(reader, Opcode.create2);
    case Opcode.createContainer:
      return createOperation(reader, Opcode.createContainer);
    case Opcode.createTtl:
      return createOperation(reader, Opcode.createTtl);
    case Opcode.delete:
      return { op: 'delete', path: path(reader), version: reader.int() };
    case Opcode.setAcl:
      return { op: 'setAcl', path: path(reader), acl: aclVector(reader), version: reader.int() };
    case Opcode.multi:
      return { op: 'multi', parts: multiParts(reader, multiPart) };
    case Opcode.reconfig:
      return {
        op: 'reconfig',
        joining: reader.ustring(),
        leaving: reader.ustring(),
        newMembers: reader.ustring(),
        fromConfig: reader.long(),
      };
    case Opcode.createSession:
      return { op: 'createSession', timeoutMs: reader.int(), password: password(reader) };
    case Opcode.closeSession:
      return { op: 'closeSession' };
    // deleteContainer is not among them: it asks neither session nor ACL, so it is the leader's own alone. A client
    // that sends it is told that there is no such operation (reference §3.4).
    default:
      return undefined;
  }
}

function createOperation(reader: JuteReader, opcode: CreateOperation['opcode']): CreateOperation {
  return {
    op: 'create',
    opcode,
    path: path(reader),
    data: reader.buffer(),
    acl: aclVector(reader),
    flags: reader.int(),
    ttlMs: opcode === Opcode.createTtl ? reader.long() : 0,
  };
}

function setDataOperation(reader: JuteReader): WriteOperation & MultiOperation {
  return { op: 'setData', path: path(reader), data: reader.buffer(), version: reader.int() };
}

/** The flag `done` of a header ends the multi, whatever its type (reference §3.5). */
function multiParts<T>(reader: JuteReader, part: (type: number, reader: JuteReader) => T): T[] {
  const parts: T[] = [];
  for (;;) {
    const type = reader.int();
    const done = reader.boolean();
    reader.int();
    if (done) return parts;
    parts.push(part(type, reader));
  }
}

/** The flag of a watch is there and means nothing (reference §3.6). */
function readPart(type: number, reader: JuteReader): ReadPart {
  if (type !== Opcode.getData && type !== Opcode.getChildren) {
    throw new JuteError(`type ${type} is not allowed in a multiRead`);
  }
  const part = {
    op: type === Opcode.getData ? 'getData' : 'getChildren',
    path: path(reader),
  } as const;
  reader.boolean();
  return part;
}

function multiPart(type: number, reader: JuteReader): MultiOperation {
  switch (type) {
    case Opcode.create:
      return createPart(createOperation(reader, Opcode.create));
    case Opcode.create2:
      return createPart(createOperation(reader, Opcode.create2));
    case Opcode.createContainer:
      return createPart(createOperation(reader, Opcode.createContainer));
    case Opcode.createTtl:
      return createPart(createOperation(reader, Opcode.createTtl));
    case Opcode.delete:
      return { op: 'delete', path: path(reader), version: reader.int() };
    case Opcode.setData:
      return setDataOperation(reader);
    case Opcode.check:
      return { op: 'check', path: path(reader), version: reader.int() };
    default:
      throw new JuteError(`type ${type} is not allowed in a multi`);
  }
}

/**
 * In a multi the flag of a container makes any create a createContainer, and the result has that type. Else the type
 * stays, so that create2 is answered with a Stat (reference §3.5). Flags that there are not fail the whole multi, and so
 * do those of a TTL node where there is no TTL (reference §3.4). A createTTL of something else is a plain create,
 * whose flags are its own affair.
 */
function createPart(create: CreateOperation): CreateOperation {
  const { flags, opcode } = create;
  if (opcode === Opcode.createTtl && (flags === TTL_FLAG || flags === TTL_SEQUENTIAL_FLAG)) {
    return create;
  }
  if (flags === CONTAINER_FLAG) return { ...create, opcode: Opcode.createContainer, ttlMs: 0 };
  if (opcode === Opcode.createTtl) return { ...create, opcode: Opcode.create, ttlMs: 0 };
  if (flags < 0 || flags > CONTAINER_FLAG) throw new JuteError(`create flag ${flags} in a multi`);
  return create;
}

function setWatchesOperation(reader: JuteReader, hasPersistent: boolean): ReadOperation {
  return {
    op: 'setWatches',
    relativeZxid: reader.long(),
    data: paths(reader),
    exist: paths(reader),
    child: paths(reader),
    persistent: hasPersistent ? paths(reader) : NO_PATHS,
    persistentRecursive: hasPersistent ? paths(reader) : NO_PATHS,
  };
}

/** Modes of addWatch, reference §3.8. */
function isRecursive(mode: number): boolean {
  if (mode !== 0 && mode !== 1) throw new JuteError(`there is no mode ${mode} of a watch`);
  return mode === 1;
}

function watcherType(value: number): WatcherType {
  const type = Object.values(WatcherType).find((one) => one === value);
  if (type === undefined) throw new JuteError(`there is no type ${value} of a watcher`);
  return type;
}

/** Only saves work: what is decoded does not depend on what it holds. */
const lately = new TextMemo();

function path(reader: JuteReader): string {
  const value = reader.knownText(lately);
  if (value === null) throw new JuteError('path is null');
  return value;
}

function paths(reader: JuteReader): string[] {
  const count = reader.count(STRING_BYTES) ?? 0;
  const values: string[] = [];
  for (let index = 0; index < count; index += 1) values.push(path(reader));
  return values;
}

function password(reader: JuteReader): Buffer {
  const value = reader.buffer();
  if (value?.length !== PASSWORD_BYTES) throw new JuteError('password is not 16 bytes');
  return value;
}

function aclVector(reader: JuteReader): readonly Acl[] | null {
  if (reader.skip(OPEN_ACL_VECTOR)) return OPEN_ACL;
  const count = reader.count(ACL_BYTES);
  if (count === null) return null;
  const acl: Acl[] = [];
  for (let index = 0; index < count; index += 1) {
    acl.push({
      perms: reader.int(),
      scheme: reader.ustring() ?? '',
      id: reader.ustring() ?? '',
    });
  }
  return acl;
}
