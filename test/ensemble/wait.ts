import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Asks again and again until the answer is not `undefined`. Throws with `what` when `withinMs` have passed.
 */
export async function eventually<T>(
  what: string,
  withinMs: number,
  ask: () => T | undefined | Promise<T | undefined>,
  everyMs = 25,
): Promise<T> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() >= deadline) throw new Error(`${what}: not within ${withinMs} ms`);
    await sleep(everyMs);
  }
}
