import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { YOUNG_HEAP } from '../compile.ts';
import { compileMutant } from './compile.ts';
import type { Mutant } from './mutant.ts';
import { isOutcome, type Outcome } from './outcome.ts';

/** More at a time would only wait for one another on a small machine. */
export const HUNTS_AT_A_TIME = 2;
/** Much of what a life costs comes behind that: a longer one finds more in the same time. */
const DEFAULT_SAFETY_SECONDS = 30;
/** Whoever takes that long runs in circles. */
const TIMEOUT_MS = 240_000;

const run = promisify(execFile);

/**
 * Lets ensembles with the mutant inside live, one seed after the other, until a promise is broken.
 *
 * @throws MutantDoesNotApply
 */
export async function hunt(mutant: Mutant): Promise<Outcome> {
  const { seeds, safetySeconds = DEFAULT_SAFETY_SECONDS, members } = mutant;
  const { program, remove } = await compileMutant(mutant);
  try {
    const words = [1, seeds, safetySeconds * 1000, ...(members === undefined ? [] : [members])];
    const { stdout } = await run(process.execPath, [YOUNG_HEAP, program, ...words.map(String)], {
      timeout: TIMEOUT_MS,
    });
    const outcome: unknown = JSON.parse(stdout);
    if (!isOutcome(outcome)) throw new Error(`mutant ${mutant.name} says: ${stdout}`);
    return outcome;
  } finally {
    remove();
  }
}
