import { type Effect, note } from '../effect.ts';
import type { HistoryView } from './history.ts';
import type { Learner } from './learner.ts';
import { toLearner } from './learners.ts';
import { epochOf, hex, type Zxid } from './zxid.ts';

/** How a leader brings one learner to its own history (reference §11.4). */
export type SynchronizationPlan =
  | { readonly mode: 'DIFF'; readonly keepThrough: Zxid }
  | { readonly mode: 'TRUNC'; readonly keepThrough: Zxid }
  | { readonly mode: 'SNAP' };

/** Above this many bytes of records a snapshot is sent instead: a learner holds a DIFF in memory until NEWLEADER. */
export const DIFF_BYTES_MAX = 64 * 1024 * 1024;

/**
 * @param learnerLast last zxid in the learner's log
 * @param history the leader's own durable log
 * @param lastProposed end of what the leader has proposed, the part included that only others have on disk
 */
export function planSynchronization(
  learnerLast: Zxid,
  history: HistoryView,
  lastProposed: Zxid = history.lastZxid,
  diffBytesMax: number = DIFF_BYTES_MAX,
): SynchronizationPlan {
  if (learnerLast === history.lastZxid) return { mode: 'DIFF', keepThrough: learnerLast };
  // The learner's disk was faster than the leader's: what it has, and perhaps acknowledged, is the leader's own.
  const isOwnProposal =
    learnerLast > history.lastZxid &&
    learnerLast <= lastProposed &&
    epochOf(learnerLast) === epochOf(lastProposed);
  if (isOwnProposal) return { mode: 'DIFF', keepThrough: learnerLast };
  const common = history.floor(learnerLast);
  // Nothing in common is no obstacle while there is no checkpoint: then the log reaches back to the first txn there
  // ever was. Later an emptied member is better off with the tree as it is than with all that ever happened to it.
  const holdsAllAfter = common > 0 || history.checkpointZxid === 0;
  if (!holdsAllAfter || history.bytesAfter(common) > diffBytesMax) return { mode: 'SNAP' };
  if (common === learnerLast) return { mode: 'DIFF', keepThrough: common };
  // The learner has records the leader never had. Inside one epoch both histories are runs of the same
  // leader's proposals, so cutting back to the common part is safe; across an epoch boundary the learner
  // need not have what comes before it, and only a snapshot is (reference §11.4).
  return epochOf(common) === epochOf(learnerLast)
    ? { mode: 'TRUNC', keepThrough: common }
    : { mode: 'SNAP' };
}

/** The history that the learner lacks starts on its way. */
export function synchronize(learner: Learner, history: HistoryView, lastProposed: Zxid): Effect[] {
  const plan = planSynchronization(learner.lastZxid, history, lastProposed);
  learner.stage = 'synchronizing';
  const { member: peer, link } = learner;
  const fields = { learnerZxid: hex(learner.lastZxid), leaderZxid: hex(lastProposed) };
  const said = note('info', `synchronizing member ${peer} by ${plan.mode}`, fields);
  if (plan.mode === 'SNAP') {
    return [said, { type: 'synchronize', peer, link, mode: 'snapshot', after: 0 }];
  }
  const { mode: type, keepThrough } = plan;
  return [
    said,
    toLearner(learner, { type, keepThrough }),
    { type: 'synchronize', peer, link, mode: 'diff', after: keepThrough },
  ];
}
