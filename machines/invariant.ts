/** Thrown when something that must always hold does not. The member that throws it stops (fail-stop). */
export class InvariantViolation extends Error {
  override readonly name = 'InvariantViolation';
}

/** Stays on in production: a member that cannot trust its own state must not go on. */
export function invariant(condition: boolean, statement: string): asserts condition {
  if (!condition) throw new InvariantViolation(statement);
}

/** For the default branch of a switch over a closed union: a value that the types rule out. */
export function unreachable(value: never): never {
  throw new InvariantViolation(`unexpected value ${JSON.stringify(value)}`);
}
