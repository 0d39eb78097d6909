import type { Figures } from '../figure.ts';
import type { Watcher } from '../generators/load-run.ts';
import type { EnsemblePeer } from '../peers/ensemble-peer.ts';
import type { Load } from '../row.ts';
import { sentBetween, sentBytesNow, sentBytesOf } from '../sent-bytes.ts';
import { type LoadTimes, playLoad } from './load-play.ts';
import type { Played } from './played.ts';

/** The same load with voters alone, then with observers beside them. */
export async function playObservers(
  start: (observers: number) => Promise<EnsemblePeer>,
  observers: number,
  load: Load,
  times: LoadTimes,
): Promise<Played> {
  const alone = await playOn(await start(0), load, times);
  const many = await playOn(await start(observers), load, times);
  const disqualified = alone.disqualified ?? many.disqualified;
  const shareOfVoters =
    (many.figures.perSecond ?? Number.NaN) / (alone.figures.perSecond ?? Number.NaN);
  const { leaderBytesPerWrite: leaderBytesAlone } = alone.figures;
  return {
    figures: {
      ...many.figures,
      shareOfVoters,
      ...(leaderBytesAlone === undefined ? {} : { leaderBytesAlone }),
    },
    notes: [...alone.notes, ...many.notes],
    measurements: [...alone.measurements, ...many.measurements],
    ...(disqualified === undefined ? {} : { disqualified }),
  };
}

async function playOn(peer: EnsemblePeer, load: Load, times: LoadTimes): Promise<Played> {
  try {
    const leader = await peer.ensemble.leader();
    const bus = peer.ensemble.bus.flatMap(({ pid }) => pid ?? []);
    let before: string | undefined;
    let after: string | undefined;
    const watcher: Watcher = {
      measuring: () => {
        before = sentBytesNow();
      },
      measured: () => {
        after = sentBytesNow();
      },
    };
    const played = await playLoad(peer, load, times, watcher);
    const done = played.measurements[0]?.done ?? 0;
    if (before === undefined || after === undefined || done === 0) return played;
    const [first, last] = [before, after];
    const perWrite = (pids: readonly number[], exceptPort?: number) =>
      sentBetween(sentBytesOf(first, pids, exceptPort), sentBytesOf(last, pids, exceptPort)) / done;
    const sent: Figures = {
      leaderBytesPerWrite: perWrite([leader.process.pid ?? 0], leader.port),
      ...(bus.length === 0 ? {} : { busBytesPerWrite: perWrite(bus) }),
    };
    return { ...played, figures: { ...played.figures, ...sent } };
  } finally {
    await peer.stop();
  }
}
