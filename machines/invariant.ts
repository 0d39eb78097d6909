/** Thrown when something that must always hold does not. The member that throws it stops (fail-stop). */
export class InvariantViolation extends Error {
  override readonly name = 'InvariantViolation';
}

/**
 * Stays on in production: a member that cannot trust its own state must not go on.
 * @param statement a function where it names values: putting numbers into words costs more than most of what is asserted
 */
export function invariant(
  condition: boolean,
  statement: string | (() => string),
): asserts condition {
  if (condition) return;
  throw new InvariantViolation(typeof statement === 'string' ? statement : statement());
}

/** For the default branch of a switch over a closed union: a value that the types rule out. */
export function unreachable(value: never): never {
  throw new InvariantViolation(`unexpected value ${JSON.stringify(value)}`);
}
