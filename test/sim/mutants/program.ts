import { Violation } from '../../history/violation.ts';
import { liveAll } from '../batch.ts';
import type { Outcome } from './outcome.ts';

/** Run by a hunt, compiled with a mutant inside: FIRST-SEED LAST-SEED SAFETY-MS [MEMBERS]. */
const [first = 1, last = 1, safetyMs = 1000, members] = process.argv.slice(2).map(Number);
const { lives, failure } = liveAll({
  first,
  last,
  safetyMs,
  ...(members === undefined ? {} : { members }),
});

function outcome(): Outcome {
  if (failure === undefined) return { type: 'survived', lives };
  const { seed, message, cause, lastLines } = failure;
  const checker = cause instanceof Violation ? cause.checker : undefined;
  const virtualMs = Number.parseFloat(lastLines.at(-1) ?? '0') * 1000;
  return { type: 'failed', seed, checker, message, virtualMs };
}

console.log(JSON.stringify(outcome()));
