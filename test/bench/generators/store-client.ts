/** What the generator in Node.js needs of a store of keys and values. */
export interface StoreClient {
  /** Resolves when the store has acknowledged it. */
  set(key: string, value: Uint8Array): Promise<void>;
  /** Rejects when there is no such key. */
  get(key: string): Promise<void>;
  close(): Promise<void>;
}
