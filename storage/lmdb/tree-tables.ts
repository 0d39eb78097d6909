import type { SessionRecord, Znode } from '../../machines/znode/znode.ts';
import { type CheckpointMark, decodeMark } from '../checkpoint-mark.ts';
import { CorruptRecord } from '../error.ts';
import {
  childRange,
  isHashed,
  isSoundKey,
  nameOfKey,
  pathOfKey,
  writeNodeKey,
} from '../node-key.ts';
import { decodeNode, isSoundNode } from '../node-record.ts';
import { decodeSession, sessionIdOfKey } from '../session-value.ts';
import type { Environment, KeyEncoder, Table, View } from './environment.ts';
import { ReapableIndex } from './reapable-index.ts';

/** A path is written straight into the buffer that the library reads keys from; ranges bring their bytes along. */
const nodeKeys: KeyEncoder<string | Uint8Array, Uint8Array> = {
  writeKey(key, target, start) {
    if (typeof key === 'string') return writeNodeKey(key, target, start);
    target.set(key, start);
    return start + key.byteLength;
  },
  readKey(source, start, end) {
    return new Uint8Array(source.subarray(start, end));
  },
};

/** Stands for a name whose key is damaged: no path has this character (reference §6.1). */
const DAMAGED = '\0';

/** The same keys, read as the name of the child where the key tells it: a long list of names has no other cost. */
const childKeys: KeyEncoder<string | Uint8Array, string | Uint8Array> = {
  writeKey: nodeKeys.writeKey,
  readKey(source, start, end) {
    const name = nameOfKey(source, start, end);
    return name === undefined ? nodeKeys.readKey(source, start, end) : (name ?? DAMAGED);
  },
};

/** Name of the table of nodes. */
export const NODES = 'nodes';

export const MARK_KEY = Buffer.from('checkpoint');

/** The tables of a tree, and how they are read. */
export class TreeTables {
  readonly nodes: Table<string | Uint8Array>;
  readonly #children: Table<string | Uint8Array, string | Uint8Array>;
  readonly sessions: Table;
  readonly marks: Table;
  readonly reapables: ReapableIndex;
  readonly #file: string;

  constructor(environment: Environment) {
    this.nodes = environment.tableWithKeys(NODES, nodeKeys);
    this.#children = environment.tableWithKeys(NODES, childKeys);
    this.sessions = environment.table('sessions');
    this.marks = environment.table('meta');
    this.reapables = new ReapableIndex(environment, this.marks, nodeKeys);
    this.#file = environment.file;
  }

  /** @throws CorruptRecord */
  mark(view?: View): CheckpointMark {
    const value = this.marks.getBinary(MARK_KEY, view);
    if (value === undefined) return { zxid: 0, totals: undefined };
    const mark = decodeMark(value);
    if (mark === undefined) throw this.#corrupt('the record of the last checkpoint is unreadable');
    return mark;
  }

  /** @throws CorruptRecord */
  node(path: string, view?: View): Znode | undefined {
    const value = this.nodes.getBinaryFast(path, view);
    if (value === undefined) return undefined;
    const stored = decodeNode(value, value.length);
    if (stored === undefined) throw this.#corrupt(`the node ${path} is unreadable`);
    if (stored.path !== undefined && stored.path !== path) {
      throw this.#corrupt(`two paths have the same hash, one of them ${path}`);
    }
    return stored.node;
  }

  /** Each once, or an error. @throws CorruptRecord */
  childNames(path: string, view?: View): string[] {
    const names: string[] = [];
    for (const key of this.#children.getKeys({ ...childRange(path), ...view })) {
      if (key === DAMAGED) throw this.#corrupt(`the name of a child of ${path} is unreadable`);
      const name = typeof key === 'string' ? key : this.#nameInValue(key, path, view);
      if (name === names.at(-1)) throw this.#corrupt(`${path} has the child ${name} twice`);
      if (name !== '') names.push(name);
    }
    return names;
  }

  /** A node as it is stored, for whoever passes it on. @throws CorruptRecord */
  assertSound(key: Uint8Array, value: Uint8Array): void {
    if (isSoundKey(key) && isSoundNode(value)) return;
    throw this.#corrupt(`the node ${pathOfKey(key) ?? 'under a hashed name'} is unreadable`);
  }

  sessionRecords(view?: View): [number, SessionRecord][] {
    const records: [number, SessionRecord][] = [];
    for (const { key, value } of this.sessions.getRange({ start: FIRST_KEY, ...view })) {
      const record = decodeSession(value);
      const id = sessionIdOfKey(key);
      if (record === undefined)
        throw this.#corrupt(`the session 0x${id.toString(16)} is unreadable`);
      records.push([id, record]);
    }
    return records;
  }

  #nameInValue(key: Uint8Array, parent: string, view?: View): string {
    const value = this.nodes.getBinary(key, view);
    const path = value === undefined ? undefined : decodeNode(value, value.length)?.path;
    if (path === undefined || !isHashed(path) || !isChild(path, parent)) {
      throw this.#corrupt(`a child of ${parent} is unreadable`);
    }
    return path.slice(path.lastIndexOf('/') + 1);
  }

  #corrupt(damage: string): CorruptRecord {
    return new CorruptRecord(this.#file, 0, 0, damage);
  }
}

const FIRST_KEY = Buffer.alloc(1);

function isChild(path: string, parent: string): boolean {
  const slash = path.lastIndexOf('/');
  return parent === '/' ? slash === 0 : path.slice(0, slash) === parent;
}
