import type { Replica } from '../machines/replica.ts';
import { decodeRecords } from '../machines/zab/records.ts';
import type { Zxid } from '../machines/zab/zxid.ts';
import type { Txn } from '../machines/znode/txn.ts';
import type { Clock, LogEntry, LogPort } from './ports.ts';

const SLICE_BYTES = 256 * 1024;

export interface ReplayerOptions {
  readonly log: LogPort;
  readonly clock: Clock;
  /** Lets the event loop turn between two slices. */
  readonly later: (fn: () => void) => void;
  readonly progress: (applied: Zxid, through: Zxid, startedMs: number) => void;
  readonly fail: (error: unknown) => void;
}

/** Applies what the durable log holds to the tree, in slices, so that the member stays responsive meanwhile. */
export class Replayer {
  readonly #options: ReplayerOptions;
  #run = 0;
  #count = 0;

  constructor(options: ReplayerOptions) {
    this.#options = options;
  }

  /** Txns applied so far. */
  get count(): number {
    return this.#count;
  }

  /** Gives up what is under way: a snapshot is about to take the place of tree and log. `done` is not called. */
  stop(): void {
    this.#run += 1;
  }

  /** A replay that is under way is given up for this one, which goes on where that one was. */
  replay(replica: Replica, through: Zxid, done: () => void): void {
    this.#run += 1;
    const run = this.#run;
    const { log, clock, later, progress, fail } = this.#options;
    const startedMs = clock.now();
    const entries: Iterator<LogEntry> = log
      .read(replica.appliedZxid, through, SLICE_BYTES)
      [Symbol.iterator]();
    const step = (): void => {
      if (run !== this.#run) return;
      try {
        const next = entries.next();
        if (next.done === true) {
          if (replica.appliedZxid < through) {
            throw new Error(
              `the log ends at 0x${replica.appliedZxid.toString(16)}, before 0x${through.toString(16)}`,
            );
          }
          done();
          return;
        }
        const txns: Txn[] = [];
        decodeRecords(next.value.bytes, replica.appliedZxid, through, txns);
        for (const txn of txns) replica.replay(txn);
        this.#count += txns.length;
        progress(replica.appliedZxid, through, startedMs);
        later(step);
      } catch (error) {
        fail(error);
      }
    };
    step();
  }
}
