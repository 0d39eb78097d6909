import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '../sim/world/random.ts';
import { allFaults, schedule } from './all-faults.ts';

/** The first faults of a seed, as they would be done. */
function first(count: number, seed: number) {
  const planned: unknown[] = [];
  for (const { fault, holdMs, pauseMs } of schedule(new Random(seed), allFaults)) {
    planned.push([fault.kind, holdMs, pauseMs]);
    if (planned.length === count) break;
  }
  return planned;
}

test('one seed is one order of faults, another seed another', () => {
  assert.deepEqual(first(100, 7), first(100, 7));
  assert.notDeepEqual(first(100, 7), first(100, 8));
});

test('every round does every kind once', () => {
  const kinds = allFaults.map(({ kind }) => kind).sort();
  assert.equal(new Set(kinds).size, kinds.length);
  const planned = schedule(new Random(3), allFaults);
  for (const _ of ['round one', 'round two']) {
    const round = allFaults.map(() => planned.next().value?.fault.kind);
    assert.deepEqual(round.sort(), kinds);
  }
});
