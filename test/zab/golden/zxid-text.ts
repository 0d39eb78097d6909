import { counterOf, epochOf, type Zxid } from '../../../machines/zab/zxid.ts';

/** `epoch:counter`. */
export function zxidText(zxid: Zxid): string {
  return `${epochOf(zxid)}:${counterOf(zxid)}`;
}
