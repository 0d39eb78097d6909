import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { CorruptRecord } from '../error.ts';

/**
 * The file of an LMDB environment as it lies on the disk, little-endian. A page begins with its number (8 bytes), the
 * number of the transaction that wrote it (8), 2 unused bytes, its flags (2), and where its free room begins (2) and
 * ends (2). Pages 0 and 1 are meta pages: transaction n writes page n % 2.
 */
const PAGE = { number: 0, transaction: 8, flags: 18, lower: 20, header: 24 } as const;
const PAGE_FLAG = { branch: 1, leaf: 2, meta: 8 } as const;
const META = {
  ...{ magic: 24, version: 28, pageBytes: 48, freeRoot: 88, mainRoot: 136 },
  ...{ lastPage: 144, transaction: 152, end: 160 },
} as const;
const MAGIC = 0xbeefc0de;
const VERSION = 2;
/** Of a node in a page: its flags, the length of its key, and where the key begins. */
const NODE = { flags: 4, keyBytes: 6, key: 8 } as const;
const NODE_FLAG = { overflow: 1, table: 2 } as const;
const OVERFLOW_PAGES = 16;
const TABLE_ROOT = 40;
/** The root of a table that is empty. */
const NO_PAGE = 2n ** 64n - 1n;
const PAGE_BYTES_MAX = 65536;

interface Meta {
  readonly pageBytes: number;
  readonly freeRoot: bigint;
  readonly mainRoot: bigint;
  readonly lastPage: bigint;
  readonly transaction: bigint;
}

/**
 * Looks at a file before LMDB maps it: a page that is missing at its end would end the process by SIGBUS, without a word,
 * and a meta page that is damaged would be passed over for the one before it, without the last commit.
 *
 * The two meta pages prove one another: their transactions are neighbours, and each wrote the root of the main table it
 * names, for every commit writes that page. What else is in them (where the lists of free pages begin, which page is
 * the last) nothing proves, nor which page a table begins with: LMDB has no checksums, and each commit rewrites it all.
 * A failed write of a meta page, too, leaves them in disagreement; the member is replaced then as for any damage.
 *
 * @throws CorruptRecord
 */
export function checkDataFile(file: string): void {
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
    if (pages.bytes > 0) pages.check();
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

  check(): void {
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
    const pagesBytes = Number(newest.lastPage + 1n) * newest.pageBytes;
    const isWhole = this.bytes >= pagesBytes || !this.#lacksPage(newest);
    if (!isWhole) {
      throw this.#damage(
        `it is shorter than its own records say: ${this.bytes} bytes of ${pagesBytes}`,
      );
    }
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
      freeRoot: page.readBigUInt64LE(META.freeRoot),
      mainRoot: page.readBigUInt64LE(META.mainRoot),
      lastPage: page.readBigUInt64LE(META.lastPage),
      transaction: page.readBigUInt64LE(META.transaction),
    };
  }

  #checkRoot({ mainRoot, transaction, pageBytes }: Meta): void {
    if (mainRoot === NO_PAGE) return;
    const page = this.#read(Number(mainRoot) * pageBytes, PAGE.header);
    const isRoot =
      page !== undefined &&
      page.readBigUInt64LE(PAGE.number) === mainRoot &&
      page.readBigUInt64LE(PAGE.transaction) === transaction;
    if (!isRoot) {
      throw this.#damage(`page ${mainRoot} is not the one that transaction ${transaction} wrote`);
    }
  }

  /**
   * Whether a page that is in use lies behind the end of the file. The pages there may all be free: one that a
   * transaction took and gave back is never written.
   */
  #lacksPage({ freeRoot, mainRoot, lastPage, pageBytes }: Meta): boolean {
    const waiting = [freeRoot, mainRoot];
    for (let seen = 0n; seen <= lastPage + 1n; seen++) {
      const number = waiting.pop();
      if (number === undefined) return false;
      if (number === NO_PAGE) continue;
      const page = this.#read(Number(number) * pageBytes, pageBytes);
      if (page === undefined) return true;
      for (const part of this.#partsOf(page, number)) {
        if (part.isTree) waiting.push(part.first);
        else if (Number(part.first + part.count) * pageBytes > this.bytes) return true;
      }
    }
    throw this.#damage('its pages name one another in a circle');
  }

  /** The pages that a page names: of the tree, or those of a value too large for it. */
  *#partsOf(page: Buffer, number: bigint): Generator<Part> {
    const flags = page.readUInt16LE(PAGE.flags);
    const isLeaf = (flags & PAGE_FLAG.leaf) !== 0;
    if (!isLeaf && (flags & PAGE_FLAG.branch) === 0) {
      throw this.#damage(`page ${number} is of no kind that is known`);
    }
    const count = page.readUInt16LE(PAGE.lower) >> 1;
    try {
      for (let index = 0; index < count; index++) {
        const node = PAGE.header + page.readUInt16LE(PAGE.header + 2 * index);
        const part = isLeaf ? namedByLeaf(page, node) : namedByBranch(page, node);
        if (part !== undefined) yield part;
      }
    } catch (error) {
      if (error instanceof RangeError) throw this.#damage(`page ${number} names what is not in it`);
      throw error;
    }
  }

  #read(offset: number, length: number): Buffer | undefined {
    if (offset + length > this.bytes) return undefined;
    const buffer = Buffer.alloc(length);
    return readSync(this.#descriptor, buffer, 0, length, offset) === length ? buffer : undefined;
  }

  #damage(what: string): CorruptRecord {
    return new CorruptRecord(this.#file, 0, 0, what);
  }
}

interface Part {
  readonly isTree: boolean;
  readonly first: bigint;
  readonly count: bigint;
}

function namedByBranch(page: Buffer, node: number): Part {
  const low = page.readUInt32LE(node);
  const high = page.readUInt16LE(node + NODE.flags);
  return { isTree: true, first: (BigInt(high) << 32n) | BigInt(low), count: 1n };
}

function namedByLeaf(page: Buffer, node: number): Part | undefined {
  const flags = page.readUInt16LE(node + NODE.flags);
  const value = node + NODE.key + page.readUInt16LE(node + NODE.keyBytes);
  if ((flags & NODE_FLAG.table) !== 0) {
    return { isTree: true, first: page.readBigUInt64LE(value + TABLE_ROOT), count: 1n };
  }
  if ((flags & NODE_FLAG.overflow) === 0) return undefined;
  const count = page.readBigUInt64LE(value + OVERFLOW_PAGES);
  return { isTree: false, first: page.readBigUInt64LE(value), count };
}
