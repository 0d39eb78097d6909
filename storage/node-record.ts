import { type Acl, OPEN_ACL } from '../machines/znode/acl.ts';
import { isReapableKind, NO_DIGEST, NodeKind, type Znode } from '../machines/znode/znode.ts';
import { checksum } from './checksum.ts';
import { LastView } from './last-view.ts';

/**
 * A znode as bytes: checksum of the rest, format version, flags, the fixed fields, what the flags announce, and
 * the data to the end. Numbers of 64 bits are integers below 2^53, written as float64. All big-endian.
 */
const FORMAT_VERSION = 1;

const Flag = { noData: 4, openAcl: 8, owned: 16, ttl: 32, path: 64 } as const;
const KIND_MASK = 3;

const CHECKED_FROM = 4;
const FLAGS_AT = 5;
const FIXED_BYTES = 64;
const KINDS = [NodeKind.persistent, NodeKind.ephemeral, NodeKind.container, NodeKind.ttl] as const;

/** Values are cut from larger buffers: one view serves many, and lmdb looks up the address of a buffer once. */
const ARENA_BYTES = 256 * 1024;
const ARENA_VALUE_BYTES_MAX = 16 * 1024;

interface Arena {
  readonly bytes: Buffer;
  readonly view: DataView;
}

let arena = arenaOf(ARENA_BYTES);
let arenaUsed = 0;

/** @param path given where the key does not tell it */
export function encodeNode(node: Znode, path: string | undefined): Uint8Array {
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
    (node.data === null ? 0 : node.data.byteLength);
  const { bytes, view, start } = reserve(size);
  view.setUint8(start + 4, FORMAT_VERSION);
  view.setUint8(
    start + FLAGS_AT,
    node.kind |
      (node.data === null ? Flag.noData : 0) |
      (acl === undefined ? Flag.openAcl : 0) |
      (owned ? Flag.owned : 0) |
      (ttl ? Flag.ttl : 0) |
      (pathBytes === undefined ? 0 : Flag.path),
  );
  view.setUint16(start + 6, 0);
  view.setFloat64(start + 8, node.czxid);
  view.setFloat64(start + 16, node.mzxid);
  view.setFloat64(start + 24, node.pzxid);
  view.setFloat64(start + 32, node.ctimeMs);
  view.setFloat64(start + 40, node.mtimeMs);
  view.setInt32(start + 48, node.version);
  view.setInt32(start + 52, node.childCreates);
  view.setInt32(start + 56, node.aversion);
  view.setUint32(start + 60, node.childCount);
  let offset = start + FIXED_BYTES;
  if (owned) {
    view.setFloat64(offset, node.ephemeralOwner);
    offset += 8;
  }
  if (ttl) {
    view.setFloat64(offset, node.ttlMs);
    offset += 8;
  }
  if (acl !== undefined) offset = writeBlock(bytes, acl, offset);
  if (pathBytes !== undefined) offset = writeBlock(bytes, pathBytes, offset);
  if (node.data !== null) bytes.set(node.data, offset);
  const end = start + size;
  view.setUint32(start, checksum(view, start + CHECKED_FROM, end));
  return bytes.subarray(start, end);
}

const valueViews = new LastView();

/** A node that was read, and its path where its value carries it. */
export interface StoredNode {
  readonly node: Znode;
  readonly path: string | undefined;
}

/** Whether a value is what was written. */
export function isSoundNode(bytes: Uint8Array): boolean {
  return isSound(valueViews.of(bytes), bytes.byteLength);
}

/** Whether a sound value is of a container or a TTL node. */
export function isReapableNode(bytes: Uint8Array): boolean {
  return isReapableKind(kindIn(bytes[FLAGS_AT] ?? 0));
}

function kindIn(flags: number): NodeKind {
  return KINDS[flags & KIND_MASK] ?? NodeKind.persistent;
}

function isSound(view: DataView, length: number): boolean {
  return length >= FIXED_BYTES && view.getUint32(0) === checksum(view, CHECKED_FROM, length);
}

/**
 * Copies what it keeps: the bytes may be a buffer that the next read fills, or pages that a commit reuses.
 * @param length of the value at the start of `bytes`, which may be longer
 * @returns `undefined` when the bytes are damaged
 */
export function decodeNode(bytes: Uint8Array, length: number): StoredNode | undefined {
  const view = valueViews.of(bytes);
  if (!isSound(view, length)) return undefined;
  if (view.getUint8(4) !== FORMAT_VERSION) return undefined;
  const flags = view.getUint8(FLAGS_AT);
  let offset = FIXED_BYTES;
  let ephemeralOwner = 0;
  let ttlMs = 0;
  let acl = OPEN_ACL;
  let path: string | undefined;
  if (flags & Flag.owned) {
    ephemeralOwner = view.getFloat64(offset);
    offset += 8;
  }
  if (flags & Flag.ttl) {
    ttlMs = view.getFloat64(offset);
    offset += 8;
  }
  if (!(flags & Flag.openAcl)) {
    const end = offset + 4 + view.getUint32(offset);
    acl = decodeAcl(bufferOf(bytes), offset + 4, end);
    offset = end;
  }
  if (flags & Flag.path) {
    const end = offset + 4 + view.getUint32(offset);
    path = bufferOf(bytes).toString('utf8', offset + 4, end);
    offset = end;
  }
  const node: Znode = {
    data: flags & Flag.noData ? null : copyOf(bytes, offset, length),
    acl,
    czxid: view.getFloat64(8),
    mzxid: view.getFloat64(16),
    pzxid: view.getFloat64(24),
    ctimeMs: view.getFloat64(32),
    mtimeMs: view.getFloat64(40),
    version: view.getInt32(48),
    childCreates: view.getInt32(52),
    aversion: view.getInt32(56),
    childCount: view.getUint32(60),
    kind: kindIn(flags),
    ephemeralOwner,
    ttlMs,
    digest: NO_DIGEST,
  };
  return { node, path };
}

function arenaOf(size: number): Arena {
  const bytes = Buffer.allocUnsafeSlow(size);
  return { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength) };
}

function reserve(size: number): Arena & { readonly start: number } {
  if (size > ARENA_VALUE_BYTES_MAX) return { ...arenaOf(size), start: 0 };
  if (arenaUsed + size > ARENA_BYTES) {
    arena = arenaOf(ARENA_BYTES);
    arenaUsed = 0;
  }
  const start = arenaUsed;
  arenaUsed += size;
  return { bytes: arena.bytes, view: arena.view, start };
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function copyOf(bytes: Uint8Array, start: number, end: number): Uint8Array {
  const copy = Buffer.allocUnsafe(end - start);
  copy.set(bytes.subarray(start, end));
  return copy;
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
