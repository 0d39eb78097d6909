import type { Effect } from '../effect.ts';
import { invariant } from '../invariant.ts';
import type { HistoryView } from './history.ts';
import type { RecordRun } from './message.ts';
import { follows, hex, type Zxid } from './zxid.ts';

/** What a leader has sent by DIFF, TRUNC or SNAP and is not yet part of the durable history (ZOOKEEPER-3642). */
export class StagedHistory {
  /** The member's own history is kept that far; where a snapshot takes its place, that is the zxid of it. */
  readonly #keepThrough: Zxid;
  readonly isSnapshot: boolean;
  readonly #runs: RecordRun[] = [];
  #lastZxid: Zxid;

  private constructor(keepThrough: Zxid, isSnapshot: boolean) {
    this.#keepThrough = keepThrough;
    this.isSnapshot = isSnapshot;
    this.#lastZxid = keepThrough;
  }

  static after(keepThrough: Zxid, mode: 'DIFF' | 'TRUNC', own: HistoryView): StagedHistory {
    invariant(
      own.lastZxid === keepThrough || own.floor(keepThrough) === keepThrough,
      () => `${mode} keeps ${hex(keepThrough)}, which this member never had`,
    );
    invariant(
      keepThrough >= own.committedZxid,
      () => `${mode} to ${hex(keepThrough)} would undo what is committed`,
    );
    return new StagedHistory(keepThrough, false);
  }

  static onSnapshot(zxid: Zxid): StagedHistory {
    return new StagedHistory(zxid, true);
  }

  /** Where the history ends with what is staged. */
  get lastZxid(): Zxid {
    return this.#lastZxid;
  }

  /** A stream with holes is refused (ZOOKEEPER-4925). */
  add(run: RecordRun): void {
    invariant(
      follows(this.#lastZxid, run.firstZxid),
      () => `history jumps from ${hex(this.#lastZxid)} to ${hex(run.firstZxid)}`,
    );
    this.#runs.push(run);
    this.#lastZxid = run.lastZxid;
  }

  /**
   * History and currentEpoch become durable in one step, as the paper has it, and only then is NEWLEADER
   * acknowledged (ZOOKEEPER-3911, 4643, 4646, 4785).
   *
   * @param knownCommitted what was committed in the member's own history
   */
  adopt(
    newLeader: { readonly epoch: number; readonly lastZxid: Zxid; readonly committedZxid: Zxid },
    knownCommitted: Zxid,
  ): Effect {
    invariant(
      this.#lastZxid === newLeader.lastZxid,
      () => `history ends at ${hex(this.#lastZxid)}, NEWLEADER says ${hex(newLeader.lastZxid)}`,
    );
    const keepThrough = this.#keepThrough;
    const least = this.isSnapshot ? keepThrough : knownCommitted;
    return {
      type: 'tell',
      to: 'logger',
      event: {
        type: 'ADOPT',
        keepThrough,
        runs: this.#runs,
        snapshot: this.isSnapshot,
        currentEpoch: newLeader.epoch,
        committedZxid: Math.max(Math.min(newLeader.committedZxid, this.#lastZxid), least),
      },
    };
  }
}
