/** Delays between attempts to reach the bus: short from the start, and never so long that a server's return is missed. */
const FIRST_DELAY_MS = 5;
const MAX_DELAY_MS = 60;

/**
 * Delay before attempt number `attempt` (from 1), ms. Half of it is left to `chance` (0 to 1), so that the members of an
 * ensemble do not dial a returning server in step.
 */
export function redialDelayMs(attempt: number, chance: number): number {
  const ceiling = Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(attempt - 1, 10));
  return ceiling * (0.5 + chance / 2);
}
