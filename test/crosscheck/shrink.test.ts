import assert from 'node:assert/strict';
import { test } from 'node:test';
import { get, send } from './fixture.ts';
import { type Request, requestValue } from './request.ts';
import { shrink } from './shrink.ts';
import type { Step } from './step.ts';

const always = () => true;
const holds = (steps: readonly Step[], ...words: readonly string[]) =>
  words.every((word) => JSON.stringify(steps).includes(`"${word}"`));

test('what is left is what it takes, in its order', async () => {
  const steps = Array.from({ length: 40 }, (_, index) => send('a', get(`/r/${index}`)));
  let tries = 0;
  const left = await shrink(
    steps,
    (candidate) => {
      tries += 1;
      return Promise.resolve(holds(candidate, '/r/7', '/r/31'));
    },
    always,
  );
  assert.deepEqual(left, [send('a', get('/r/7')), send('a', get('/r/31'))]);
  assert.ok(tries < 120, `${tries} tries`);
});

test('requests leave bursts, and parts leave multis', async () => {
  const parts = ['/r/1', '/r/2', '/r/3'].map((path) =>
    requestValue({ op: 'delete', fields: { path, version: -1 } }),
  );
  const multi: Request = { op: 'multi', fields: { parts } };
  const left = await shrink(
    [send('a', get('/r/0'), multi, get('/r/4'))],
    (candidate) => Promise.resolve(holds(candidate, '/r/2')),
    always,
  );
  const part = requestValue({ op: 'delete', fields: { path: '/r/2', version: -1 } });
  assert.deepEqual(left, [send('a', { op: 'multi', fields: { parts: [part] } })]);
});

test('without time the script stays as it was', async () => {
  const steps = [send('a', get('/r/1')), send('a', get('/r/2'))];
  const left = await shrink(
    steps,
    () => Promise.reject(new Error('asked')),
    () => false,
  );
  assert.deepEqual(left, steps);
});
