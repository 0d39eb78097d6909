import { memberMachine, memberView } from '../machines/zab/member.ts';
import type { ActorDefinition } from '../runtime/actor.ts';

/** The life of the member: looking, following or observing, leading. Hears only the other actors of the member. */
export const actor: ActorDefinition = {
  name: 'member',
  chart: memberMachine,
  input: ({ self, voters, history, timing }) => ({
    self,
    votes: voters.includes(self),
    history,
    readOnlyAfterMs: timing.readOnlyAfterMs,
  }),
  view: memberView,
  ears: {},
};
