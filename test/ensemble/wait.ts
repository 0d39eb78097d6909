import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Asks again and again until there is an answer: anything but `undefined` and `false`. Throws with `what` when `withinMs` have passed.
 */
export async function eventually<T>(
  what: string,
  withinMs: number,
  ask: () => T | undefined | false | Promise<T | undefined | false>,
  everyMs = 25,
): Promise<T> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    if (performance.now() >= deadline) throw new Error(`${what}: not within ${withinMs} ms`);
    await sleep(everyMs);
  }
}
