import type { Txn } from '../znode/txn.ts';
import { decodeTxn, recordsOf, zxidAt } from '../znode/txn-codec.ts';
import type { Zxid } from './zxid.ts';

/** Adds to `into` the txns of a run of records with `after < zxid <= through`. Throws MalformedRecord. */
export function decodeRecords(bytes: Uint8Array, after: Zxid, through: Zxid, into: Txn[]): void {
  for (const { start, end } of recordsOf(bytes)) {
    const zxid = zxidAt(bytes, start);
    if (zxid <= after) continue;
    if (zxid > through) return;
    into.push(decodeTxn(bytes, start, end));
  }
}
