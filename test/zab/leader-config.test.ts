import assert from 'node:assert/strict';
import { test } from 'node:test';
import { zxidOf } from '../../machines/zab/zxid.ts';
import { messages } from './harness/chart.ts';
import { committed, LeaderScene } from './harness/leader-scene.ts';

test('an epoch begins with the config node where the leader has other members there, and only once', () => {
  const scene = new LeaderScene();
  scene.state.hasNewConfig = true;
  assert.equal(messages(scene.establish()).includes('PROPOSAL'), false);
  assert.equal(messages(scene.tick(50)).filter((type) => type === 'PROPOSAL').length, 1);
  scene.chart.send({ type: 'APPENDED', zxid: zxidOf(2, 1) });
  assert.equal(committed(scene.ack(2, zxidOf(2, 1))), zxidOf(2, 1));
  scene.pong(2);
  assert.equal(messages(scene.tick(100)).includes('PROPOSAL'), false);
});

test('a leader that has the same members there proposes nothing', () => {
  const scene = new LeaderScene();
  scene.establish();
  assert.equal(messages(scene.tick(50)).includes('PROPOSAL'), false);
});
