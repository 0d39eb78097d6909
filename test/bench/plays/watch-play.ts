import type { EnsemblePeer } from '../peers/ensemble-peer.ts';
import { median } from '../table.ts';
import { openFilesAllowed } from '../watches/descriptors.ts';
import { watchScene } from '../watches/scene.ts';
import type { Played } from './played.ts';

const PROCESSES = 2;
/** Of a process, besides its sessions: libraries, log, bus, the connections of the others. */
const OTHER_FILES = 200;
const STEP_MS = 10 * 60_000;

/** How long a change of one node takes to reach the last of many sessions that watch it. */
export async function playWatches(
  start: () => Promise<EnsemblePeer>,
  sessions: number,
  changes: number,
): Promise<Played> {
  const files = sessions / PROCESSES + OTHER_FILES;
  if (files > openFilesAllowed()) {
    throw new Error(`a process needs ${files} open files and may have ${openFilesAllowed()}`);
  }
  const { ensemble, stop } = await start();
  try {
    const { toldMs, events, expectedEvents, problems, problemCount } = await watchScene(ensemble, {
      variant: 'one-shot',
      sessions,
      watches: 1,
      changes,
      processes: PROCESSES,
      withinMs: STEP_MS,
    });
    return {
      figures: { toldMs: median(toldMs), worstToldMs: Math.max(...toldMs) },
      notes: [
        // Events of ZooKeeper 3.8 do not say which txn they tell of: there they can only be counted.
        ...(ensemble.kind === 'zookeeper' ? [] : shortened(problems, problemCount)),
        ...(events === expectedEvents ? [] : [`${events} of ${expectedEvents} events came`]),
      ],
      measurements: [],
      timesMs: toldMs,
    };
  } finally {
    await stop();
  }
}

function shortened(problems: readonly string[], count: number): string[] {
  const [first] = problems;
  return first === undefined ? [] : [`${count} PROBLEMS, the first: ${first}`];
}
