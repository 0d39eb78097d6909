import { DiskFull, StorageError } from '../error.ts';

/** ENOSPC, EFBIG, EDQUOT: as lmdb gives them, and as Node does. */
const NO_ROOM = new Set<unknown>([28, 27, 122, 'ENOSPC', 'EFBIG', 'EDQUOT']);

/** Whatever a library threw, as an error of ours that says what was attempted. */
export function asStorageError(error: unknown, attempt: string): StorageError {
  if (error instanceof StorageError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  const message = `${attempt}: ${reason}`;
  const options = { cause: error };
  return NO_ROOM.has(codeOf(error))
    ? new DiskFull(message, options)
    : new StorageError(message, options);
}

function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}
