import { eventually } from '../../ensemble/wait.ts';
import type { Ensemble } from '../../ensemble.ts';
import { SteadyLoad } from '../../faults/steady-load.ts';
import type { EnsemblePeer } from '../peers/ensemble-peer.ts';
import { median } from '../table.ts';
import type { Played } from './played.ts';

const STEADY_WRITES = 50;
const STEADY_MS = 60_000;
const BACK_MS = 120_000;

/** Kills the leader again and again under a steady load, and starts it again at once as a supervisor would. */
export async function playLeaderKill(
  start: () => Promise<EnsemblePeer>,
  kills: number,
): Promise<Played> {
  const { ensemble, stop } = await start();
  let load: SteadyLoad | undefined;
  try {
    load = await SteadyLoad.start(ensemble.members, { timeoutMs: 30_000 });
    const gaps: number[] = [];
    for (let kill = 1; kill <= kills; kill += 1) gaps.push(await killLeader(ensemble, load));
    await load.close();
    const faults = load.writers.flatMap((writer) => writer.faults);
    return {
      figures: { gapMs: median(gaps), worstGapMs: Math.max(...gaps) },
      notes: faults,
      measurements: [],
      timesMs: gaps,
    };
  } finally {
    load?.abandon();
    await stop();
  }
}

/** The longest time without an acknowledged write until every client writes again, ms. */
async function killLeader(ensemble: Ensemble, load: SteadyLoad): Promise<number> {
  const leader = await ensemble.leader();
  const before = load.acknowledgedCount;
  await eventually(
    'steady writes',
    STEADY_MS,
    () => load.acknowledgedCount > before + STEADY_WRITES,
  );
  const killedMs = performance.now();
  await leader.process.kill();
  leader.process.start();
  await eventually('every client writing again', BACK_MS, () =>
    load.writers.every((writer) => writer.lastAcknowledgedMs > killedMs + 20),
  );
  const gapMs = load.longestSilenceMs(killedMs, performance.now());
  await ensemble.serving();
  return gapMs;
}
