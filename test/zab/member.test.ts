import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MemberEvent } from '../../machines/zab/event.ts';
import { memberMachine } from '../../machines/zab/member.ts';
import { zxidOf } from '../../machines/zab/zxid.ts';
import { Chart, types } from './harness/chart.ts';
import { FakeHistory, zxids } from './harness/history.ts';

function member(
  votes = true,
  readOnlyAfterMs?: number,
): { chart: Chart<MemberEvent>; history: FakeHistory } {
  const history = new FakeHistory(zxids(1, 1, 3), 1);
  return { chart: new Chart(memberMachine, { self: 1, votes, history, readOnlyAfterMs }), history };
}

const DRAINED: MemberEvent = { type: 'DRAINED' };
const LOST: MemberEvent = { type: 'LOST', reason: 'a test' };

test('ZOOKEEPER-2845: a member votes with what it has once nothing is on its way to the disk', () => {
  const { chart, history } = member();
  assert.deepEqual(types(chart.send({ type: 'START' })), ['DRAIN']);
  history.zxids.push(zxidOf(1, 4));
  assert.deepEqual(chart.send(DRAINED), [
    {
      type: 'tell',
      to: 'elector',
      event: { type: 'LOOK', zxid: zxidOf(1, 4), currentEpoch: 1 },
    },
  ]);
});

for (const [leader, role, order] of [
  [1, 'leader', 'LEAD'],
  [2, 'follower', 'FOLLOW'],
] as const) {
  test(`a ${role} serves clients in an established epoch, and only there`, () => {
    const { chart } = member();
    chart.send({ type: 'START' }, DRAINED);
    assert.deepEqual(types(chart.send({ type: 'ELECTED', leader })), [order]);
    const established = chart.send({ type: 'ESTABLISHED', epoch: 2 });
    assert.deepEqual(types(established), ['SETTLED', 'serve']);
    const serve = established.at(-1);
    assert.ok(serve?.type === 'serve' && serve.role === role);
    assert.deepEqual(types(chart.send(LOST)), ['cease', 'UNSETTLED', 'DRAIN']);
    assert.deepEqual(types(chart.send(DRAINED)), ['LOOK']);
  });

  test(`a ${role} whose epoch is lost before it is established looks again`, () => {
    const { chart } = member();
    chart.send({ type: 'START' }, DRAINED, { type: 'ELECTED', leader });
    assert.deepEqual(types(chart.send(LOST)), ['UNSETTLED', 'DRAIN']);
    assert.deepEqual(chart.send(LOST), [], 'once is enough');
  });
}

test('a member that finds no leader serves whoever only reads, until it finds one (reference §9.7)', () => {
  const { chart } = member(true, 2000);
  chart.send({ type: 'START' }, DRAINED);
  assert.deepEqual(chart.pass(1999), []);
  const [serve] = chart.pass(1);
  assert.ok(serve?.type === 'serve' && serve.role === 'read-only');
  assert.deepEqual(chart.send(LOST), [], 'there is no epoch to be lost');
  assert.deepEqual(types(chart.send({ type: 'ELECTED', leader: 2 })), ['cease', 'FOLLOW']);
  assert.deepEqual(types(chart.send({ type: 'ESTABLISHED', epoch: 2 })), ['SETTLED', 'serve']);
  assert.deepEqual(types(chart.send(LOST, DRAINED)), ['cease', 'UNSETTLED', 'DRAIN', 'LOOK']);
  assert.deepEqual(chart.pass(1999), [], 'it looks for that long afresh');
  assert.deepEqual(types(chart.pass(1)), ['serve']);
});

test('a member that may not serve without a leader never does', () => {
  const { chart } = member();
  chart.send({ type: 'START' }, DRAINED);
  assert.deepEqual(chart.pass(1_000_000), []);
  assert.deepEqual(types(chart.send({ type: 'ELECTED', leader: 2 })), ['FOLLOW']);
});
