import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from '../ensemble/wait.ts';
import { Ensemble } from '../ensemble.ts';
import { checkHistory } from './history.ts';
import { SteadyLoad } from './steady-load.ts';

/** KILLS=20 is the long variant. */
const kills = Number(process.env.KILLS ?? 3);

test(`kill -9 of the leader, ${kills} times under load: nothing acknowledged is lost`, {
  timeout: 60_000 + kills * 30_000,
}, async (context) => {
  const ensemble = await Ensemble.start();
  let load: SteadyLoad | undefined;
  try {
    load = await SteadyLoad.start(ensemble.members);
    const gaps: number[] = [];
    for (let kill = 1; kill <= kills; kill += 1) {
      const { gapMs, wholeMs, id } = await killLeader(ensemble, load);
      gaps.push(gapMs);
      context.diagnostic(
        `kill ${kill}: leader ${id}, next acknowledged write after ${gapMs.toFixed(0)} ms, ` +
          `every client writes again after ${wholeMs.toFixed(0)} ms`,
      );
    }
    await load.stop();
    await ensemble.settled();
    const summary = await checkHistory(load, ensemble.members);
    context.diagnostic(`median gap ${median(gaps).toFixed(0)} ms; ${JSON.stringify(summary)}`);
    assert.ok(summary.acknowledged > 100 * kills);
    await load.close();
  } finally {
    load?.abandon();
    await ensemble.stop();
  }
});

/** Kills the leader, starts it again at once as a supervisor would, and waits until everything is as before. */
async function killLeader(
  ensemble: Ensemble,
  load: SteadyLoad,
): Promise<{ gapMs: number; wholeMs: number; id: number }> {
  const leader = await ensemble.leader();
  const before = load.acknowledgedCount;
  await eventually('steady writes', 30_000, () => load.acknowledgedCount > before + 50);
  const killedMs = performance.now();
  await leader.process.kill();
  leader.process.start();
  const wholeMs = await eventually('every client writing again', 60_000, () => {
    const last = Math.min(...load.writers.map((writer) => writer.lastAcknowledgedMs));
    return last > killedMs + 20 ? last - killedMs : undefined;
  });
  const gapMs = load.longestSilenceMs(killedMs, performance.now());
  await ensemble.serving();
  return { gapMs, wholeMs, id: leader.id };
}

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
