import type { Checker } from '../history/checker.ts';
import { clientCheckers } from '../history/checkers/index.ts';
import { deliveryCheckers } from '../history/checkers/zab.ts';

const EXPIRY = {
  /** A member that is lost has not told the leader whom it has heard last (reference §9.1); one tick, for a busy machine. */
  allowanceMs: 1000,
  /** A session may be found silent, and the leader be lost before that is committed. */
  commitMs: 10_000,
  /** The longest timeout, the longest outage, and time to expire. */
  silenceMs: 40_000,
};

/** The rules that hold for what clients and logs show. `members`: those without a vote among them, they learn the same. */
export function checkers(members: readonly number[]): Checker[] {
  return [...clientCheckers({ expiry: EXPIRY }), ...deliveryCheckers(members)];
}
