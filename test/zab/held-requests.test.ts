import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Effect } from '../../machines/effect.ts';
import type { FollowerEvent } from '../../machines/zab/event.ts';
import { zxidOf } from '../../machines/zab/zxid.ts';
import { messages } from './harness/chart.ts';
import { commit, FollowerScene, LEADER, proposal } from './harness/follower-scene.ts';
import { FakeHistory, zxids } from './harness/history.ts';

const WORTH = 4;
const zxid = (counter: number) => zxidOf(2, counter);

/** A follower that owes the acknowledgement of the first proposal of epoch 2. */
function owing(): FollowerScene {
  const scene = new FollowerScene(new FakeHistory(zxids(1, 1, 3), 1), true, WORTH);
  scene.activate();
  scene.stream(1, proposal(zxid(1)));
  return scene;
}

function submit(scene: FollowerScene, ...requestIds: number[]): Effect[] {
  const request = { sessionId: 7, cxid: 1, opcode: 5, identities: [], body: Buffer.alloc(0) };
  const requests = requestIds.map((requestId) => ({ ...request, requestId }));
  return scene.chart.send({ type: 'SUBMIT', message: { type: 'REQUEST', requests } });
}

function flushed(scene: FollowerScene, counter: number): Effect[] {
  const event: FollowerEvent = { type: 'APPENDED', zxid: zxid(counter) };
  return scene.chart.send(event);
}

/** Numbers of the requests in each message to the leader. */
function forwarded(effects: readonly Effect[]): number[][] {
  return effects.flatMap((effect) =>
    effect.type === 'send' && effect.message.type === 'REQUEST'
      ? [effect.message.requests.map(({ requestId }) => requestId)]
      : [],
  );
}

test('requests leave at once where nothing is owed', () => {
  const scene = new FollowerScene();
  scene.activate();
  assert.deepEqual(forwarded(submit(scene, 1)), [[1]]);
  assert.deepEqual(forwarded(submit(scene, 2)), [[2]]);
});

test('while an acknowledgement is owed they wait, and go ahead of it as one message', () => {
  const scene = owing();
  assert.deepEqual(submit(scene, 1), []);
  assert.deepEqual(submit(scene, 2, 3), []);
  const effects = flushed(scene, 1);
  assert.deepEqual(messages(effects), ['REQUEST', 'ACK']);
  assert.deepEqual(forwarded(effects), [[1, 2, 3]]);
  assert.deepEqual(forwarded(submit(scene, 4)), [[4]], 'nothing is owed any more');
});

test('as many as are worth a batch wait for nothing', () => {
  const scene = owing();
  assert.deepEqual(submit(scene, 1), []);
  assert.deepEqual(forwarded(submit(scene, 2, 3, 4)), [[1, 2, 3, 4]]);
  assert.deepEqual(messages(flushed(scene, 1)), ['ACK']);
});

test('a disk that hangs keeps nobody waiting: what the others have committed lets them go', () => {
  const scene = owing();
  scene.stream(2, proposal(zxid(2)));
  submit(scene, 1);
  assert.deepEqual(forwarded(scene.stream(3, commit(zxid(1)))), [], 'the second is under way');
  assert.deepEqual(forwarded(scene.stream(4, commit(zxid(2)))), [[1]]);
  assert.deepEqual(forwarded(submit(scene, 2)), [[2]]);
});

test('a sync and a session that comes back go behind what was asked before them', () => {
  const sync = owing();
  submit(sync, 1);
  const asked = sync.chart.send({ type: 'SUBMIT', message: { type: 'SYNC', requestId: 2 } });
  assert.deepEqual(messages(asked), ['REQUEST', 'SYNC']);

  const back = owing();
  submit(back, 1);
  const session = { requestId: 2, sessionId: 7, timeoutMs: 1000, password: Buffer.alloc(16) };
  const message = { type: 'REVALIDATE', ...session } as const;
  assert.deepEqual(messages(back.chart.send({ type: 'SUBMIT', message })), [
    'REQUEST',
    'REVALIDATE',
  ]);
});

test('what waited for one leader is not told the next', () => {
  const scene = owing();
  submit(scene, 1);
  const reason = 'reset by the peer';
  scene.chart.send({ type: 'LINK_DOWN', peer: LEADER, link: scene.link, reason });
  scene.history.zxids.push(zxid(1));
  scene.follow();
  scene.hear({ type: 'LEADERINFO', epoch: 3 });
  scene.save(3);
  scene.hear({ type: 'DIFF', keepThrough: zxid(1) });
  const committedZxid = zxid(1);
  const history = { lastZxid: zxid(1), committedZxid, sequence: 0 };
  scene.hear({ type: 'NEWLEADER', epoch: 3, ...history });
  scene.history.epochs = { acceptedEpoch: 3, currentEpoch: 3 };
  scene.chart.send({ type: 'ADOPTED' });
  scene.hear({ type: 'UPTODATE', committedZxid });
  scene.chart.send({ type: 'REPLAYED', through: zxid(1) });
  assert.deepEqual(forwarded(submit(scene, 2)), [[2]]);
});
