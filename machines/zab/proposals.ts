import { invariant } from '../invariant.ts';
import type { Txn } from '../znode/txn.ts';
import type { RecordRun } from './message.ts';
import type { Zxid } from './zxid.ts';

/**
 * What a leader has proposed and not yet seen through. A txn stays until it is committed; its bytes stay
 * until they are also on the leader's own disk, since from there a late learner could not be sent them.
 */
export class Proposals {
  #txns: Txn[] = [];
  #head = 0;
  #runs: RecordRun[] = [];

  get outstanding(): number {
    return this.#txns.length - this.#head;
  }

  add(txns: readonly Txn[], run: RecordRun): void {
    for (const txn of txns) this.#txns.push(txn);
    this.#runs.push(run);
  }

  /** Takes out every txn up to `through`, in order (reference §11.5 b). */
  take(through: Zxid): Txn[] {
    let end = this.#head;
    while (end < this.#txns.length) {
      const txn = this.#txns[end];
      if (txn === undefined || txn.zxid > through) break;
      end += 1;
    }
    const taken = this.#txns.slice(this.#head, end);
    this.#head = end;
    if (this.#head === this.#txns.length) {
      this.#txns = [];
      this.#head = 0;
    } else if (this.#head > 4096) {
      this.#txns = this.#txns.slice(this.#head);
      this.#head = 0;
    }
    return taken;
  }

  /** Forgets the bytes of what is both committed and on the leader's own disk. */
  release(through: Zxid): void {
    let count = 0;
    for (const run of this.#runs) {
      if (run.lastZxid > through) break;
      count += 1;
    }
    if (count > 0) this.#runs.splice(0, count);
  }

  /** The runs after `through`, which has to be the end of one: flushes end where runs end. */
  after(through: Zxid): RecordRun[] {
    const runs = this.#runs.filter((run) => run.lastZxid > through);
    const first = runs[0];
    invariant(
      first === undefined || first.firstZxid > through,
      'a flush ended inside a run of records',
    );
    return runs;
  }
}
