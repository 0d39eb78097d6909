import type { HistoryView } from '../../../machines/zab/history.ts';
import type { RecordRun } from '../../../machines/zab/message.ts';
import { zxidOf } from '../../../machines/zab/zxid.ts';
import { RecordWriter } from '../../../machines/znode/record-writer.ts';
import type { Txn } from '../../../machines/znode/txn.ts';
import { encodeTxn } from '../../../machines/znode/txn-codec.ts';

/** A durable history of a few zxids that a test writes down. */
export class FakeHistory implements HistoryView {
  zxids: number[];
  committedZxid = 0;
  checkpointZxid = 0;
  epochs: { acceptedEpoch: number; currentEpoch: number };
  /** What each record counts. */
  recordBytes = 100;

  constructor(zxids: readonly number[] = [], currentEpoch = 0, acceptedEpoch = currentEpoch) {
    this.zxids = [...zxids];
    this.epochs = { acceptedEpoch, currentEpoch };
  }

  get firstZxid(): number {
    return this.zxids[0] ?? 0;
  }
  get lastZxid(): number {
    return this.zxids.at(-1) ?? this.checkpointZxid;
  }

  floor(zxid: number): number {
    return this.zxids.findLast((held) => held <= zxid) ?? 0;
  }

  bytesAfter(zxid: number): number {
    return this.zxids.filter((held) => held > zxid).length * this.recordBytes;
  }
}

/** zxids of one epoch, from one counter through another. */
export function zxids(epoch: number, from: number, through: number): number[] {
  return Array.from({ length: through - from + 1 }, (_, at) => zxidOf(epoch, from + at));
}

/** Txns that change nothing, as one run. */
export function runOf(...of: readonly number[]): RecordRun {
  const writer = new RecordWriter();
  for (const zxid of of) encodeTxn(txnOf(zxid), writer);
  const first = of[0] ?? 0;
  return { firstZxid: first, lastZxid: of.at(-1) ?? first, count: of.length, bytes: writer.take() };
}

export function txnOf(zxid: number): Txn {
  return {
    zxid,
    timeMs: 0,
    sessionId: 0,
    cxid: 0,
    originMember: 0,
    requestId: 0,
    body: { type: 'error', code: -101 },
  };
}
