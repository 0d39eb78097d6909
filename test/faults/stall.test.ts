import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../ensemble/wait.ts';
import { Ensemble } from '../ensemble.ts';
import { checkHistory } from './history.ts';
import { SteadyLoad } from './steady-load.ts';

const COUNTER_SPAN = 2 ** 32;

test('a follower that stalls for 1 s under load starts no election', {
  timeout: 90_000,
}, async (context) => {
  const ensemble = await Ensemble.start();
  let load: SteadyLoad | undefined;
  try {
    load = await SteadyLoad.start(ensemble.members, { pauseMs: 2 });
    const leader = await ensemble.leader();
    const epoch = Math.floor(((await leader.srvr())?.zxid ?? 0) / COUNTER_SPAN);
    for (const follower of await ensemble.followers()) {
      const before = load.acknowledgedCount;
      await eventually(
        'writes',
        30_000,
        () => load !== undefined && load.acknowledgedCount > before + 200,
      );
      const stoppedMs = performance.now();
      follower.process.signal('SIGSTOP');
      await sleep(1000);
      follower.process.signal('SIGCONT');
      await eventually(
        'every client writing again',
        30_000,
        () =>
          load?.writers.every((writer) => writer.lastAcknowledgedMs > stoppedMs + 1500) ||
          undefined,
      );
      const gapMs = load.longestSilenceMs(stoppedMs, performance.now());
      context.diagnostic(`member ${follower.id} stalled: longest silence ${gapMs.toFixed(0)} ms`);
      assert.ok(gapMs < 900, 'the others waited for the member that stalled');
    }
    await load.stop();
    assert.equal(await ensemble.leader(), leader);
    assert.equal(Math.floor((await ensemble.settled()) / COUNTER_SPAN), epoch, 'a new epoch');
    context.diagnostic(JSON.stringify(await checkHistory(load, ensemble.members)));
    await load.close();
  } finally {
    load?.abandon();
    await ensemble.stop();
  }
});
