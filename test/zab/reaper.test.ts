import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Reaper, type ReapingOptions } from '../../machines/zab/reaper.ts';
import { zxidOf } from '../../machines/zab/zxid.ts';
import { messages } from './harness/chart.ts';
import { LeaderScene, REAPING } from './harness/leader-scene.ts';
import { FakeState } from './harness/state.ts';

const TICK_MS = 50;

/** A reaper over nodes that may all go, and when each was told to go. */
function reaping(options: Partial<ReapingOptions>, nodes: number, forMs: number): number[] {
  const state = new FakeState();
  for (let at = 0; at < nodes; at++) state.reapables.set(`/c${at}`, 0);
  const reaper = new Reaper({ ...REAPING, ...options }, state, 0);
  const times: number[] = [];
  for (let nowMs = TICK_MS; nowMs <= forMs; nowMs += TICK_MS) {
    for (const path of reaper.due(nowMs, nowMs)) {
      times.push(nowMs);
      assert.ok(state.reapables.delete(path), `${path} went before`);
    }
  }
  return times;
}

test('a round begins after one interval, and all that may go goes in it', () => {
  assert.deepEqual(
    reaping({ checkIntervalMs: 1000, maxPerMinute: 6000 }, 3, 5000),
    [1000, 1000, 1000],
  );
});

test('in no minute more is deleted than is allowed', () => {
  for (const maxPerMinute of [1, 2, 7, 64, 65, 100, 1000, 10_000]) {
    const times = reaping({ checkIntervalMs: 10, maxPerMinute }, 25_000, 200_000);
    for (const [at, time] of times.entries()) {
      const beyond = times[at + maxPerMinute];
      assert.ok(beyond === undefined || beyond - time >= 60_000, `${maxPerMinute} from ${time}`);
    }
    const expected = Math.min(25_000, maxPerMinute * 3);
    assert.ok(times.length > expected * 0.7, `${times.length} of ${maxPerMinute} in a minute`);
  }
});

test('a turn looks at a bounded number of nodes and deletes fewer', () => {
  const state = new FakeState();
  for (let at = 0; at < 10_000; at++) state.reapables.set(`/c${at}`, at % 2 === 0 ? 0 : 1e12);
  let looks = 0;
  const counting = {
    reapablePaths: () => state.reapablePaths(),
    mayReap: (path: string, wallMs: number) => {
      looks++;
      return state.mayReap(path, wallMs);
    },
  };
  const reaper = new Reaper(
    { ...REAPING, maxPerMinute: 10_000_000, checkIntervalMs: 100 },
    counting,
    0,
  );
  let deleted = 0;
  for (let nowMs = TICK_MS; deleted < 5000; nowMs += TICK_MS) {
    const before = looks;
    const due = reaper.due(nowMs, nowMs);
    deleted += due.length;
    for (const path of due) state.reapables.delete(path);
    assert.ok(due.length <= 64 && looks - before <= 256);
    assert.ok(nowMs < 20_000, 'it comes to an end');
  }
});

test('what may not go yet goes in a later round', () => {
  const state = new FakeState();
  state.reapables.set('/t', 5500);
  const reaper = new Reaper({ ...REAPING, checkIntervalMs: 1000 }, state, 0);
  const due: [number, string[]][] = [];
  for (let nowMs = TICK_MS; nowMs < 8000; nowMs += TICK_MS) {
    const paths = reaper.due(nowMs, nowMs);
    if (paths.length > 0) due.push([nowMs, paths]);
    for (const path of paths) state.reapables.delete(path);
  }
  assert.deepEqual(due, [[6000, ['/t']]]);
});

test('a leader proposes the deletion as any other change, and no other member does', () => {
  const scene = new LeaderScene();
  scene.state.reapables.set('/c', 0);
  scene.establish();
  const said = [];
  for (let nowMs = TICK_MS; nowMs <= 3000; nowMs += TICK_MS) {
    scene.pong(2);
    const effects = scene.tick(nowMs);
    if (!messages(effects).includes('PROPOSAL')) continue;
    said.push(nowMs);
    const appended = effects.find(({ type }) => type === 'tell');
    assert.ok(appended?.type === 'tell' && appended.event.type === 'APPEND');
    assert.equal(appended.event.run.firstZxid, zxidOf(2, 1));
  }
  assert.deepEqual(said, [1000], 'once, after one interval');
});

test('a new epoch begins its rounds afresh', () => {
  const scene = new LeaderScene();
  scene.establish();
  for (let nowMs = TICK_MS; nowMs <= 700; nowMs += TICK_MS) {
    scene.pong(2);
    scene.tick(nowMs);
  }
  scene.chart.send({ type: 'ABANDON', reason: 'test' });
  scene.state.reapables.set('/c', 0);
  scene.chart.send({ type: 'LEAD' });
  scene.info(2, 2);
  scene.save(3, 2);
  scene.promise(2, { currentEpoch: 2 });
  scene.save(3, 3);
  scene.caughtUp(2);
  scene.acceptsLeader(2, 3);
  scene.chart.send({ type: 'REPLAYED', through: scene.history.lastZxid });
  const said = [];
  for (let nowMs = 750; nowMs <= 3000; nowMs += TICK_MS) {
    scene.pong(2);
    if (messages(scene.tick(nowMs)).includes('PROPOSAL')) said.push(nowMs);
  }
  assert.deepEqual(said, [1700]);
});
