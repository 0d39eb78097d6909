import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { CorruptRecord } from '../error.ts';

/**
 * The file of an LMDB environment as it lies on the disk, little-endian. A page begins with its number (8 bytes), the
 * number of the transaction that wrote it (8), 2 unused bytes, its flags (2), and where its free room begins (2) and
 * ends (2). Pages 0 and 1 are meta pages: transaction n writes page n % 2.
 */
const PAGE = { number: 0, transaction: 8, flags: 18, lower: 20, upper: 22, header: 24 } as const;
const PAGE_FLAG = { branch: 1, leaf: 2, meta: 8 } as const;
const META = {
  ...{ magic: 24, version: 28, mapBytes: 40, pageBytes: 48, freeTable: 48, mainTable: 96 },
  ...{ lastPage: 144, transaction: 152, end: 160 },
} as const;
const MAGIC = 0xbeefc0de;
const VERSION = 2;
/** Of a node in a page: its flags, the length of its key, and where the key begins. */
const NODE = { flags: 4, keyBytes: 6, key: 8 } as const;
const NODE_FLAG = { overflow: 1, table: 2 } as const;
/** Of a value too large for its node: its first page, and how many it fills. */
const OVERFLOW = { first: 0, count: 16, bytes: 24 } as const;
/** Of a table: how many keys it has, and its first page. */
const TABLE = { entries: 32, root: 40 } as const;
/** The root of a table that is empty. */
const NO_PAGE = 2n ** 64n - 1n;
const PAGE_BYTES_MAX = 65536;

interface TableRecord {
  readonly entries: bigint;
  readonly root: bigint;
  /** `undefined` for the two that every file has. */
  readonly name?: string;
}

/** A page that is still to be walked, and between which keys all of its own lie. */
interface Waiting {
  readonly number: bigint;
  readonly low?: Buffer | undefined;
  readonly high?: Buffer | undefined;
}

export interface PageWalk {
  /** Whether a key of that table is what was written. */
  isSound?(table: string, key: Buffer): boolean;
}

interface Meta {
  readonly pageBytes: number;
  readonly free: TableRecord;
  readonly main: TableRecord;
  readonly lastPage: bigint;
  readonly transaction: bigint;
  readonly mapBytes: bigint;
}

/**
 * Looks at a file before LMDB maps it: a page that is missing at its end would end the process by SIGBUS, without a word,
 * and a meta page that is damaged would be passed over for the one before it, without the last commit.
 *
 * The two meta pages prove one another: their transactions are neighbours, and each wrote the root of the main table it
 * names, for every commit writes that page. A failed write of a meta page, too, leaves them in disagreement; the member
 * is replaced then as for any damage.
 *
 * LMDB has no checksums, so that some damage to its own pages cannot be seen here: to the lists of free pages, to the
 * lower bits of the number of the last page, to the headers of pages of large values, or a table that is made to begin
 * with a page of its past.
 *
 * @param walk to go through all tables as well: by a damaged page LMDB may lose keys, or the process its life. Every key
 * has to be found where its order says, or a look-up would miss it. It takes as long as it takes to read the keys, so it
 * is for a file of bounded size.
 * @throws CorruptRecord
 */
export function checkDataFile(file: string, walk?: PageWalk): void {
  let descriptor: number;
  try {
    descriptor = openSync(file, 'r');
  } catch {
    // A new environment; what else may be wrong, LMDB says.
    return;
  }
  try {
    const pages = new DataFile(file, descriptor);
    // LMDB makes the file before it writes to it.
    if (pages.bytes > 0) pages.check(walk);
  } finally {
    closeSync(descriptor);
  }
}

class DataFile {
  readonly bytes: number;
  readonly #file: string;
  readonly #descriptor: number;

  constructor(file: string, descriptor: number) {
    this.#file = file;
    this.#descriptor = descriptor;
    this.bytes = fstatSync(descriptor).size;
  }

  check(walk: PageWalk | undefined): void {
    const first = this.#meta(0, 0);
    const second = this.#meta(1, first.pageBytes);
    const isNew = first.transaction === 0n && second.transaction === 0n;
    const areNeighbours =
      first.transaction % 2n === 0n &&
      (second.transaction === first.transaction + 1n ||
        second.transaction === first.transaction - 1n);
    if (!isNew && !areNeighbours) {
      throw this.#damage(
        `its meta pages are of transactions ${first.transaction} and ${second.transaction}`,
      );
    }
    const newest = first.transaction > second.transaction ? first : second;
    if (bytesOf(newest) > Math.max(this.bytes, Number(newest.mapBytes))) {
      throw this.#damage(`page ${newest.lastPage}, its last, is outside the map of the file`);
    }
    // The pages that are missing may all be free: one that a transaction took and gave back is never written.
    if (walk !== undefined || this.bytes < bytesOf(newest)) this.#walk(newest, walk ?? {});
    for (const meta of [first, second]) this.#checkRoot(meta);
  }

  #meta(number: number, offset: number): Meta {
    const page = this.#read(offset, META.end);
    const isMeta =
      page !== undefined &&
      (page.readUInt16LE(PAGE.flags) & PAGE_FLAG.meta) !== 0 &&
      page.readUInt32LE(META.magic) === MAGIC &&
      page.readUInt16LE(META.version) === VERSION;
    if (!isMeta) throw this.#damage(`page ${number} is not a meta page`);
    const pageBytes = page.readUInt32LE(META.pageBytes);
    if (pageBytes < META.end || pageBytes > PAGE_BYTES_MAX) {
      throw this.#damage(`page ${number} says that pages have ${pageBytes} bytes`);
    }
    return {
      pageBytes,
      free: tableAt(page, META.freeTable),
      main: tableAt(page, META.mainTable),
      lastPage: page.readBigUInt64LE(META.lastPage),
      transaction: page.readBigUInt64LE(META.transaction),
      mapBytes: page.readBigUInt64LE(META.mapBytes),
    };
  }

  #checkRoot({ main: { root }, transaction, pageBytes }: Meta): void {
    if (root === NO_PAGE) return;
    const page = this.#read(Number(root) * pageBytes, PAGE.header);
    const isRoot =
      page !== undefined &&
      page.readBigUInt64LE(PAGE.number) === root &&
      page.readBigUInt64LE(PAGE.transaction) === transaction;
    if (!isRoot) {
      throw this.#damage(`page ${root} is not the one that transaction ${transaction} wrote`);
    }
  }

  /** Through every page that is in use. */
  #walk(meta: Meta, { isSound }: PageWalk): void {
    const tables: TableRecord[] = [meta.free, meta.main];
    let seen = 0n;
    for (const table of tables) {
      // The keys of the list of free pages are numbers, in an order of their own.
      const isOrdered = table !== meta.free;
      const waiting: Waiting[] = table.root === NO_PAGE ? [] : [{ number: table.root }];
      let found = 0n;
      for (let page = waiting.pop(); page !== undefined; page = waiting.pop()) {
        seen += 1n;
        if (seen > meta.lastPage) throw this.#damage('its pages name one another in a circle');
        const nodes = [...this.#nodesOf(page.number, meta)];
        if (isOrdered) this.#checkOrder(nodes, page);
        for (const [at, node] of nodes.entries()) {
          if (node.child !== undefined) {
            const low = at === 0 ? page.low : node.key;
            const high = nodes[at + 1]?.key ?? page.high;
            waiting.push({ number: node.child, low, high });
            continue;
          }
          found += 1n;
          if (node.table !== undefined) tables.push({ ...node.table, name: nameIn(node.key) });
          if (Number(node.pagesEnd ?? 0n) * meta.pageBytes > this.bytes) throw this.#shorter(meta);
          if (table.name !== undefined && isSound?.(table.name, node.key) === false) {
            throw this.#damage(`page ${page.number} has a key in which a bit has turned over`);
          }
        }
      }
      if (found !== table.entries) {
        throw this.#damage(`a table of ${table.entries} keys has ${found}`);
      }
    }
  }

  /** The first key of a page that has pages below is not looked at, by LMDB neither. */
  #checkOrder(nodes: readonly Node[], { number, low, high }: Waiting): void {
    let last = low;
    for (const [at, { child, key }] of nodes.entries()) {
      if (child !== undefined && at === 0) continue;
      const isFirstOfLeaf = at === 0 || last === low;
      const order = last === undefined ? 1 : Buffer.compare(key, last);
      const isBehind = isFirstOfLeaf ? order >= 0 : order > 0;
      if (!isBehind || (high !== undefined && Buffer.compare(key, high) >= 0)) {
        throw this.#damage(`the keys of page ${number} are out of order`);
      }
      last = key;
    }
  }

  *#nodesOf(number: bigint, meta: Meta): Generator<Node> {
    const page = this.#read(Number(number) * meta.pageBytes, meta.pageBytes);
    if (page === undefined) {
      if (number <= meta.lastPage) throw this.#shorter(meta);
      throw this.#damage(`there is no page ${number}`);
    }
    const flags = page.readUInt16LE(PAGE.flags);
    const isLeaf = flags === PAGE_FLAG.leaf;
    const isKnown = isLeaf || flags === PAGE_FLAG.branch;
    const lower = page.readUInt16LE(PAGE.lower);
    const upper = page.readUInt16LE(PAGE.upper);
    // LMDB takes a page of a later transaction for one that it has in memory.
    const isPast = page.readBigUInt64LE(PAGE.transaction) <= meta.transaction;
    const isSound =
      isPast && lower % 2 === 0 && lower <= upper && upper <= meta.pageBytes - PAGE.header;
    if (page.readBigUInt64LE(PAGE.number) !== number || !isKnown || !isSound) {
      throw this.#damage(`page ${number} is not what a page is`);
    }
    for (let at: number = PAGE.header; at < PAGE.header + lower; at += 2) {
      const start = page.readUInt16LE(at);
      const node = start < upper ? undefined : nodeAt(page, PAGE.header + start, isLeaf);
      if (node === undefined) throw this.#damage(`page ${number} names what is not in it`);
      yield node;
    }
  }

  #read(offset: number, length: number): Buffer | undefined {
    if (offset + length > this.bytes) return undefined;
    const buffer = Buffer.alloc(length);
    return readSync(this.#descriptor, buffer, 0, length, offset) === length ? buffer : undefined;
  }

  #shorter(meta: Meta): CorruptRecord {
    const sizes = `${this.bytes} bytes of ${bytesOf(meta)}`;
    return this.#damage(`it is shorter than its own records say: ${sizes}`);
  }

  #damage(what: string): CorruptRecord {
    return new CorruptRecord(this.#file, 0, 0, what);
  }
}

/** What a node leads to: a page below, a table, or the pages of a large value. A small value leads nowhere. */
interface Node {
  readonly key: Buffer;
  readonly child?: bigint;
  readonly table?: TableRecord;
  readonly pagesEnd?: bigint;
}

/** `undefined` where the page ends before the node does. */
function nodeAt(page: Buffer, node: number, isLeaf: boolean): Node | undefined {
  if (node + NODE.key > page.length) return undefined;
  const low = page.readUInt32LE(node);
  const flags = page.readUInt16LE(node + NODE.flags);
  const value = node + NODE.key + page.readUInt16LE(node + NODE.keyBytes);
  if (value > page.length) return undefined;
  const key = page.subarray(node + NODE.key, value);
  if (!isLeaf) return { key, child: (BigInt(flags) << 32n) | BigInt(low) };
  const isLarge = flags === NODE_FLAG.overflow;
  const valueBytes = isLarge ? OVERFLOW.bytes : low;
  if (value + valueBytes > page.length) return undefined;
  if (isLarge) {
    const first = page.readBigUInt64LE(value + OVERFLOW.first);
    return { key, pagesEnd: first + page.readBigUInt64LE(value + OVERFLOW.count) };
  }
  if (flags === 0) return { key };
  const isTable = flags === NODE_FLAG.table && valueBytes === TABLE.root + 8;
  return isTable ? { key, table: tableAt(page, value) } : undefined;
}

function tableAt(page: Buffer, offset: number): TableRecord {
  const entries = page.readBigUInt64LE(offset + TABLE.entries);
  return { entries, root: page.readBigUInt64LE(offset + TABLE.root) };
}

/** The library ends each name by a zero. */
function nameIn(key: Buffer): string {
  return key.toString('latin1').replace(/\0$/, '');
}

function bytesOf({ lastPage, pageBytes }: Meta): number {
  return Number(lastPage + 1n) * pageBytes;
}
