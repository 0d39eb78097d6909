import type { Checker } from '../checker.ts';
import { Agreement } from './agreement.ts';
import { Convergence } from './convergence.ts';
import { EqualDigests } from './equal-digests.ts';
import { FlushedBeforeTold } from './flushed-before-told.ts';
import { GlobalPrimaryOrder } from './global-primary-order.ts';
import { Integrity } from './integrity.ts';
import { Leadership } from './leadership.ts';
import { LocalPrimaryOrder } from './local-primary-order.ts';
import { PrefixConsistency } from './prefix-consistency.ts';
import { PrimaryIntegrity } from './primary-integrity.ts';
import { ProcessInvariants } from './process-invariants.ts';
import { TotalOrder } from './total-order.ts';

/** What ZAB promises (reference §11.10), for histories that show the members from inside. */
export function zabCheckers(
  voters: readonly number[],
  members: readonly number[] = voters,
): Checker[] {
  return [
    new Leadership(),
    new ProcessInvariants(voters),
    new FlushedBeforeTold(voters),
    new PrefixConsistency(),
    new Integrity(true),
    new Agreement(),
    new TotalOrder(),
    new LocalPrimaryOrder(),
    new GlobalPrimaryOrder(),
    new PrimaryIntegrity(),
    new EqualDigests(),
    new Convergence(members),
  ];
}

/** The same for histories in which only what each member delivered is known, read from its log afterwards. */
export function deliveryCheckers(members: readonly number[]): Checker[] {
  return [
    new PrefixConsistency(),
    new Integrity(false),
    new Agreement(),
    new TotalOrder(),
    new LocalPrimaryOrder(),
    new GlobalPrimaryOrder(),
    new Convergence(members),
  ];
}
