import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Effect } from '../../machines/effect.ts';
import { zxidOf } from '../../machines/zab/zxid.ts';
import { messages } from './harness/chart.ts';
import { FakeHistory, zxids } from './harness/history.ts';
import { LeaderScene } from './harness/leader-scene.ts';

const WORTH = 4;
const A = 11;
const B = 12;

const zxid = (counter: number) => zxidOf(2, counter);

/** How many requests are in each batch that is proposed. */
function proposed(effects: readonly Effect[]): number[] {
  return effects.flatMap((effect) =>
    effect.type === 'publish' && effect.message.type === 'PROPOSAL'
      ? [effect.message.run.count]
      : [],
  );
}

function reminders(effects: readonly Effect[]) {
  return effects.flatMap((effect) => (effect.type === 'remind' ? [effect.event] : []));
}

/** Leader 1 of three, and clients in the sessions that they are called by. */
class Clients {
  readonly scene = new LeaderScene([1, 2, 3], new FakeHistory(zxids(1, 1, 3), 1), WORTH);

  constructor() {
    this.scene.establish();
    this.scene.join(3);
  }

  ask(sessionId: number, count = 1): Effect[] {
    return this.scene.request(count, 2, sessionId);
  }

  commit(counter: number): Effect[] {
    this.scene.ack(2, zxid(counter));
    return this.scene.ack(3, zxid(counter));
  }

  waited(after: number): Effect[] {
    return this.scene.chart.send({ type: 'WAITED', after: zxid(after) });
  }

  /** Both have come back once while the batch of the other was under way. Txn 3 is under way, by A; B waits behind it. */
  alternate(): void {
    this.ask(A);
    this.ask(B);
    assert.deepEqual(proposed(this.commit(1)), [1], 'nobody is known to come back');
    this.ask(A);
    assert.deepEqual(proposed(this.commit(2)), [1]);
    this.ask(B);
  }
}

test('clients that took turns are waited for, and asked in one batch from then on', () => {
  const clients = new Clients();
  clients.alternate();
  const effects = clients.commit(3);
  assert.deepEqual(proposed(effects), [], 'A will be back');
  assert.deepEqual(reminders(effects), [{ type: 'WAITED', after: zxid(3) }]);
  assert.deepEqual(proposed(clients.ask(A)), [2]);
  clients.commit(5);
  const first = clients.ask(B);
  assert.deepEqual(proposed(first), [], 'A was in that batch, too');
  assert.deepEqual(reminders(first), [{ type: 'WAITED', after: zxid(5) }]);
  assert.deepEqual(proposed(clients.ask(A)), [2]);
});

test('a wait has an end, and whoever did not come is not waited for again', () => {
  const clients = new Clients();
  clients.alternate();
  clients.commit(3);
  assert.deepEqual(proposed(clients.waited(3)), [1]);
  assert.deepEqual(proposed(clients.ask(A)), [], 'behind a batch');
  const effects = clients.commit(4);
  assert.deepEqual(proposed(effects), [], 'B has not failed to come');
  clients.waited(4);
  clients.ask(B);
  assert.deepEqual(proposed(clients.commit(5)), [1], 'A has');
});

test('a wait is begun once, and what has been proposed since ends it', () => {
  const clients = new Clients();
  clients.alternate();
  clients.commit(3);
  assert.deepEqual(clients.ask(13), [], 'one reminder is enough');
  assert.deepEqual(proposed(clients.ask(A)), [3]);
  assert.deepEqual(clients.waited(3), [], 'a batch is under way');
  clients.commit(6);
  clients.ask(A);
  assert.deepEqual(clients.waited(3), [], 'B is still waited for');
  assert.deepEqual(proposed(clients.ask(B)), [2]);
});

test('as many as are worth a batch wait for nobody', () => {
  const clients = new Clients();
  clients.alternate();
  clients.commit(3);
  assert.deepEqual(proposed(clients.ask(13, WORTH - 1)), [WORTH]);
});

test('whoever does not come back while a batch is under way is never waited for', () => {
  const clients = new Clients();
  clients.ask(A);
  clients.ask(B);
  clients.commit(1);
  clients.commit(2);
  assert.deepEqual(proposed(clients.ask(A)), [1], 'later, and nothing else is under way');
  clients.ask(B);
  assert.deepEqual(proposed(clients.commit(3)), [1]);
});

test('a sync, a session that comes back and a beat go behind what waits', () => {
  const ways: readonly [string, (scene: LeaderScene) => Effect[]][] = [
    ['sync', ({ chart }) => chart.send({ type: 'SYNC', from: 2, link: 200, requestId: 9 })],
    [
      'session',
      ({ chart }) =>
        chart.send({
          type: 'REVALIDATE',
          from: 2,
          link: 200,
          requestId: 9,
          sessionId: B,
          timeoutMs: 1000,
          password: Buffer.alloc(16),
        }),
    ],
    ['beat', (scene) => scene.tick(10)],
  ];
  for (const [name, happens] of ways) {
    const clients = new Clients();
    clients.alternate();
    clients.commit(3);
    assert.ok(messages(happens(clients.scene)).includes('PROPOSAL'), name);
  }
});

test('newcomers are waited for as the newcomers before them came back', () => {
  const clients = new Clients();
  const { state } = clients.scene;
  const open = () => {
    state.nextBody = { type: 'createSession', timeoutMs: 1000, password: Buffer.alloc(16) };
    clients.ask(0);
    state.nextBody = { type: 'error', code: -101 };
  };
  open();
  clients.ask(A);
  assert.deepEqual(proposed(clients.commit(1)), [1], 'nobody is known to come back');
  clients.ask(zxid(1));
  clients.commit(2);
  clients.commit(3);
  clients.waited(3);
  open();
  clients.ask(A);
  assert.deepEqual(proposed(clients.commit(4)), [], 'the last one came at once');
  assert.deepEqual(proposed(clients.waited(4)), [1], 'this one does not');
  clients.commit(5);
  open();
  clients.ask(B);
  assert.deepEqual(proposed(clients.commit(6)), [1]);
});

test('a session that is closed is waited for by nobody', () => {
  const clients = new Clients();
  clients.alternate();
  clients.scene.state.nextBody = { type: 'closeSession', paths: [] };
  clients.commit(3);
  assert.deepEqual(proposed(clients.ask(A)), [2], 'both are closed by that');
  clients.scene.state.nextBody = { type: 'error', code: -101 };
  clients.commit(5);
  assert.deepEqual(proposed(clients.ask(13)), [1]);
});
