import type { OperationName } from './operation.ts';

/**
 * Requests that scripts do not make. A check outside of a multi is one: 3.8.0 proposes it as a write without a record and
 * may answer whoever comes next (ZOOKEEPER-2623, reference §3.9); within a multi it is asked for.
 */
export const HELD_OUT: readonly OperationName[] = ['check'];
