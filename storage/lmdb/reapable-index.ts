import type { Zxid } from '../../machines/zab/zxid.ts';
import { CorruptRecord } from '../error.ts';
import { isSoundKey, KEY_BYTES_MAX, pathOfKey, writeNodeKey } from '../node-key.ts';
import { decodeNode, isReapableNode } from '../node-record.ts';
import { decodeReapable, encodeReapable } from '../reapable-record.ts';
import { sealNumbers, unsealNumbers } from '../sealed-numbers.ts';
import type { Environment, KeyEncoder, Table, View } from './environment.ts';

/** Name of the table. */
export const REAPABLES = 'reapables';

const FORMAT_VERSION = 1;
const MARK_KEY = Buffer.from(REAPABLES);
const FIRST_KEY = Buffer.alloc(1);

/**
 * The containers and TTL nodes of a tree, under the keys of their nodes: the leader finds them without going through all
 * nodes. A mark says at which zxid the index is exact, in the same commit as the nodes. A program that knew of no
 * index moves the tree on and the mark not; then the index is made anew when the tree is opened.
 */
export class ReapableIndex {
  readonly #table: Table<string | Uint8Array>;
  readonly #marks: Table;
  readonly #file: string;

  constructor(
    environment: Environment,
    marks: Table,
    nodeKeys: KeyEncoder<string | Uint8Array, Uint8Array>,
  ) {
    this.#table = environment.tableWithKeys(REAPABLES, nodeKeys);
    this.#marks = marks;
    this.#file = environment.file;
  }

  /** In this and the following, staged for the commit being written. */
  put(path: string): void {
    void this.#table.put(path, encodeReapable(path));
  }

  remove(path: string): void {
    void this.#table.remove(path);
  }

  /** A node that came as it is stored. */
  putStored(key: Uint8Array, value: Uint8Array): void {
    if (isReapableNode(value)) this.put(this.#pathOf(key, value));
  }

  markExactAt(zxid: Zxid): void {
    void this.#marks.put(MARK_KEY, sealNumbers(FORMAT_VERSION, [zxid]));
  }

  /** @throws CorruptRecord */
  paths(after: string | undefined, limit: number, view?: View): string[] {
    const range = after === undefined ? { start: FIRST_KEY } : this.#behind(after);
    const paths: string[] = [];
    for (const { key, value } of this.#table.getRange({ ...range, ...view, limit })) {
      const path = isSoundKey(key) ? decodeReapable(value) : undefined;
      if (path === undefined) throw this.#corrupt('a container or TTL node in the index');
      paths.push(path);
    }
    return paths;
  }

  /** Brings the index to the nodes where it is not: for opening only. @throws CorruptRecord, StorageError */
  complete(environment: Environment, nodes: Table<string | Uint8Array>, zxid: Zxid): void {
    const mark = this.#marks.getBinary(MARK_KEY);
    const [exactAt] = (mark && unsealNumbers(FORMAT_VERSION, mark, 1)) ?? [];
    if (exactAt === zxid) return;
    const former = [...this.#table.getKeys({ start: FIRST_KEY })];
    const paths: string[] = [];
    for (const { key, value } of nodes.getRange({ start: FIRST_KEY })) {
      if (isReapableNode(value)) paths.push(this.#pathOf(key, value));
    }
    environment.commitSync(() => {
      for (const key of former) void this.#table.remove(key);
      for (const path of paths) this.put(path);
      this.markExactAt(zxid);
    });
    environment.refresh();
  }

  #behind(path: string): { start: Uint8Array; exclusiveStart: true } {
    const buffer = Buffer.alloc(KEY_BYTES_MAX);
    const end = writeNodeKey(path, buffer, 0);
    return { start: buffer.subarray(0, end), exclusiveStart: true };
  }

  #pathOf(key: Uint8Array, value: Uint8Array): string {
    const path = isSoundKey(key)
      ? (pathOfKey(key) ?? decodeNode(value, value.length)?.path)
      : undefined;
    if (path === undefined) throw this.#corrupt('a container or TTL node');
    return path;
  }

  #corrupt(what: string): CorruptRecord {
    return new CorruptRecord(this.#file, 0, 0, `${what} is unreadable`);
  }
}
