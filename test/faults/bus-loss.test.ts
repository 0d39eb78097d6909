import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { MODE } from '../client/record.ts';
import type { ManagedProcess } from '../ensemble/managed-process.ts';
import { eventually } from '../ensemble/wait.ts';
import { Ensemble, serviceUnderTest } from '../ensemble.ts';
import { checkHistory } from './history.ts';
import { SteadyLoad } from './steady-load.ts';

const skip = serviceUnderTest() === 'zookeeper' && 'Apache ZooKeeper has no bus';
const OUTAGE_MS = 5000;

for (const [name, stop, start] of [
  ['stops', (bus: ManagedProcess) => bus.terminate(), (bus: ManagedProcess) => bus.start()],
  [
    'freezes',
    (bus: ManagedProcess) => bus.signal('SIGSTOP'),
    (bus: ManagedProcess) => bus.signal('SIGCONT'),
  ],
] as const) {
  test(`the bus ${name} for 5 s: sessions and their ephemerals stay, nothing is lost`, {
    skip,
    timeout: 120_000,
  }, async (context) => {
    const ensemble = await Ensemble.start();
    let load: SteadyLoad | undefined;
    try {
      load = await SteadyLoad.start(ensemble.members);
      const { writers } = load;
      for (const { client, directory } of writers) {
        await client.create(`${directory.replace('/load/', '/load/clock-')}`, '', {
          mode: MODE.ephemeral,
        });
      }
      const sessions = writers.map(({ client }) => client.sessionId);
      const before = load.acknowledgedCount;
      await eventually(
        'writes',
        30_000,
        () => load !== undefined && load.acknowledgedCount > before + 200,
      );

      const [bus] = ensemble.bus;
      assert.ok(bus);
      await stop(bus);
      const stoppedMs = performance.now();
      await sleep(OUTAGE_MS);
      start(bus);
      const startedMs = performance.now();
      await eventually('every client writing again', 60_000, () =>
        writers.every((writer) => writer.lastAcknowledgedMs > startedMs),
      );
      context.diagnostic(
        `writes ${(load.longestSilenceMs(stoppedMs, performance.now()) - OUTAGE_MS).toFixed(0)} ms ` +
          'after the bus was back',
      );
      await ensemble.serving();

      assert.deepEqual(
        writers.map(({ client }) => client.sessionId),
        sessions,
      );
      for (const { client, directory } of writers) {
        const stat = await client.exists(`${directory.replace('/load/', '/load/clock-')}`);
        assert.equal(stat?.ephemeralOwner, client.sessionId);
      }
      await load.stop();
      await ensemble.settled();
      context.diagnostic(JSON.stringify(await checkHistory(load, ensemble.members)));
      await load.close();
    } finally {
      load?.abandon();
      await ensemble.stop();
    }
  });
}

test('one of three bus servers is killed: writes go on', {
  skip,
  timeout: 120_000,
}, async (context) => {
  const ensemble = await Ensemble.start({ natsServers: 3 });
  let load: SteadyLoad | undefined;
  try {
    load = await SteadyLoad.start(ensemble.members);
    for (const [index, bus] of ensemble.bus.entries()) {
      const before = load.acknowledgedCount;
      await eventually(
        'writes',
        30_000,
        () => load !== undefined && load.acknowledgedCount > before + 200,
      );
      const killedMs = performance.now();
      await bus.kill();
      await eventually('every client writing again', 30_000, () =>
        load?.writers.every((writer) => writer.lastAcknowledgedMs > killedMs + 500),
      );
      const gapMs = load.longestSilenceMs(killedMs, performance.now());
      context.diagnostic(`server ${index + 1} killed: longest silence ${gapMs.toFixed(0)} ms`);
      bus.start();
      await ensemble.serving();
    }
    await load.stop();
    await ensemble.settled();
    context.diagnostic(JSON.stringify(await checkHistory(load, ensemble.members)));
    await load.close();
  } finally {
    load?.abandon();
    await ensemble.stop();
  }
});
