import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { failureText } from './failure-text.ts';
import { Generator } from './generator.ts';
import { KnownDifferences } from './known-differences.ts';
import { holes, reportText } from './report.ts';
import { type Failure, run } from './run.ts';
import { scriptText } from './script.ts';
import { Servers } from './servers.ts';
import { shrink } from './shrink.ts';
import type { Step } from './step.ts';
import { Tally } from './tally.ts';

const PROGRESS_MS = 4000;
/** A machine that is busy answers late; an answer that has not come by then never comes. */
const ANSWER_MS = 30_000;
/** So many requests meet everything that there is. */
const OPERATIONS_FOR_ALL = 20_000;

export interface CrosscheckOptions {
  /** Seeds, where no script is given. */
  readonly first?: number;
  readonly last?: number;
  readonly script?: readonly Step[];
  /** Where the script was read. */
  readonly file?: string;
  readonly operations: number;
  readonly members: number;
  readonly shrinkMs: number;
  readonly signal: AbortSignal;
  readonly say: (text: string) => void;
}

/** Runs the scripts until one fails; whether none did. */
export async function crosscheck(options: CrosscheckOptions): Promise<boolean> {
  const { members } = options;
  const startedMs = performance.now();
  const servers = await Servers.start({ members, answerMs: ANSWER_MS });
  try {
    return await scripts(servers, options, startedMs);
  } finally {
    await servers.stop();
  }
}

async function scripts(
  servers: Servers,
  options: CrosscheckOptions,
  startedMs: number,
): Promise<boolean> {
  const { first = 0, last = 0, script, operations, members, signal, say } = options;
  const known = new KnownDifferences();
  const tally = new Tally();
  let toldMs = performance.now();
  for (let seed = first; seed <= last && !signal.aborted; seed += 1) {
    const steps = script ?? Generator.steps(seed, operations, members);
    const progress = () => {
      if (performance.now() - toldMs < PROGRESS_MS) return;
      toldMs = performance.now();
      say(`seed ${seed}: ${tally.replies} replies and ${tally.events} events the same so far`);
    };
    const failure = await run(servers, steps, known, tally, { signal, progress });
    if (failure === undefined) continue;
    say(script === undefined ? `seed ${seed} FAILED` : 'the script FAILED');
    await tellFailure(servers, failure, options, seed);
    return false;
  }
  say(reportText(tally, known, performance.now() - startedMs));
  const count = script === undefined ? last - first + 1 : 1;
  if (script !== undefined || count * operations < OPERATIONS_FOR_ALL || signal.aborted)
    return true;
  const found = holes(tally, known);
  for (const hole of found) say(`a defect of the scripts: ${hole}`);
  return found.length === 0;
}

async function tellFailure(
  servers: Servers,
  failure: Failure,
  { shrinkMs, signal, members, say, file }: CrosscheckOptions,
  seed: number,
): Promise<void> {
  const deadline = performance.now() + shrinkMs;
  let best = failure;
  let tries = 0;
  let toldMs = performance.now();
  const fails = async (steps: readonly Step[]): Promise<boolean> => {
    tries += 1;
    if (performance.now() - toldMs > PROGRESS_MS) {
      toldMs = performance.now();
      say(`shortening: ${best.steps.length} steps left after ${tries} tries`);
    }
    const again = await run(servers, steps, new KnownDifferences(), new Tally(), { signal });
    if (again === undefined || again.difference.what !== failure.difference.what) return false;
    best = again;
    return true;
  };
  await shrink(failure.steps, fails, () => performance.now() < deadline && !signal.aborted);
  const kept = file ?? join(tmpdir(), `crosscheck-${seed}.txt`);
  if (file === undefined) writeFileSync(kept, scriptText(best.steps));
  const more = members === 1 ? '' : ` --members ${members}`;
  say(failureText(best, `npm run crosscheck -- --script ${kept}${more}`));
}
