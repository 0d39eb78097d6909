import { statfsSync } from 'node:fs';
import { CorruptRecord, DiskFull, StorageError } from '../error.ts';

/** ENOSPC, EFBIG, EDQUOT: as lmdb gives them, and as Node does. */
const NO_ROOM = new Set<unknown>([28, 27, 122, 'ENOSPC', 'EFBIG', 'EDQUOT']);

/** EIO: what LMDB makes of a write that the system cut short, for want of room more often than not. */
const CUT_SHORT = new Set<unknown>([5, 'EIO']);

/** MDB_PAGE_NOTFOUND, _CORRUPTED, _VERSION_MISMATCH, _INVALID, _INCOMPATIBLE: pages that are not as LMDB left them. */
const DAMAGED = new Set<unknown>([-30797, -30796, -30794, -30793, -30784]);
const ROOM_BYTES_MIN = 1024 * 1024;
/** Room for the pages of any one commit but a large checkpoint. */
const COMMIT_BYTES_MAX = 64 * 1024 * 1024;

/**
 * Before a commit: when the system refuses a page, lmdb 3.5.6 writes its text about it over the end of a buffer of 100
 * bytes, which may abort the process before anybody is told why. So the disk counts as full while there is still
 * room for one commit.
 * @returns bytes that are free
 * @throws DiskFull
 */
export function requireRoom(path: string, file: string, bytes = COMMIT_BYTES_MAX): number {
  const room = roomAt(path);
  if (room >= bytes) return room;
  const megabytes = Math.ceil(bytes / 2 ** 20);
  throw new DiskFull(`cannot write ${file}: less than ${megabytes} MB is left on its disk`);
}

/**
 * Whatever a library threw, as an error of ours that says what was attempted.
 * @param path on the file system that was written to
 */
export function asStorageError(error: unknown, attempt: string, path?: string): StorageError {
  if (error instanceof StorageError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  const options = { cause: error };
  const code = codeOf(error);
  if (NO_ROOM.has(code)) return new DiskFull(`${attempt}: ${reason}`, options);
  if (CUT_SHORT.has(code) && path !== undefined && roomAt(path) < ROOM_BYTES_MIN) {
    return new DiskFull(`${attempt}: No space left on device`, options);
  }
  if (DAMAGED.has(code)) {
    const file = path === undefined ? 'a file of LMDB' : `${path}/data.mdb`;
    return new CorruptRecord(file, 0, 0, `${attempt}: ${reason}`);
  }
  return new StorageError(`${attempt}: ${reason}`, options);
}

function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}

/** Bytes that are free; without end where nobody can say. */
function roomAt(path: string): number {
  try {
    const { bavail, bsize } = statfsSync(path);
    return bavail * bsize;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
