import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { SilenceWatch } from '../../runtime/bus/silence-watch.ts';

const INTERVAL_MS = 100;

/** A server that answers pings, or sends, as the test says. */
function watched(context: TestContext) {
  context.mock.timers.enable({ apis: ['setInterval'] });
  const server = { inBytes: 0, pings: 0, answers: true, silent: 0 };
  const connection = {
    stats: () => ({ inBytes: server.inBytes }),
    flush: () => {
      server.pings += 1;
      return server.answers ? Promise.resolve() : new Promise<void>(() => undefined);
    },
  };
  const watch = new SilenceWatch(connection, INTERVAL_MS, () => {
    server.silent += 1;
    watch.stop();
  });
  const intervals = async (count: number, act = () => {}): Promise<void> => {
    for (let index = 0; index < count; index++) {
      act();
      context.mock.timers.tick(INTERVAL_MS);
      await Promise.resolve();
      await Promise.resolve();
    }
  };
  return { server, watch, intervals };
}

test('a server that answers is pinged once an interval', async (context) => {
  const { server, watch, intervals } = watched(context);
  await intervals(10);
  assert.deepEqual([server.pings, server.silent], [10, 0]);
  watch.stop();
  await intervals(10);
  assert.equal(server.pings, 10);
});

test('a server that says nothing for two intervals after a ping is silent', async (context) => {
  const { server, intervals } = watched(context);
  await intervals(3);
  server.answers = false;
  await intervals(1);
  assert.deepEqual([server.pings, server.silent], [4, 0]);
  await intervals(1);
  assert.equal(server.silent, 0);
  await intervals(1);
  assert.equal(server.silent, 1);
});

test('a server that sends is not silent, however long its answer waits', async (context) => {
  const { server, intervals } = watched(context);
  server.answers = false;
  await intervals(20, () => {
    server.inBytes += 1;
  });
  assert.deepEqual([server.pings, server.silent], [1, 0]);
  await intervals(2);
  assert.equal(server.silent, 1);
});
