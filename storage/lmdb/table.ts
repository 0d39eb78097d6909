/**
 * What is used of a table of lmdb. Keys and values are bytes; a table may have an encoder of its own that takes
 * `Key` and gives `KeyRead`.
 */
export interface Table<Key = Uint8Array, KeyRead = Uint8Array> {
  /** A copy. */
  getBinary(key: Key, view?: View): Uint8Array | undefined;
  /** Valid until the next read; its `length` is that of the value, not of its buffer. */
  getBinaryFast(key: Key, view?: View): Uint8Array | undefined;
  getKeys(range: Range): Iterable<KeyRead>;
  getRange(range: Range): Iterable<{ key: KeyRead; value: Uint8Array }>;
  /** Staged for the commit being written; what becomes of it, the commit tells. */
  put(key: Key, value: Uint8Array): Promise<boolean>;
  remove(key: Key): Promise<boolean>;
  clearAsync(): Promise<void>;
}

/** The transaction a read belongs to; the latest commit where there is none. */
export interface View {
  readonly transaction?: ReadTransaction;
}

export interface Range extends View {
  readonly start: Uint8Array;
  readonly end?: Uint8Array;
  readonly exclusiveStart?: boolean;
  readonly reverse?: boolean;
  readonly limit?: number;
}

export interface ReadTransaction {
  done(): void;
}

export interface KeyEncoder<Key, KeyRead> {
  writeKey(key: Key, target: Buffer, start: number): number;
  readKey(source: Buffer, start: number, end: number): KeyRead;
}
