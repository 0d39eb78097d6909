import { sessionMachine, sessionView } from '../machines/session/session.ts';
import type { ConnectionActorDefinition } from '../runtime/actor.ts';

/** One client connection and its session. Hears its socket and its member; one is started for each connection. */
export const connectionActor: ConnectionActorDefinition = {
  name: 'session',
  chart: sessionMachine,
  view: sessionView,
};
