import type { LeaderMessage } from '../machines/zab/event.ts';
import { followerMachine, followerView } from '../machines/zab/follower.ts';
import type { LinkMessage } from '../machines/zab/message.ts';
import type { ActorDefinition } from '../runtime/actor.ts';

/** Follows a leader, with a vote or without. Hears it on its own link and on the stream that the leader publishes for all. */
export const actor: ActorDefinition = {
  name: 'follower',
  chart: followerMachine,
  input: ({ self, voters, history, incarnation, timing, batchWorth }) => ({
    self,
    votes: voters.includes(self),
    history,
    incarnation,
    silenceMs: timing.silenceMs,
    batchWorth,
  }),
  view: followerView,
  ears: {
    link: (message, from, link) => heard(message, from, link),
    stream: (message, from, stream, sequence) => ({
      type: 'BROADCAST',
      from,
      stream,
      sequence,
      message,
    }),
    fact: (fact) => (fact.type === 'BUS_UP' ? undefined : fact),
    time: (tick) => tick,
  },
};

function heard(message: LinkMessage, from: number, link: number): LeaderMessage | undefined {
  switch (message.type) {
    case 'LEADERINFO':
    case 'HOLD':
    case 'DIFF':
    case 'TRUNC':
    case 'SNAP':
    case 'PIECE':
    case 'RECORDS':
    case 'NEWLEADER':
    case 'UPTODATE':
    case 'SYNCED':
    case 'REVALIDATED':
      return { ...message, from, link };
    default:
      return undefined;
  }
}
