import type { Invocation } from './invocation.ts';
import type { Outcome } from './reference-tree.ts';

/** A txn of the committed order, as its first delivery told it. */
export interface CommittedTxn {
  readonly zxid: number;
  readonly session: number;
  readonly cxid: number;
  readonly kind: string;
  readonly sum: number;
  /** Of the first delivery. */
  readonly atMs: number;
  /** The request behind it; a new session and one that expires have none. */
  readonly invocation: Invocation | undefined;
  /** What it has to come to. */
  readonly outcome: Outcome;
  /** The leader's wall clock when it made the txn. */
  readonly timeMs: number;
  /** Ephemerals that a closeSession was said to take with it; the node that the leader deletes by itself. */
  readonly paths: readonly string[] | undefined;
}
