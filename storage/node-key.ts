import { SHA256_BYTES, sha256 } from '../machines/znode/sha256.ts';
import { checksum } from './checksum.ts';
import { LastView } from './last-view.ts';

/**
 * Keys of znodes: two bytes that say how long the parent's path is, then the whole path in UTF-8. The children
 * of a node are therefore one range, and the length in front keeps deeper nodes out of it.
 *
 * A parent's path above PLAIN_BYTES_MAX is replaced by its hash, a name above it by 0xff (no byte of UTF-8) and its
 * hash. The value of such a node carries its path, so that what is read can be checked and the name be told.
 *
 * A key ends with a checksum of itself: a list of names is told from keys alone, and a name in which a bit has turned
 * over must not be told to anybody.
 */
const PLAIN_BYTES_MAX = 480;

/** No character takes more bytes of UTF-8 per UTF-16 unit: paths up to this many units are plain without a count. */
const PLAIN_UNITS_MAX = Math.floor(PLAIN_BYTES_MAX / 3);

const PREFIX_BYTES = 2;

const CHECKSUM_BYTES = 4;

/** Prefix, a plain parent, the slash, a plain name, the checksum. */
export const KEY_BYTES_MAX = PREFIX_BYTES + PLAIN_BYTES_MAX + 1 + PLAIN_BYTES_MAX + CHECKSUM_BYTES;
const HASHED_PARENT = 0xffff;
const HASHED_NAME = 0xff;
const SLASH = 0x2f;

const keyViews = new LastView();

/** Whether the node's value must carry its path because its key does not. */
export function isHashed(path: string): boolean {
  if (path.length <= PLAIN_UNITS_MAX) return false;
  const slash = path.lastIndexOf('/');
  return isLong(path.slice(0, slash)) || isLong(path.slice(slash + 1));
}

/** Writes the key of `path` and returns where it ends. Takes up to KEY_BYTES_MAX. */
export function writeNodeKey(path: string, target: Buffer, start: number): number {
  const end =
    path.length <= PLAIN_UNITS_MAX
      ? writeShortKey(path, target, start)
      : writeLongKey(path, target, start);
  target.writeUInt32BE(checksum(keyViews.of(target), start, end), end);
  return end + CHECKSUM_BYTES;
}

/** Whether the key is what was written. */
export function isSoundKey(key: Uint8Array, start = 0, end = key.byteLength): boolean {
  const from = end - CHECKSUM_BYTES;
  if (from < start + PREFIX_BYTES) return false;
  const view = keyViews.of(key);
  return view.getUint32(from) === checksum(view, start, from);
}

/** Nearly every path is short and ASCII: one pass finds that out, finds the slash, and writes. */
function writeShortKey(path: string, target: Buffer, start: number): number {
  const { length } = path;
  const first = start + PREFIX_BYTES;
  let slash = 0;
  for (let index = 0; index < length; index++) {
    const unit = path.charCodeAt(index);
    if (unit > 0x7f) return writeLongKey(path, target, start);
    if (unit === SLASH) slash = index;
    target[first + index] = unit;
  }
  target[start] = 0;
  target[start + 1] = slash;
  return first + length;
}

function writeLongKey(path: string, target: Buffer, start: number): number {
  const slash = path.lastIndexOf('/');
  const afterPrefix = writePrefix(path.slice(0, slash), target, start);
  return writeName(path.slice(slash + 1), target, afterPrefix);
}

/** The keys of all children of `path` lie between; the root's own key, of which the name is empty, is among those of its children. */
export function childRange(path: string): { start: Buffer; end: Buffer } {
  const parent = path === '/' ? '' : path;
  const target = Buffer.alloc(PREFIX_BYTES + PLAIN_BYTES_MAX + SHA256_BYTES + 1);
  const start = target.subarray(0, writePrefix(parent, target, 0));
  const end = Buffer.concat([start, Buffer.alloc(SHA256_BYTES + CHECKSUM_BYTES + 2, 0xff)]);
  return { start, end };
}

/**
 * The name in the key of a child, which is `source[start, end)`; `undefined` when only the value knows it for sure,
 * `null` when the key is damaged.
 */
export function nameOfKey(source: Buffer, start: number, end: number): string | undefined | null {
  if (!isSoundKey(source, start, end)) return null;
  const parentLength = source.readUInt16BE(start);
  const nameStart = start + PREFIX_BYTES + parentLength + 1;
  if (parentLength === HASHED_PARENT || source[nameStart] === HASHED_NAME) return undefined;
  return source.toString('utf8', nameStart, end - CHECKSUM_BYTES);
}

/** The path of a key that is sound; `undefined` when only the value knows. */
export function pathOfKey(key: Uint8Array): string | undefined {
  const parentLength = ((key[0] ?? 0) << 8) | (key[1] ?? 0);
  if (parentLength === HASHED_PARENT) return undefined;
  if (key[PREFIX_BYTES + parentLength + 1] === HASHED_NAME) return undefined;
  const bytes = Buffer.from(key.buffer, key.byteOffset, key.byteLength - CHECKSUM_BYTES);
  return bytes.toString('utf8', PREFIX_BYTES);
}

function writePrefix(parent: string, target: Buffer, start: number): number {
  let offset = start + PREFIX_BYTES;
  if (isLong(parent)) {
    target.writeUInt16BE(HASHED_PARENT, start);
    target.set(sha256(Buffer.from(parent)), offset);
    offset += SHA256_BYTES;
  } else {
    const length = target.write(parent, offset, 'utf8');
    target.writeUInt16BE(length, start);
    offset += length;
  }
  target[offset] = SLASH;
  return offset + 1;
}

function writeName(name: string, target: Buffer, start: number): number {
  if (!isLong(name)) return start + target.write(name, start, 'utf8');
  target[start] = HASHED_NAME;
  target.set(sha256(Buffer.from(name)), start + 1);
  return start + 1 + SHA256_BYTES;
}

function isLong(text: string): boolean {
  return text.length > PLAIN_UNITS_MAX && Buffer.byteLength(text) > PLAIN_BYTES_MAX;
}
