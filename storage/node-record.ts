import { crc32 } from 'node:zlib';
import { type Acl, OPEN_ACL } from '../machines/znode/acl.ts';
import { NodeKind, type Znode } from '../machines/znode/znode.ts';

/**
 * A znode as bytes: CRC32 of the rest, format version, flags, the fixed fields, what the flags announce, and the
 * data to the end. Numbers of 64 bits are integers below 2^53, written as float64.
 */
const FORMAT_VERSION = 1;

const Flag = { noData: 4, openAcl: 8, owned: 16, ttl: 32, path: 64 } as const;
const KIND_MASK = 3;

const CHECKED_FROM = 4;
const FIXED_BYTES = 64;
const KINDS = [NodeKind.persistent, NodeKind.ephemeral, NodeKind.container, NodeKind.ttl] as const;

/** A value with every size known: two passes are cheaper than a buffer that grows. */
export function encodeNode(node: Znode, path: string | undefined): Buffer {
  const acl = node.acl === OPEN_ACL ? undefined : encodeAcl(node.acl);
  const pathBytes = path === undefined ? undefined : Buffer.from(path);
  const owned = node.ephemeralOwner !== 0;
  const ttl = node.ttlMs !== 0;
  const size =
    FIXED_BYTES +
    (owned ? 8 : 0) +
    (ttl ? 8 : 0) +
    (acl === undefined ? 0 : 4 + acl.byteLength) +
    (pathBytes === undefined ? 0 : 4 + pathBytes.byteLength) +
    (node.data?.byteLength ?? 0);
  const value = Buffer.allocUnsafe(size);
  value[4] = FORMAT_VERSION;
  value[5] =
    node.kind |
    (node.data === null ? Flag.noData : 0) |
    (acl === undefined ? Flag.openAcl : 0) |
    (owned ? Flag.owned : 0) |
    (ttl ? Flag.ttl : 0) |
    (pathBytes === undefined ? 0 : Flag.path);
  value[6] = 0;
  value[7] = 0;
  value.writeDoubleBE(node.czxid, 8);
  value.writeDoubleBE(node.mzxid, 16);
  value.writeDoubleBE(node.pzxid, 24);
  value.writeDoubleBE(node.ctimeMs, 32);
  value.writeDoubleBE(node.mtimeMs, 40);
  value.writeInt32BE(node.version, 48);
  value.writeInt32BE(node.childCreates, 52);
  value.writeInt32BE(node.aversion, 56);
  let offset = value.writeUInt32BE(node.childCount, 60);
  if (owned) offset = value.writeDoubleBE(node.ephemeralOwner, offset);
  if (ttl) offset = value.writeDoubleBE(node.ttlMs, offset);
  if (acl !== undefined) offset = writeBlock(value, acl, offset);
  if (pathBytes !== undefined) offset = writeBlock(value, pathBytes, offset);
  if (node.data !== null) value.set(node.data, offset);
  value.writeUInt32BE(crc32(value.subarray(CHECKED_FROM)), 0);
  return value;
}

/** A node that was read, and its path where its value carries it. */
export interface StoredNode {
  readonly node: Znode;
  readonly path: string | undefined;
}

/**
 * Copies what it keeps: the bytes may be a buffer that the next read fills, or pages that a commit reuses.
 * @returns `undefined` when the bytes are damaged
 */
export function decodeNode(bytes: Uint8Array, length: number): StoredNode | undefined {
  const value = Buffer.from(bytes.buffer, bytes.byteOffset, length);
  if (length < FIXED_BYTES || value.readUInt32BE(0) !== crc32(value.subarray(CHECKED_FROM))) {
    return undefined;
  }
  if (value[4] !== FORMAT_VERSION) return undefined;
  const flags = value[5] ?? 0;
  let offset = FIXED_BYTES;
  let ephemeralOwner = 0;
  let ttlMs = 0;
  let acl = OPEN_ACL;
  let path: string | undefined;
  if (flags & Flag.owned) {
    ephemeralOwner = value.readDoubleBE(offset);
    offset += 8;
  }
  if (flags & Flag.ttl) {
    ttlMs = value.readDoubleBE(offset);
    offset += 8;
  }
  if (!(flags & Flag.openAcl)) {
    const end = offset + 4 + value.readUInt32BE(offset);
    acl = decodeAcl(value, offset + 4, end);
    offset = end;
  }
  if (flags & Flag.path) {
    const end = offset + 4 + value.readUInt32BE(offset);
    path = value.toString('utf8', offset + 4, end);
    offset = end;
  }
  const node: Znode = {
    data: flags & Flag.noData ? null : Uint8Array.prototype.slice.call(value, offset),
    acl,
    czxid: value.readDoubleBE(8),
    mzxid: value.readDoubleBE(16),
    pzxid: value.readDoubleBE(24),
    ctimeMs: value.readDoubleBE(32),
    mtimeMs: value.readDoubleBE(40),
    version: value.readInt32BE(48),
    childCreates: value.readInt32BE(52),
    aversion: value.readInt32BE(56),
    childCount: value.readUInt32BE(60),
    kind: KINDS[flags & KIND_MASK] ?? NodeKind.persistent,
    ephemeralOwner,
    ttlMs,
  };
  return { node, path };
}

function writeBlock(target: Buffer, block: Uint8Array, offset: number): number {
  const start = target.writeUInt32BE(block.byteLength, offset);
  target.set(block, start);
  return start + block.byteLength;
}

function encodeAcl(acl: readonly Acl[]): Buffer {
  const parts: Buffer[] = [];
  for (const { perms, scheme, id } of acl) {
    const schemeBytes = Buffer.from(scheme);
    const idBytes = Buffer.from(id);
    const head = Buffer.allocUnsafe(12);
    head.writeInt32BE(perms, 0);
    head.writeUInt32BE(schemeBytes.byteLength, 4);
    head.writeUInt32BE(idBytes.byteLength, 8);
    parts.push(head, schemeBytes, idBytes);
  }
  return Buffer.concat(parts);
}

function decodeAcl(value: Buffer, start: number, end: number): readonly Acl[] {
  const acl: Acl[] = [];
  let offset = start;
  while (offset < end) {
    const perms = value.readInt32BE(offset);
    const schemeEnd = offset + 12 + value.readUInt32BE(offset + 4);
    const idEnd = schemeEnd + value.readUInt32BE(offset + 8);
    acl.push({
      perms,
      scheme: value.toString('utf8', offset + 12, schemeEnd),
      id: value.toString('utf8', schemeEnd, idEnd),
    });
    offset = idEnd;
  }
  return acl;
}
