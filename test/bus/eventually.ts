import { setTimeout as pause } from 'node:timers/promises';

/** Waits until the condition holds; fails, naming it, when it does not within `deadlineMs`. */
export async function eventually(
  what: string,
  condition: () => boolean | Promise<boolean>,
  deadlineMs = 10_000,
): Promise<void> {
  const startMs = performance.now();
  while (!(await condition())) {
    if (performance.now() - startMs > deadlineMs) {
      throw new Error(`not within ${deadlineMs} ms: ${what}`);
    }
    await pause(2);
  }
}
