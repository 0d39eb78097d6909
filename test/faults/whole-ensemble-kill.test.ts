import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from '../ensemble/wait.ts';
import { Ensemble } from '../ensemble.ts';
import { checkHistory } from './history.ts';
import { SteadyLoad } from './steady-load.ts';

test('kill -9 of every process at once, under load: nothing acknowledged is lost', {
  timeout: 120_000,
}, async (context) => {
  const ensemble = await Ensemble.start();
  let load: SteadyLoad | undefined;
  try {
    load = await SteadyLoad.start(ensemble.members, { pauseMs: 2, timeoutMs: 30_000 });
    for (const round of [1, 2]) {
      const before = load.acknowledgedCount;
      await eventually(
        'writes',
        30_000,
        () => load !== undefined && load.acknowledgedCount > before + 500,
      );
      await ensemble.killAll();
      const killedMs = performance.now();
      await ensemble.startAll();
      await eventually('every client writing again', 60_000, () =>
        load?.writers.every((writer) => writer.lastAcknowledgedMs > killedMs),
      );
      const silenceMs = load.longestSilenceMs(killedMs, performance.now());
      context.diagnostic(`round ${round}: next write ${silenceMs.toFixed(0)} ms after the kill`);
    }
    const sessions = load.writers.map(({ client }) => client.sessionId);
    assert.equal(new Set(sessions).size, sessions.length);
    await load.stop();
    await ensemble.settled();
    context.diagnostic(JSON.stringify(await checkHistory(load, ensemble.members)));
    await load.close();
  } finally {
    load?.abandon();
    await ensemble.stop();
  }
});
