import { invariant } from '../invariant.ts';

/**
 * A ZooKeeper transaction id: `epoch * 2^32 + counter` as one exact number. Numbers are exact below 2^53; the upper half
 * of them is for the ids of local sessions, so an epoch stays below 2^20. Zero means "nothing yet".
 */
export type Zxid = number;

const COUNTER_SPAN = 2 ** 32;
export const EPOCH_LIMIT = 2 ** 20;
/** Every zxid is below this. */
export const ZXID_LIMIT = EPOCH_LIMIT * COUNTER_SPAN;
export const COUNTER_MAX = COUNTER_SPAN - 1;

export function zxidOf(epoch: number, counter: number): Zxid {
  invariant(epoch >= 0 && epoch < EPOCH_LIMIT, () => `epoch ${epoch} is outside 0..2^20`);
  invariant(
    counter >= 0 && counter <= COUNTER_MAX,
    () => `zxid counter ${counter} is outside 32 bits`,
  );
  return epoch * COUNTER_SPAN + counter;
}

export function epochOf(zxid: Zxid): number {
  return Math.floor(zxid / COUNTER_SPAN);
}

export function counterOf(zxid: Zxid): number {
  return zxid % COUNTER_SPAN;
}

/** Whether `next` may directly follow `last` in one history: the next counter, or the first of a later epoch. */
export function follows(last: Zxid, next: Zxid): boolean {
  return next === last + 1 || (counterOf(next) === 1 && epochOf(next) > epochOf(last));
}

/** `0x100000002`, as ZooKeeper prints it. */
export function hex(zxid: Zxid): string {
  return `0x${zxid.toString(16)}`;
}
