import type { LearnerMessage } from '../machines/zab/event.ts';
import { leaderDetail, leaderMachine, leaderView } from '../machines/zab/leader.ts';
import type { LinkMessage } from '../machines/zab/message.ts';
import type { ActorDefinition } from '../runtime/actor.ts';

/** Leads an epoch. Hears its learners on their links. */
export const actor: ActorDefinition = {
  name: 'leader',
  chart: leaderMachine,
  input: ({ self, voters, history, state, timing, reaping, counterLimit, batchWorth }) => ({
    self,
    voters,
    history,
    state,
    silenceMs: timing.silenceMs,
    establishMs: timing.establishMs,
    expiryIntervalMs: timing.sessionExpiryIntervalMs,
    reaping,
    counterLimit,
    batchWorth,
  }),
  view: leaderView,
  detail: leaderDetail,
  ears: {
    link: (message, from, link, wallMs) => heard(message, from, link, wallMs),
    fact: (fact) => (fact.type === 'LINK_DOWN' ? fact : undefined),
    time: (tick) => tick,
  },
};

function heard(
  message: LinkMessage,
  from: number,
  link: number,
  wallMs: number,
): LearnerMessage | undefined {
  switch (message.type) {
    case 'REQUEST':
      return { ...message, from, link, wallMs };
    case 'FOLLOWERINFO':
    case 'OBSERVERINFO':
    case 'ACKEPOCH':
    case 'ACKNEWLEADER':
    case 'ACK':
    case 'PONG':
    case 'SYNC':
    case 'REVALIDATE':
    case 'CREDIT':
      return { ...message, from, link };
    default:
      return undefined;
  }
}
