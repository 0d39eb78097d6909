import { invariant } from '../machines/invariant.ts';
import { epochOf, hex, type Zxid } from '../machines/zab/zxid.ts';
import type { Epochs, LogEntry } from '../runtime/ports.ts';
import { InconsistentHistory } from './error.ts';
import { endOfRuns } from './record-run.ts';

/** What a log is, without its records: the outcome of every order can be told before the disk has done it. */
export interface HistoryState extends Epochs {
  /** zxid before the first record held: of a snapshot, of the last purged record, or 0. */
  readonly baseZxid: Zxid;
  readonly lastZxid: Zxid;
  readonly committedZxid: Zxid;
}

export const EMPTY_HISTORY: HistoryState = {
  baseZxid: 0,
  lastZxid: 0,
  committedZxid: 0,
  acceptedEpoch: 0,
  currentEpoch: 0,
};

/** @throws InconsistentHistory when a member must not take part (reference §11.6). */
export function checkHistory(state: HistoryState, directory: string): void {
  const { acceptedEpoch, currentEpoch, lastZxid } = state;
  if (acceptedEpoch < currentEpoch) {
    throw new InconsistentHistory(
      `${directory}: acceptedEpoch ${acceptedEpoch} is below currentEpoch ${currentEpoch}`,
    );
  }
  if (currentEpoch < epochOf(lastZxid)) {
    throw new InconsistentHistory(
      `${directory}: the log ends at zxid ${hex(lastZxid)}, of a later epoch than currentEpoch ${currentEpoch}`,
    );
  }
}

/** Process invariant of reference §11.10: acceptedEpoch >= currentEpoch >= epoch of the last record. */
function assertEpochs(state: HistoryState): HistoryState {
  invariant(
    state.acceptedEpoch >= state.currentEpoch,
    () => `acceptedEpoch ${state.acceptedEpoch} is at least currentEpoch ${state.currentEpoch}`,
  );
  invariant(
    state.currentEpoch >= epochOf(state.lastZxid),
    () => `currentEpoch ${state.currentEpoch} is at least the epoch of ${hex(state.lastZxid)}`,
  );
  return state;
}

export function afterAppend(
  state: HistoryState,
  entries: readonly LogEntry[],
  committedZxid: Zxid,
): HistoryState {
  // What is known to be committed is kept with a record, so without one nothing is kept.
  if (entries.length === 0) return state;
  const lastZxid = endOfRuns(state.lastZxid, entries);
  return assertEpochs({
    ...state,
    lastZxid,
    committedZxid: Math.min(Math.max(state.committedZxid, committedZxid), lastZxid),
  });
}

export function afterEpochs(state: HistoryState, epochs: Epochs): HistoryState {
  invariant(
    epochs.acceptedEpoch >= state.acceptedEpoch && epochs.currentEpoch >= state.currentEpoch,
    'epochs never go back',
  );
  const { acceptedEpoch, currentEpoch } = epochs;
  return assertEpochs({ ...state, acceptedEpoch, currentEpoch });
}

export interface Adoption {
  readonly keepThrough: Zxid;
  readonly entries: readonly LogEntry[];
  readonly currentEpoch: number;
  readonly committedZxid: Zxid;
}

/** @param treeZxid zxid of the durable tree, which holds nothing that was not committed */
export function afterAdopt(state: HistoryState, adoption: Adoption, treeZxid: Zxid): HistoryState {
  const { keepThrough, entries, currentEpoch } = adoption;
  invariant(
    keepThrough >= state.baseZxid && keepThrough <= state.lastZxid,
    () => `what is kept ends at ${hex(keepThrough)}, inside the log`,
  );
  invariant(
    keepThrough >= treeZxid,
    () => `nothing that the tree of zxid ${hex(treeZxid)} holds is cut off: it was committed`,
  );
  invariant(currentEpoch >= state.currentEpoch, 'currentEpoch never goes back');
  const lastZxid = endOfRuns(keepThrough, entries);
  return assertEpochs({
    ...state,
    lastZxid,
    currentEpoch,
    committedZxid: Math.min(Math.max(state.committedZxid, adoption.committedZxid), lastZxid),
  });
}

/** A snapshot of `zxid` takes the place of everything; `entries` come after it. */
export function afterInstall(
  state: HistoryState,
  zxid: Zxid,
  adoption: Omit<Adoption, 'keepThrough'>,
): HistoryState {
  invariant(adoption.currentEpoch >= state.currentEpoch, 'currentEpoch never goes back');
  const lastZxid = endOfRuns(zxid, adoption.entries);
  return assertEpochs({
    baseZxid: zxid,
    lastZxid,
    acceptedEpoch: state.acceptedEpoch,
    currentEpoch: adoption.currentEpoch,
    committedZxid: Math.min(Math.max(zxid, adoption.committedZxid), lastZxid),
  });
}
