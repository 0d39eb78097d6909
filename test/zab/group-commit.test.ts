import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Effect } from '../../machines/effect.ts';
import { zxidOf } from '../../machines/zab/zxid.ts';
import { messages } from './harness/chart.ts';
import { FakeHistory, zxids } from './harness/history.ts';
import { committed, LeaderScene } from './harness/leader-scene.ts';

const WORTH = 4;

/** Leader 1 of three with both learners, for which four requests are worth a batch. */
function leading(): LeaderScene {
  const scene = new LeaderScene([1, 2, 3], new FakeHistory(zxids(1, 1, 3), 1), WORTH);
  scene.establish();
  scene.join(3);
  return scene;
}

/** First and last zxid of each batch that is proposed. */
function proposed(effects: readonly Effect[]): (readonly [number, number])[] {
  return effects.flatMap((effect) =>
    effect.type === 'publish' && effect.message.type === 'PROPOSAL'
      ? [[effect.message.run.firstZxid, effect.message.run.lastZxid] as const]
      : [],
  );
}

const zxid = (counter: number) => zxidOf(2, counter);

test('what comes while nothing is under way is proposed at once', () => {
  const scene = leading();
  assert.deepEqual(proposed(scene.request(1)), [[zxid(1), zxid(1)]]);
});

test('what comes behind that waits for its commit, and is one batch then', () => {
  const scene = leading();
  scene.request(1);
  assert.deepEqual(scene.request(1), []);
  assert.deepEqual(scene.request(2, 2), []);
  assert.deepEqual(scene.ack(2, zxid(1)), [], 'one disk of three');
  const effects = scene.ack(3, zxid(1));
  assert.equal(committed(effects), zxid(1));
  assert.deepEqual(proposed(effects), [[zxid(2), zxid(4)]]);
  assert.deepEqual(messages(effects), ['COMMIT', 'PROPOSAL'], 'in one message to all');
});

test('as many as are worth a batch wait for nothing', () => {
  const scene = leading();
  scene.request(1);
  scene.request(WORTH - 1);
  assert.deepEqual(proposed(scene.request(1)), [[zxid(2), zxid(1 + WORTH)]]);
  assert.deepEqual(proposed(scene.request(WORTH)), [[zxid(2 + WORTH), zxid(1 + 2 * WORTH)]]);
});

test("the leader's own flush lets the next batch go as well", () => {
  const scene = leading();
  scene.request(1);
  scene.request(1);
  scene.ack(2, zxid(1));
  const effects = scene.chart.send({ type: 'APPENDED', zxid: zxid(1) });
  assert.deepEqual(proposed(effects), [[zxid(2), zxid(2)]]);
});

test('a sync, a session that comes back and a beat go behind what was asked before them', () => {
  const sync = leading();
  sync.request(1);
  sync.request(1);
  const synced = sync.chart.send({ type: 'SYNC', from: 2, link: 200, requestId: 9 });
  assert.deepEqual(messages(synced), ['PROPOSAL', 'PING']);
  sync.ack(2, zxid(1));
  sync.chart.send({ type: 'APPENDED', zxid: zxid(1) });
  assert.deepEqual(messages(sync.pong(2, 1)), [], 'what it goes behind is not committed yet');
  sync.ack(2, zxid(2));
  const answer = sync.chart.send({ type: 'APPENDED', zxid: zxid(2) });
  assert.deepEqual(messages(answer), ['COMMIT', 'SYNCED']);

  const back = leading();
  back.request(1);
  back.request(1);
  const session = { requestId: 9, sessionId: 7, timeoutMs: 1000, password: Buffer.alloc(16) };
  const revalidated = back.chart.send({ type: 'REVALIDATE', from: 2, link: 200, ...session });
  assert.equal(messages(revalidated)[0], 'PROPOSAL');

  const beat = leading();
  beat.request(1);
  beat.request(1);
  assert.deepEqual(proposed(beat.tick(10)), [[zxid(2), zxid(2)]]);
});
