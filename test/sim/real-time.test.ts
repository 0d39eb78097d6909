import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RealWorldTouched, withoutRealTime } from './real-time.ts';

for (const [name, touch] of [
  ['setTimeout', () => setTimeout(() => undefined, 1)],
  ['new Date', () => new Date()],
  ['Math.random', () => Math.random()],
  ['performance.now', () => performance.now()],
  ['queueMicrotask', () => queueMicrotask(() => undefined)],
  ['Promise', () => Promise.resolve()],
  ['a promise of an async function', () => void (async () => undefined)()],
  ['process.nextTick', () => process.nextTick(() => undefined)],
] as const) {
  test(`a life that reaches for the real world ends: ${name}`, () => {
    assert.throws(() => withoutRealTime<unknown>(touch), RealWorldTouched);
    assert.doesNotThrow(() => withoutRealTime(() => undefined), 'and the traps are gone');
    assert.ok(Date.now() > 0 && performance.now() > 0);
  });
}
