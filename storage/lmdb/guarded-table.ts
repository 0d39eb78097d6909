import { CorruptRecord } from '../error.ts';
import { asStorageError } from './failure.ts';
import type { Range, Table, View } from './table.ts';

/** A table whose reads fail in words: what the library says of a damaged page is said of the file. */
export class GuardedTable<Key, KeyRead> implements Table<Key, KeyRead> {
  readonly #table: Table<Key, KeyRead>;
  readonly #path: string;

  /** @param path of the environment */
  constructor(table: Table<Key, KeyRead>, path: string) {
    this.#table = table;
    this.#path = path;
  }

  getBinary(key: Key, view?: View): Uint8Array | undefined {
    try {
      return this.#table.getBinary(key, view);
    } catch (error) {
      throw this.#failure(error);
    }
  }

  getBinaryFast(key: Key, view?: View): Uint8Array | undefined {
    try {
      return this.#table.getBinaryFast(key, view);
    } catch (error) {
      throw this.#failure(error);
    }
  }

  *getKeys(range: Range): Generator<KeyRead> {
    try {
      yield* this.#table.getKeys(range);
    } catch (error) {
      throw this.#failure(error);
    }
  }

  *getRange(range: Range): Generator<{ key: KeyRead; value: Uint8Array }> {
    try {
      yield* this.#table.getRange(range);
    } catch (error) {
      throw this.#failure(error);
    }
  }

  put(key: Key, value: Uint8Array): Promise<boolean> {
    return this.#table.put(key, value);
  }

  remove(key: Key): Promise<boolean> {
    return this.#table.remove(key);
  }

  clearAsync(): Promise<void> {
    return this.#table.clearAsync();
  }

  #failure(error: unknown): Error {
    const failure = asStorageError(error, `cannot read ${this.#path}`, this.#path);
    if (!isOfBrokenRead(error)) return failure;
    return new CorruptRecord(`${this.#path}/data.mdb`, 0, 0, failure.message);
  }
}

/** MDB_BAD_TXN. Nothing but a damaged page, which the library met a moment before, breaks a transaction that only reads. */
function isOfBrokenRead(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === -30782;
}
