import { loggerMachine, loggerView } from '../machines/zab/logger.ts';
import type { ActorDefinition } from '../runtime/actor.ts';

/** Keeps the order of everything that is written to the transaction log. Hears only leader, follower and disk. */
export const actor: ActorDefinition = {
  name: 'logger',
  chart: loggerMachine,
  input: () => undefined,
  view: loggerView,
  ears: {},
};
