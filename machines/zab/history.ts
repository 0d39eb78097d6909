import type { Zxid } from './zxid.ts';

/** A member's own durable history as the charts may look at it: read at once, never written. */
export interface HistoryView {
  readonly firstZxid: Zxid;
  readonly lastZxid: Zxid;
  /** Known to be committed when the last record was written. */
  readonly committedZxid: Zxid;
  /** zxid of the last checkpoint: what a snapshot sent now would be exact at. */
  readonly checkpointZxid: Zxid;
  readonly epochs: { readonly acceptedEpoch: number; readonly currentEpoch: number };
  /** Largest zxid held that is <= the one given, 0 when there is none. */
  floor(zxid: Zxid): Zxid;
  bytesAfter(zxid: Zxid): number;
}
