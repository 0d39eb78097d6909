import assert from 'node:assert/strict';
import { test } from 'node:test';
import { live } from './harness/life.ts';

/**
 * Many short lives, each told by its seed. To see one again:
 *   SEED=123 node --import tsx --test test/zab/lives.test.ts
 */
const LIVES = 120;
const BATCH = 20;

const one = process.env.SEED;
const from = one === undefined ? 1 : Number(one);
const through = one === undefined ? LIVES : from;

for (let first = from; first <= through; first += BATCH) {
  const last = Math.min(first + BATCH - 1, through);
  test(`lives ${first} to ${last}: whatever goes wrong, all members end the same and nothing acknowledged is lost`, () => {
    let acknowledged = 0;
    for (let seed = first; seed <= last; seed++) acknowledged += live(seed).acknowledged;
    assert.ok(acknowledged > 0, 'clients were served');
  });
}
