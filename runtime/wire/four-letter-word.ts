/** Every word of reference §14.1. */
const WORDS = [
  'ruok',
  'isro',
  'srvr',
  'stat',
  'mntr',
  'conf',
  'cons',
  'crst',
  'srst',
  'envi',
  'dump',
  'dirs',
  'wchs',
  'wchc',
  'wchp',
  'hash',
  'gtmk',
  'stmk',
] as const;
const KNOWN: ReadonlySet<string> = new Set(WORDS);

/** The bytes behind `stmk`, a trace mask: the one word that takes any. */
const MASK_BYTES = 8;
export const NO_ARGUMENT: Uint8Array = new Uint8Array(MASK_BYTES);

/** The words that may be answered. */
export type Whitelist = ReadonlySet<string>;

/**
 * From `4lw.commands.whitelist`: words with commas between, or `*` for all. ZooKeeper's default is `srvr`; `isro`
 * is added where read-only mode is enabled, since clients ask it to find a server that takes writes.
 */
export function parseWhitelist(text: string, isReadOnlyModeEnabled = false): Whitelist {
  const words = text.split(',').map((word) => word.trim());
  if (isReadOnlyModeEnabled) words.push('isro');
  return new Set(words.includes('*') ? WORDS : WORDS.filter((word) => words.includes(word)));
}

/** The known word whose bytes, read as a frame length, give this int32. */
export function fourLetterWordOf(length: number): string | undefined {
  const word = String.fromCharCode(
    length >>> 24,
    (length >>> 16) & 0xff,
    (length >>> 8) & 0xff,
    length & 0xff,
  );
  return KNOWN.has(word) ? word : undefined;
}

/** How many bytes belong to the word behind it. */
export function argumentBytes(word: string): number {
  return word === 'stmk' ? MASK_BYTES : 0;
}
