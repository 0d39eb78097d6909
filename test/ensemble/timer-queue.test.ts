import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { TimerQueue } from '../../runtime/timer-queue.ts';

setFlagsFromString('--expose-gc');
const collectGarbage: unknown = runInNewContext('gc');

test('timers run in the order in which they are due, those of the same time in the order in which they were set', () => {
  const queue = new TimerQueue();
  const ran: string[] = [];
  for (const [name, dueMs] of [
    ['c', 30],
    ['a', 10],
    ['never', 10],
    ['b', 10],
    ['d', 40],
  ] as const) {
    const id = queue.add(dueMs, () => ran.push(name));
    if (name === 'never') queue.remove(id);
  }
  assert.equal(queue.size, 4);
  queue.runDue(30);
  assert.deepEqual(ran, ['a', 'b', 'c']);
  assert.equal(queue.nextDueMs, 40);
});

test('a timer that was removed lets go of what it would have called, long before it would have been due', async () => {
  assert.ok(typeof collectGarbage === 'function');
  const queue = new TimerQueue();
  queue.add(10, () => undefined);
  const called = new WeakRef(addAndRemove(queue));
  // A WeakRef holds its target until the job in which it was made is over.
  await new Promise((resolve) => setImmediate(resolve));
  collectGarbage();
  assert.equal(called.deref(), undefined);
});

function addAndRemove(queue: TimerQueue): () => void {
  const bytes = new Uint8Array(1024);
  const fn = (): void => {
    bytes.fill(1);
  };
  queue.remove(queue.add(10_000, fn));
  return fn;
}
