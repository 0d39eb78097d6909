const BLOCK_BYTES = 64 * 1024;
const MOST_BLOCKS = 32;

/** Memory, and the view of it that whole numbers are written through. */
export interface MemoryBlock {
  readonly bytes: Buffer;
  readonly view: DataView;
}

export function memoryBlock(length: number): MemoryBlock {
  const bytes = Buffer.allocUnsafe(length);
  return { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, length) };
}

/**
 * A few blocks that the outboxes of a member fill in turn: memory that was written a moment ago is in the processor's
 * cache, and needs not be found, nor collected. When all are lent, an outbox gets along without.
 */
export class OutboxMemory {
  readonly #free: MemoryBlock[] = [];
  #lent = 0;

  /** To be ended by `giveBack` or `lose`. */
  lend(): MemoryBlock | undefined {
    if (this.#lent === MOST_BLOCKS) return undefined;
    this.#lent += 1;
    return this.#free.pop() ?? memoryBlock(BLOCK_BYTES);
  }

  /** Nobody reads it any more. */
  giveBack(block: MemoryBlock): void {
    this.#lent -= 1;
    this.#free.push(block);
  }

  /** Somebody still reads it, nobody knows how long: it belongs to no outbox again. */
  lose(): void {
    this.#lent -= 1;
  }
}
