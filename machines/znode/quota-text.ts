/** The limits of one quota, soft ones first. `undefined` is unset. */
export interface QuotaLimits {
  readonly count: number | undefined;
  readonly bytes: number | undefined;
  readonly countHardLimit: number | undefined;
  readonly byteHardLimit: number | undefined;
}

/**
 * Reads the limits of a quota: `key=value` pairs between `,` and `;` (reference §6.4). What stands behind a
 * second `=` is the mark by which newer clients keep older ones from reading on, and says nothing. A pair
 * that is none, and a value that is no number or below 0, count as unset: a text that somebody spoiled must
 * not stop a write.
 */
export function parseLimits(data: Uint8Array | null): QuotaLimits {
  const pairs = pairsOf(data);
  return {
    count: limitOf(pairs.get('count')),
    bytes: limitOf(pairs.get('bytes')),
    countHardLimit: limitOf(pairs.get('countHardLimit')),
    byteHardLimit: limitOf(pairs.get('byteHardLimit')),
  };
}

/** What is in use, as `zookeeper_stats` tells it. */
export interface QuotaUsage {
  readonly count: number;
  readonly bytes: number;
}

/**
 * What a text of `zookeeper_stats` tells; 0 where it tells nothing. Clients may write it, so that anything
 * may stand there. Below 0 is what ZooKeeper's sums can come to as well, where quotas are nested.
 */
export function parseUsage(data: Uint8Array | null): QuotaUsage {
  const pairs = pairsOf(data);
  return usageOf(sumOf(pairs.get('count')), sumOf(pairs.get('bytes')));
}

/** A usage that its own text tells in full: what cannot be told exactly begins again at 0. */
export function usageOf(count: number, bytes: number): QuotaUsage {
  return {
    count: Number.isSafeInteger(count) ? count : 0,
    bytes: Number.isSafeInteger(bytes) ? bytes : 0,
  };
}

/** The text of `zookeeper_stats`: no limits, and so no stray `=`. */
export function usageText({ count, bytes }: QuotaUsage): Uint8Array {
  return Buffer.from(`count=${count},bytes=${bytes}`);
}

function pairsOf(data: Uint8Array | null): ReadonlyMap<string, string> {
  const pairs = new Map<string, string>();
  if (data === null || data.length === 0) return pairs;
  for (const pair of Buffer.from(data).toString().split(/[,;]+/)) {
    const [key = '', value = ''] = pair.split('=');
    pairs.set(key, value);
  }
  return pairs;
}

/** Of a value up to the end of a Java long; above 2^53 it is not exact, and means "without a limit" all the same. */
function limitOf(text = ''): number | undefined {
  return /^\+?\d{1,19}$/.test(text) ? Number(text) : undefined;
}

function sumOf(text = ''): number {
  return /^[+-]?\d{1,19}$/.test(text) ? Number(text) : 0;
}
