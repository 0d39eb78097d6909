import type { Fault } from './fault.ts';
import { survivorsOf } from './process-faults.ts';

const HOUR_MS = 3_600_000;
/** Beyond what a computer's clock drifts, within what its members must bear. */
export const MAX_DRIFT = 0.02;

/** Somebody sets the wall clock, forward or back. */
export const clockJump: Fault = {
  kind: 'clock jump',
  strike({ ensemble, random }, member) {
    const jumpMs = Math.floor((random.next() - 0.5) * random.pick([2000, HOUR_MS, 48 * HOUR_MS]));
    ensemble.clock(member).wallOffsetMs += jumpMs;
    return { note: `member ${member} by ${jumpMs} ms` };
  },
};

/** The clock of the machine runs fast or slow from its next start on: now. */
export const clockDrift: Fault = {
  kind: 'clock drift',
  strike(scene, member) {
    const { ensemble, random } = scene;
    const rate = 1 + (random.next() - 0.5) * 2 * MAX_DRIFT;
    ensemble.crash(member, survivorsOf(scene));
    ensemble.clock(member).rate = rate;
    ensemble.start(member);
    return { note: `member ${member} runs at ${rate.toFixed(4)}` };
  },
};
