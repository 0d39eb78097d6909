import type { Figures } from '../figure.ts';
import type { LoadRun, Watcher } from '../generators/load-run.ts';
import { latencyFigures, measurementNotes, seriesFigures } from '../measurement.ts';
import type { Peer } from '../peers/peer.ts';
import { cpuSecondsOf, residentMbOf } from '../process-figures.ts';
import type { Load } from '../row.ts';
import type { Played } from './played.ts';

/** What the peer's processes have used at one moment. */
interface Usage {
  readonly cpuSeconds: number;
  readonly flushes: number | undefined;
}

export type LoadTimes = Omit<LoadRun, 'watcher'>;

/** Drives a load and watches the peer's processes for as long as it is measured. */
export async function playLoad(
  peer: Peer,
  load: Load,
  times: LoadTimes,
  also?: Watcher,
): Promise<Played> {
  const pids = peer.pids();
  let before: Usage | undefined;
  let after: Usage | undefined;
  const watcher: Watcher = {
    measuring: () => {
      before = usage(peer, pids);
      also?.measuring();
    },
    measured: () => {
      after = usage(peer, pids);
      also?.measured();
    },
  };
  const termBefore = await peer.term();
  const measurement = await peer
    .load(load, { ...times, watcher })
    .catch((error: unknown) => (error instanceof Error ? error : new Error(String(error))));
  const termAfter = await peer.term();
  const election =
    termBefore === termAfter
      ? {}
      : { disqualified: `an election: from ${termBefore} to ${termAfter}` };
  if (measurement instanceof Error) {
    // An election ends connections, and that ends the generator.
    if (termBefore === termAfter) throw measurement;
    return { figures: {}, notes: [], measurements: [], ...election };
  }
  const figures: Figures = {
    ...latencyFigures(measurement),
    ...(load.operation === 'fill' ? seriesFigures(measurement) : {}),
    ...usedFigures(before, after, measurement.done),
    residentMb: residentMbOf(pids),
  };
  return {
    figures,
    notes: measurementNotes(measurement),
    measurements: [measurement],
    ...election,
  };
}

function usage(peer: Peer, pids: readonly number[]): Usage {
  const members = peer.ensemble?.members.flatMap((member) => member.process.pid ?? []) ?? [];
  return { cpuSeconds: cpuSecondsOf(pids), flushes: peer.flushWatch?.count(members) };
}

function usedFigures(before: Usage | undefined, after: Usage | undefined, done: number): Figures {
  if (before === undefined || after === undefined || done === 0) return {};
  const cpuPer1000 = ((after.cpuSeconds - before.cpuSeconds) / done) * 1000;
  if (before.flushes === undefined || after.flushes === undefined) return { cpuPer1000 };
  return { cpuPer1000, flushesPerWrite: (after.flushes - before.flushes) / done };
}
