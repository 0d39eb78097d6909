/** Longer texts are decoded each time. */
const SLOT_BYTES = 64;
const SLOT_BITS = 12;
const SLOTS = 2 ** SLOT_BITS;
/** Of FNV-1a. */
const PRIME = 0x01000193;

/**
 * Texts that were read lately, by their bytes. Clients name the same nodes again and again: a text that is known needs not
 * be decoded, and whoever looks it up need not hash it again. Each has one place that it can be in, and whoever comes there
 * next takes it over: nothing grows, and a text that is not known costs little more than before.
 */
export class TextMemo {
  readonly #texts: string[] = new Array(SLOTS).fill('');
  readonly #lengths = new Uint8Array(SLOTS);
  readonly #bytes = new Uint8Array(SLOTS * SLOT_BYTES);

  /** The text of the bytes from `start` to `end`; those that are not UTF-8 become U+FFFD. */
  read(bytes: Buffer, start: number, end: number): string {
    const length = end - start;
    if (length > SLOT_BYTES) return bytes.toString('utf8', start, end);
    let hash = length;
    for (let at = start; at < end; at++) hash = Math.imul(hash ^ (bytes[at] ?? 0), PRIME);
    const slot = (hash ^ (hash >>> SLOT_BITS)) & (SLOTS - 1);
    const known = this.#texts[slot];
    if (known !== undefined && this.#holds(slot, bytes, start, length)) return known;
    const text = bytes.toString('utf8', start, end);
    this.#texts[slot] = text;
    this.#lengths[slot] = length;
    this.#bytes.set(bytes.subarray(start, end), slot * SLOT_BYTES);
    return text;
  }

  #holds(slot: number, bytes: Buffer, start: number, length: number): boolean {
    if (this.#lengths[slot] !== length) return false;
    const kept = this.#bytes;
    const from = slot * SLOT_BYTES;
    for (let at = 0; at < length; at++) {
      if (kept[from + at] !== bytes[start + at]) return false;
    }
    return true;
  }
}
