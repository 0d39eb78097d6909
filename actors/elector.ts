import { electorMachine, electorView } from '../machines/zab/elector.ts';
import type { ActorDefinition } from '../runtime/actor.ts';

/** Finds the member that is to lead (fast leader election). */
export const actor: ActorDefinition = {
  name: 'elector',
  chart: electorMachine,
  input: ({ self, voters, timing }) => ({
    self,
    voters,
    finalizeWaitMs: timing.finalizeWaitMs,
    announceMinMs: timing.announceMinMs,
    announceMaxMs: timing.announceMaxMs,
  }),
  view: electorView,
  ears: {
    vote: (notification, from) => ({ type: 'NOTIFICATION', from, notification }),
    fact: (fact) => (fact.type === 'GONE' || fact.type === 'BUS_UP' ? fact : undefined),
  },
};
