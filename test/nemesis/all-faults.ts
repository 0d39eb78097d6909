import type { Random } from '../sim/world/random.ts';
import type { Fault } from './fault.ts';
import { clientsCutOff } from './faults/clients-cut-off.ts';
import { flippedLog } from './faults/flipped-log.ts';
import { flippedTree } from './faults/flipped-tree.ts';
import { fullDisk } from './faults/full-disk.ts';
import { killMember } from './faults/kill-member.ts';
import { killNats } from './faults/kill-nats.ts';
import { oneWayPartition } from './faults/one-way-partition.ts';
import { partition } from './faults/partition.ts';
import { pauseMember } from './faults/pause-member.ts';
import { pauseNats } from './faults/pause-nats.ts';
import { powerCut } from './faults/power-cut.ts';
import { slowNetwork } from './faults/slow-network.ts';
import { truncatedLog } from './faults/truncated-log.ts';
import { wipeMember } from './faults/wipe-member.ts';

export const allFaults: readonly Fault[] = [
  killMember,
  pauseMember,
  powerCut,
  killNats,
  pauseNats,
  partition,
  oneWayPartition,
  clientsCutOff,
  slowNetwork,
  fullDisk,
  truncatedLog,
  flippedLog,
  flippedTree,
  wipeMember,
];

export interface PlannedFault {
  readonly fault: Fault;
  /** How long it lasts. */
  readonly holdMs: number;
  /** Peace after it. */
  readonly pauseMs: number;
}

/** For ever, in rounds: every kind once in each round, in an order of its own. */
export function* schedule(random: Random, faults: readonly Fault[]): Generator<PlannedFault> {
  if (faults.length === 0) throw new RangeError('no kind of fault is left');
  for (;;) {
    const round = [...faults];
    while (round.length > 0) {
      const [fault] = round.splice(random.below(round.length), 1);
      if (fault === undefined) continue;
      // Shorter and longer than the silence after which members give each other up.
      const holdMs = random.chance(0.6) ? 100 + random.below(1400) : 1500 + random.below(3500);
      yield { fault, holdMs, pauseMs: 200 + random.below(1300) };
    }
  }
}
