import { isList, type Request, requestOf, requestValue } from './request.ts';
import type { Step } from './step.ts';

/** Whether the services still part when only this much is done. */
export type Fails = (steps: readonly Step[]) => Promise<boolean>;

/**
 * The shortest part of a failing script that it finds within its time: first whole steps go, many at once and then
 * few; then requests out of bursts and parts out of multis. A script is only replaced by one that fails as well.
 */
export async function shrink(
  steps: readonly Step[],
  fails: Fails,
  hasTime: () => boolean,
): Promise<readonly Step[]> {
  let best = await withoutSteps(steps, fails, hasTime);
  for (let before = -1; before !== weight(best) && hasTime(); ) {
    before = weight(best);
    best = await simpler(best, fails, hasTime);
    best = await withoutSteps(best, fails, hasTime);
  }
  return best;
}

async function withoutSteps(
  steps: readonly Step[],
  fails: Fails,
  hasTime: () => boolean,
): Promise<readonly Step[]> {
  let best = steps;
  for (
    let size = Math.ceil(best.length / 2);
    size >= 1;
    size = size === 1 ? 0 : Math.ceil(size / 2)
  ) {
    for (let end = best.length; end > 0 && hasTime(); end -= size) {
      const kept = [...best.slice(0, Math.max(0, end - size)), ...best.slice(end)];
      if (kept.length > 0 && (await fails(kept))) best = kept;
    }
  }
  return best;
}

/** Tries every step in its simpler forms. */
async function simpler(
  steps: readonly Step[],
  fails: Fails,
  hasTime: () => boolean,
): Promise<readonly Step[]> {
  let best = steps;
  for (let at = best.length - 1; at >= 0; at -= 1) {
    for (let found = true; found && hasTime(); ) {
      found = false;
      const step = best[at];
      for (const candidate of step === undefined ? [] : simplerSteps(step)) {
        if (!hasTime()) return best;
        const changed = best.with(at, candidate);
        if (!(await fails(changed))) continue;
        best = changed;
        found = true;
        break;
      }
    }
  }
  return best;
}

function simplerSteps(step: Step): Step[] {
  if (step.do !== 'send') return [];
  const { requests } = step;
  const fewer =
    requests.length < 2
      ? []
      : requests.map((_, index) => ({ ...step, requests: requests.toSpliced(index, 1) }));
  const smaller = requests.flatMap((request, index) =>
    simplerRequests(request).map((one) => ({ ...step, requests: requests.with(index, one) })),
  );
  return [...fewer, ...smaller];
}

/** One element less in each list: the parts of a multi, the paths of setWatches, the entries of an ACL. */
function simplerRequests(request: Request): Request[] {
  const value = requestValue(request);
  return Object.entries(request.fields).flatMap(([name, field]) => {
    if (!isList(field) || field.length === 0) return [];
    if (name === 'acl' && field.length === 1) return [];
    return field.map((_, index) => requestOf({ ...value, [name]: field.toSpliced(index, 1) }));
  });
}

/** How much there is in a script. */
function weight(steps: readonly Step[]): number {
  return JSON.stringify(steps).length;
}
