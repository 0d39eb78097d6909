import { unreachable } from '../invariant.ts';
import { ErrorCode } from '../jute/error-code.ts';
import type { Zxid } from '../zab/zxid.ts';
import { isOpenAcl } from './access.ts';
import { type Acl, OPEN_ACL } from './acl.ts';
import { MalformedRecord, RecordReader } from './record-reader.ts';
import type { RecordWriter } from './record-writer.ts';
import type { MultiPart, Txn, TxnBody } from './txn.ts';
import { NodeKind } from './znode.ts';

/**
 * First byte of every record. A txn as the log and the members' messages carry it: version, zxid (8 bytes,
 * right there so that it can be read alone), time (6 bytes), session, cxid, origin member, request id, body.
 */
const VERSION = 1;
const LENGTH_BYTES = 4;

const BodyTag = {
  create: 1,
  delete: 2,
  setData: 3,
  setAcl: 4,
  check: 5,
  createSession: 6,
  closeSession: 7,
  error: 8,
  multi: 9,
  setConfig: 10,
} as const;

const ERROR_CODES: ReadonlyMap<number, ErrorCode> = new Map(
  Object.values(ErrorCode).map((code) => [code, code]),
);
const NODE_KINDS: ReadonlyMap<number, NodeKind> = new Map(
  Object.values(NodeKind).map((kind) => [kind, kind]),
);

/** Appends the record of `txn` behind its own uint32 length. */
export function encodeTxn(txn: Txn, target: RecordWriter): void {
  const lengthAt = target.reserveUint32();
  const start = target.length;
  target.uint8(VERSION);
  target.uint64(txn.zxid);
  target.uint48(txn.timeMs);
  target.varint(txn.sessionId);
  target.uint32(txn.cxid);
  target.varint(txn.originMember);
  target.varint(txn.requestId);
  encodeBody(txn.body, target);
  target.setUint32(lengthAt, target.length - start);
}

/** The txn of the record at `start..end`, its length prefix excluded. Data are views of `bytes`. Throws MalformedRecord. */
export function decodeTxn(bytes: Uint8Array, start: number, end: number): Txn {
  const reader = new RecordReader(bytes, start, end);
  checkVersion(reader.uint8());
  const zxid = reader.uint64();
  const timeMs = reader.uint48();
  const sessionId = reader.varint();
  const cxid = reader.int32();
  const originMember = reader.varint();
  const requestId = reader.varint();
  const body = decodeBody(reader);
  if (!reader.isAtEnd) throw new MalformedRecord(`${reader.remaining} bytes after the txn`);
  return { zxid, timeMs, sessionId, cxid, originMember, requestId, body };
}

/** zxid of the record that begins at `start`, its length prefix excluded, without reading the rest. */
export function zxidAt(bytes: Uint8Array, start: number): Zxid {
  const reader = new RecordReader(bytes, start, bytes.length);
  checkVersion(reader.uint8());
  return reader.uint64();
}

/** Where a record lies within the bytes that hold it, its length prefix excluded. */
export interface RecordSpan {
  readonly start: number;
  readonly end: number;
}

/** The records of a run, each behind its uint32 length. Throws MalformedRecord where they do not fill `bytes`. */
export function* recordsOf(bytes: Uint8Array): Generator<RecordSpan> {
  const reader = new RecordReader(bytes, 0, bytes.length);
  let at = 0;
  while (at < bytes.length) {
    const length = reader.int32() >>> 0;
    reader.skip(length);
    const start = at + LENGTH_BYTES;
    at = start + length;
    yield { start, end: at };
  }
}

function checkVersion(version: number): void {
  if (version !== VERSION) throw new MalformedRecord(`txn record of version ${version}`);
}

function encodeBody(body: TxnBody, target: RecordWriter): void {
  switch (body.type) {
    case 'create':
      target.uint8(BodyTag.create);
      target.text(body.path);
      encodeData(body.data, target);
      encodeAcl(body.acl, target);
      target.uint8(body.kind);
      if (body.kind === NodeKind.ephemeral) target.varint(body.ephemeralOwner);
      if (body.kind === NodeKind.ttl) target.varint(body.ttlMs);
      target.uint32(body.parentChildCreates);
      return;
    case 'delete':
      target.uint8(BodyTag.delete);
      target.text(body.path);
      return;
    case 'setData':
      target.uint8(BodyTag.setData);
      target.text(body.path);
      encodeData(body.data, target);
      target.uint32(body.version);
      return;
    case 'setAcl':
      target.uint8(BodyTag.setAcl);
      target.text(body.path);
      encodeAcl(body.acl, target);
      target.uint32(body.aversion);
      return;
    case 'check':
      target.uint8(BodyTag.check);
      target.text(body.path);
      return;
    case 'setConfig':
      target.uint8(BodyTag.setConfig);
      target.bytes(body.data);
      return;
    case 'createSession':
      target.uint8(BodyTag.createSession);
      target.uint32(body.timeoutMs);
      target.bytes(body.password);
      return;
    case 'closeSession':
      target.uint8(BodyTag.closeSession);
      target.varint(body.paths.length);
      for (const path of body.paths) target.text(path);
      return;
    case 'error':
      target.uint8(BodyTag.error);
      target.uint32(body.code);
      return;
    case 'multi':
      target.uint8(BodyTag.multi);
      target.varint(body.parts.length);
      for (const part of body.parts) encodeBody(part, target);
      return;
    default:
      unreachable(body);
  }
}

function decodeBody(reader: RecordReader): TxnBody {
  const tag = reader.uint8();
  switch (tag) {
    case BodyTag.setAcl:
      return {
        type: 'setAcl',
        path: reader.text(),
        acl: decodeAcl(reader),
        aversion: reader.int32(),
      };
    case BodyTag.setConfig:
      return { type: 'setConfig', data: reader.bytes() };
    case BodyTag.createSession:
      return { type: 'createSession', timeoutMs: reader.int32(), password: reader.bytes() };
    case BodyTag.closeSession: {
      const paths: string[] = [];
      for (let left = reader.varint(); left > 0; left--) paths.push(reader.text());
      return { type: 'closeSession', paths };
    }
    case BodyTag.multi: {
      const parts: MultiPart[] = [];
      for (let left = reader.varint(); left > 0; left--) {
        parts.push(decodePart(reader.uint8(), reader));
      }
      return { type: 'multi', parts };
    }
    default:
      return decodePart(tag, reader);
  }
}

function decodePart(tag: number, reader: RecordReader): MultiPart {
  switch (tag) {
    case BodyTag.create: {
      const path = reader.text();
      const data = decodeData(reader);
      const acl = decodeAcl(reader);
      const kind = NODE_KINDS.get(reader.uint8());
      if (kind === undefined) throw new MalformedRecord('a node of unknown kind');
      const ephemeralOwner = kind === NodeKind.ephemeral ? reader.varint() : 0;
      const ttlMs = kind === NodeKind.ttl ? reader.varint() : 0;
      const parentChildCreates = reader.int32();
      return { type: 'create', path, data, acl, kind, ephemeralOwner, ttlMs, parentChildCreates };
    }
    case BodyTag.delete:
      return { type: 'delete', path: reader.text() };
    case BodyTag.setData:
      return {
        type: 'setData',
        path: reader.text(),
        data: decodeData(reader),
        version: reader.int32(),
      };
    case BodyTag.check:
      return { type: 'check', path: reader.text() };
    case BodyTag.error: {
      const code = ERROR_CODES.get(reader.int32());
      if (code === undefined) throw new MalformedRecord('an unknown error code');
      return { type: 'error', code };
    }
    default:
      throw new MalformedRecord(`a txn body of unknown type ${tag}`);
  }
}

/** Length plus one, so that 0 is null. */
function encodeData(data: Uint8Array | null, target: RecordWriter): void {
  if (data === null) {
    target.uint8(0);
    return;
  }
  target.varint(data.length + 1);
  target.raw(data);
}

function decodeData(reader: RecordReader): Uint8Array | null {
  const lengthPlusOne = reader.varint();
  return lengthPlusOne === 0 ? null : reader.raw(lengthPlusOne - 1);
}

/** Count plus one, so that 0 is OPEN_ACL: nearly every node has it. */
function encodeAcl(acl: readonly Acl[], target: RecordWriter): void {
  if (isOpenAcl(acl)) {
    target.uint8(0);
    return;
  }
  target.varint(acl.length + 1);
  for (const { perms, scheme, id } of acl) {
    target.uint32(perms);
    target.text(scheme);
    target.text(id);
  }
}

function decodeAcl(reader: RecordReader): readonly Acl[] {
  const countPlusOne = reader.varint();
  if (countPlusOne === 0) return OPEN_ACL;
  const acl: Acl[] = [];
  for (let left = countPlusOne - 1; left > 0; left--) {
    acl.push({ perms: reader.int32(), scheme: reader.text(), id: reader.text() });
  }
  return acl;
}
