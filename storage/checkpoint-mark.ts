import type { Zxid } from '../machines/zab/zxid.ts';
import type { TreeTotals } from '../machines/znode/znode.ts';
import { sealNumbers, unsealNumbers } from './sealed-numbers.ts';

/** What a stored tree says of itself as a whole: the txn it is exact at, and its sums. */
export interface CheckpointMark {
  readonly zxid: Zxid;
  /** `undefined` before the first checkpoint. */
  readonly totals: TreeTotals | undefined;
}

/** 2: keys of nodes end with a checksum. */
const FORMAT_VERSION = 2;

export function encodeMark(zxid: Zxid, totals: TreeTotals): Buffer {
  const { nodeCount, ephemeralCount, dataBytes, digest } = totals;
  return sealNumbers(FORMAT_VERSION, [zxid, nodeCount, ephemeralCount, dataBytes, digest]);
}

/** @returns `undefined` when the bytes are damaged */
export function decodeMark(
  bytes: Uint8Array,
): { readonly zxid: Zxid; readonly totals: TreeTotals } | undefined {
  const numbers = unsealNumbers(FORMAT_VERSION, bytes, 5);
  if (numbers === undefined) return undefined;
  const [zxid = 0, nodeCount = 0, ephemeralCount = 0, dataBytes = 0, digest = 0] = numbers;
  return { zxid, totals: { nodeCount, ephemeralCount, dataBytes, digest } };
}
