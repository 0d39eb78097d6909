import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LoggerEvent } from '../../machines/zab/event.ts';
import { loggerMachine } from '../../machines/zab/logger.ts';
import { zxidOf } from '../../machines/zab/zxid.ts';
import { Chart, types } from './harness/chart.ts';
import { runOf } from './harness/history.ts';

const logger = () => new Chart<LoggerEvent>(loggerMachine, undefined);

function append(
  counter: number,
  owner: 'leader' | 'follower' = 'follower',
  committedZxid = 0,
): LoggerEvent {
  return { type: 'APPEND', run: runOf(zxidOf(1, counter)), committedZxid, owner };
}

const FLUSHED: LoggerEvent = { type: 'FLUSHED' };
const DRAIN: LoggerEvent = { type: 'DRAIN' };
const PROMISE: Extract<LoggerEvent, { type: 'SAVE_EPOCHS' }> = {
  type: 'SAVE_EPOCHS',
  acceptedEpoch: 3,
  currentEpoch: 2,
  owner: 'follower',
};
const ADOPT: LoggerEvent = {
  type: 'ADOPT',
  keepThrough: 0,
  runs: [],
  currentEpoch: 2,
  committedZxid: 0,
  snapshot: false,
};

test('nothing is reported as appended before the flush', () => {
  const chart = logger();
  assert.deepEqual(types(chart.send(append(1))), ['append']);
  assert.deepEqual(chart.send(FLUSHED), [
    { type: 'tell', to: 'follower', event: { type: 'APPENDED', zxid: zxidOf(1, 1) } },
  ]);
  assert.equal(chart.state, 'idle');
});

test('what arrives during a flush is one flush afterwards', () => {
  const chart = logger();
  chart.send(append(1));
  assert.deepEqual(chart.send(append(2), append(3)), []);
  const effects = chart.send(FLUSHED);
  assert.deepEqual(types(effects), ['APPENDED', 'append']);
  const order = effects[1];
  assert.ok(order?.type === 'append');
  assert.deepEqual(
    order.runs.map(({ firstZxid }) => firstZxid),
    [zxidOf(1, 2), zxidOf(1, 3)],
  );
  assert.deepEqual(chart.send(FLUSHED), [
    { type: 'tell', to: 'follower', event: { type: 'APPENDED', zxid: zxidOf(1, 3) } },
  ]);
});

test('the highest commit known goes with a flush', () => {
  const chart = logger();
  chart.send(append(1));
  chart.send(append(2), append(3, 'follower', zxidOf(1, 1)));
  const order = chart.send(FLUSHED)[1];
  assert.ok(order?.type === 'append');
  assert.equal(order.committedZxid, zxidOf(1, 1));
});

test('whoever owns the records hears of them', () => {
  const chart = logger();
  chart.send(append(1, 'leader'));
  assert.deepEqual(chart.send(FLUSHED), [
    { type: 'tell', to: 'leader', event: { type: 'APPENDED', zxid: zxidOf(1, 1) } },
  ]);
});

test('a promise, a history and a claim are each reported when they are on the disk', () => {
  const chart = logger();
  assert.deepEqual(types(chart.send(PROMISE)), ['saveEpochs']);
  const saved = { type: 'EPOCHS_SAVED', acceptedEpoch: 3, currentEpoch: 2 };
  assert.deepEqual(chart.send(FLUSHED), [{ type: 'tell', to: 'follower', event: saved }]);
  assert.deepEqual(types(chart.send(ADOPT)), ['adopt']);
  assert.deepEqual(types(chart.send(FLUSHED)), ['ADOPTED']);
  chart.send({ ...PROMISE, owner: 'leader' });
  assert.deepEqual(chart.send(FLUSHED), [{ type: 'tell', to: 'leader', event: saved }]);
});

for (const first of [append(1), ADOPT, PROMISE]) {
  for (const second of [ADOPT, PROMISE]) {
    test(`a member with ${first.type} on its way to the disk stops at ${second.type}`, () => {
      const chart = logger();
      chart.send(first);
      assert.throws(() => chart.send(second), /does not expect/);
    });
  }
}

test('records of a leader never wait beside those of a follower', () => {
  const chart = logger();
  chart.send(append(1), append(2), append(3, 'leader'));
  assert.throws(() => chart.send(FLUSHED), /of a leader and of a follower/);
});

for (const [name, job] of [
  ['an append', append(1)],
  ['an adoption', ADOPT],
  ['a promise', PROMISE],
] as const) {
  test(`a member does not vote while ${name} is on its way to the disk`, () => {
    const chart = logger();
    chart.send(job);
    assert.deepEqual(chart.send(DRAIN), []);
    assert.equal(types(chart.send(FLUSHED)).at(-1), 'DRAINED');
    assert.deepEqual(types(chart.send(DRAIN)), ['DRAINED']);
  });
}
