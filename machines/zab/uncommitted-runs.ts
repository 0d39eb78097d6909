import type { Txn } from '../znode/txn.ts';
import type { RecordRun } from './message.ts';
import { decodeRecords } from './records.ts';
import type { Zxid } from './zxid.ts';

/** Proposals that a follower has accepted and that are not committed yet, in order. */
export class UncommittedRuns {
  #runs: RecordRun[] = [];
  /** Everything up to here has been taken. */
  #takenThrough: Zxid = 0;

  /** Begins with nothing uncommitted after `committed`. */
  reset(committed: Zxid): void {
    this.#runs = [];
    this.#takenThrough = committed;
  }

  add(run: RecordRun): void {
    this.#runs.push(run);
  }

  /** The txns that a commit of everything up to `through` delivers. */
  take(through: Zxid): Txn[] {
    const txns: Txn[] = [];
    let whole = 0;
    for (const run of this.#runs) {
      if (run.firstZxid > through) break;
      decodeRecords(run.bytes, this.#takenThrough, through, txns);
      if (run.lastZxid > through) break;
      whole += 1;
    }
    if (whole > 0) this.#runs.splice(0, whole);
    this.#takenThrough = through;
    return txns;
  }
}
