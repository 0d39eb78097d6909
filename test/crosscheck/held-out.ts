import type { OperationName } from './operation.ts';

/** Operations that Vivarium does not serve yet: scripts leave them out. */
const HELD_OUT: ReadonlySet<OperationName> = new Set();

export function isServed(op: OperationName): boolean {
  return !HELD_OUT.has(op);
}
