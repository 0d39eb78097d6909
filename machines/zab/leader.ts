import { setup } from 'xstate';
import { type Effect, note, type Orders, orders, tellMember } from '../effect.ts';
import { InvariantViolation } from '../invariant.ts';
import type { LeaderEvent } from './event.ts';
import { type LeaderInput, Leadership } from './leadership.ts';
import { hex } from './zxid.ts';

interface LeaderContext {
  readonly leadership: Leadership;
}

const s = setup({
  types: {
    context: {} as LeaderContext,
    events: {} as LeaderEvent,
    emitted: {} as Orders,
    input: {} as LeaderInput,
  },
  guards: {
    hasEpochQuorum: ({ context }) => context.leadership.hasEpochQuorum,
    hasPromiseQuorum: ({ context }) => context.leadership.hasPromiseQuorum,
    hasNewLeaderQuorum: ({ context }) => context.leadership.hasNewLeaderQuorum,
    hasSavedPromise: ({ context, event }) =>
      event.type === 'EPOCHS_SAVED' && event.acceptedEpoch === context.leadership.epoch,
    hasSavedClaim: ({ context, event }) =>
      event.type === 'EPOCHS_SAVED' && event.currentEpoch === context.leadership.epoch,
    hasReplayedAll: ({ context, event }) =>
      event.type === 'REPLAYED' && context.leadership.hasReplayed(event.through),
    isOutpromised: ({ context, event }) => context.leadership.isOutpromisedBy(event),
    isLost: ({ context, event }) => {
      if (event.type !== 'TICK') return false;
      context.leadership.hearTime(event.nowMs);
      return context.leadership.lossReason !== undefined;
    },
    losesQuorum: ({ context, event }) =>
      event.type === 'LINK_DOWN' && context.leadership.losesQuorumWith(event.peer, event.link),
    isExhausted: ({ context }) => context.leadership.broadcast?.isExhausted === true,
  },
});

const begin = s.emit(({ context }) => orders(context.leadership.begin()));
const proposeEpoch = s.emit(({ context }) => orders(context.leadership.proposeEpoch()));
const inviteLearners = s.emit(({ context }) => orders(context.leadership.inviteLearners()));
const claimEpoch = s.emit(({ context }) => orders(context.leadership.claimEpoch()));
const startSynchronizing = s.emit(({ context }) => orders(context.leadership.startSynchronizing()));
const replayHistory = s.emit(({ context }) => orders(context.leadership.replayHistory()));
const establish = s.emit(({ context }) => orders(context.leadership.establish()));

const welcome = s.emit(({ context, event }) => {
  if (event.type !== 'FOLLOWERINFO' && event.type !== 'OBSERVERINFO') throw unexpected(event.type);
  return orders(context.leadership.welcome(event));
});
const hearPromise = s.emit(({ context, event }) => {
  if (event.type !== 'ACKEPOCH') throw unexpected(event.type);
  return orders(context.leadership.hearPromise(event));
});
const hearNewLeaderAck = s.emit(({ context, event }) => {
  if (event.type !== 'ACKNEWLEADER') throw unexpected(event.type);
  return orders(context.leadership.hearNewLeaderAck(event));
});
const caughtUp = s.emit(({ context, event }) => {
  if (event.type !== 'CAUGHT_UP') throw unexpected(event.type);
  return orders(context.leadership.caughtUp(event));
});
const credit = s.emit(({ context, event }) => {
  if (event.type !== 'CREDIT') throw unexpected(event.type);
  return orders(context.leadership.credit(event));
});
const hearAck = s.emit(({ context, event }) => {
  if (event.type !== 'ACK') throw unexpected(event.type);
  return orders(context.leadership.hearAck(event));
});
const hearPong = s.emit(({ context, event }) => {
  if (event.type !== 'PONG') throw unexpected(event.type);
  return orders(context.leadership.hearPong(event));
});
const appended = s.emit(({ context, event }) => {
  if (event.type !== 'APPENDED') throw unexpected(event.type);
  return orders(context.leadership.appended(event.zxid));
});
const waited = s.emit(({ context, event }) => {
  if (event.type !== 'WAITED') throw unexpected(event.type);
  return orders(context.leadership.waited(event.after));
});
const propose = s.emit(({ context, event }) => {
  if (event.type !== 'REQUEST') throw unexpected(event.type);
  return orders(context.leadership.propose(event));
});
const hearSync = s.emit(({ context, event }) => {
  if (event.type !== 'SYNC') throw unexpected(event.type);
  return orders(context.leadership.hearSync(event));
});
const revalidate = s.emit(({ context, event }) => {
  if (event.type !== 'REVALIDATE') throw unexpected(event.type);
  return orders(context.leadership.revalidate(event));
});
const linkDown = s.emit(({ context, event }) => {
  if (event.type !== 'LINK_DOWN') throw unexpected(event.type);
  return orders([
    note('info', `link to member ${event.peer} is down: ${event.reason}`),
    ...context.leadership.linkDown(event.peer, event.link),
  ]);
});
const beat = s.emit(({ context, event }) => {
  if (event.type !== 'TICK') throw unexpected(event.type);
  context.leadership.hearTime(event.nowMs);
  return orders(context.leadership.beat(event.wallMs, event.touched));
});
const hearTime = s.createAction(({ context, event }) => {
  if (event.type === 'TICK') context.leadership.hearTime(event.nowMs);
});

const stepDown = s.emit(({ context, event }) => {
  const reason = reasonOf(context, event);
  // Whoever has promised more is in no list of learners yet: it is not kept waiting either.
  const turnedAway: Effect[] =
    event.type === 'FOLLOWERINFO' ? [{ type: 'close', peer: event.from, link: event.link }] : [];
  return orders([
    ...turnedAway,
    note('warn', `stops leading epoch ${context.leadership.epoch}: ${reason}`),
    ...context.leadership.end(),
    tellMember({ type: 'LOST', reason }),
  ]);
});

function reasonOf(context: LeaderContext, event: LeaderEvent): string {
  switch (event.type) {
    case 'TICK':
      return context.leadership.lossReason ?? 'lost';
    case 'FOLLOWERINFO':
      return `member ${event.from} has promised a later epoch ${event.acceptedEpoch}`;
    case 'LINK_DOWN':
      return `without member ${event.peer} there is no quorum (${event.reason})`;
    case 'REQUEST':
      return 'the zxid counter of the epoch is used up';
    case 'ABANDON':
      return event.reason;
    default:
      throw unexpected(event.type);
  }
}

function unexpected(type: string): InvariantViolation {
  return new InvariantViolation(`the leader does not expect ${type} here`);
}

/** Leader of one epoch: discovery, synchronization, broadcast (reference §11.3-§11.5). */
export const leaderMachine = s.createMachine({
  id: 'leader',
  context: ({ input }) => ({ leadership: new Leadership(input) }),
  initial: 'idle',
  states: {
    idle: {
      on: {
        LEAD: { target: 'leading', actions: begin },
        // A learner may have heard of the election first: it waits here until this member has, too.
        FOLLOWERINFO: { actions: welcome },
        OBSERVERINFO: { actions: welcome },
        LINK_DOWN: { actions: linkDown },
        TICK: { actions: hearTime },
        // What was on its way when the epoch ended.
        ACKEPOCH: {},
        ACKNEWLEADER: {},
        ACK: {},
        PONG: {},
        REQUEST: {},
        SYNC: {},
        REVALIDATE: {},
        CREDIT: {},
        CAUGHT_UP: {},
        APPENDED: {},
        WAITED: {},
        EPOCHS_SAVED: {},
        REPLAYED: {},
        STREAM_DOWN: {},
        GONE: {},
        ABANDON: {},
      },
    },
    leading: {
      initial: 'discovery',
      on: {
        TICK: [{ guard: 'isLost', target: 'idle', actions: stepDown }, { actions: beat }],
        LINK_DOWN: [
          { guard: 'losesQuorum', target: 'idle', actions: stepDown },
          { actions: linkDown },
        ],
        FOLLOWERINFO: [
          { guard: 'isOutpromised', target: 'idle', actions: stepDown },
          { actions: welcome },
        ],
        // Nobody steps down for an observer, whatever it has promised.
        OBSERVERINFO: { actions: welcome },
        ABANDON: { target: 'idle', actions: stepDown },
        ACKEPOCH: { actions: hearPromise },
        ACKNEWLEADER: { actions: hearNewLeaderAck },
        PONG: { actions: hearPong },
        CREDIT: { actions: credit },
        CAUGHT_UP: { actions: caughtUp },
        ACK: { actions: hearAck },
        REVALIDATE: { actions: revalidate },
        SYNC: {},
        REQUEST: {},
        APPENDED: {},
        WAITED: {},
        EPOCHS_SAVED: {},
        REPLAYED: {},
        STREAM_DOWN: {},
        GONE: {},
      },
      states: {
        discovery: {
          initial: 'gathering',
          states: {
            gathering: { always: { guard: 'hasEpochQuorum', target: 'promising' } },
            // The leader's own promise is on its disk before it asks for others.
            promising: {
              entry: proposeEpoch,
              on: { EPOCHS_SAVED: { guard: 'hasSavedPromise', target: 'inviting' } },
            },
            inviting: {
              entry: inviteLearners,
              always: { guard: 'hasPromiseQuorum', target: 'claiming' },
            },
            claiming: {
              entry: claimEpoch,
              on: {
                EPOCHS_SAVED: { guard: 'hasSavedClaim', target: '#leader.leading.synchronization' },
              },
            },
          },
        },
        synchronization: {
          entry: startSynchronizing,
          initial: 'gathering',
          states: {
            gathering: { always: { guard: 'hasNewLeaderQuorum', target: 'replaying' } },
            replaying: {
              entry: replayHistory,
              on: {
                REPLAYED: { guard: 'hasReplayedAll', target: '#leader.leading.broadcast' },
              },
            },
          },
        },
        broadcast: {
          entry: establish,
          on: {
            REQUEST: [
              { guard: 'isExhausted', target: '#leader.idle', actions: stepDown },
              { actions: propose },
            ],
            APPENDED: { actions: appended },
            WAITED: { actions: waited },
            SYNC: { actions: hearSync },
          },
        },
      },
    },
  },
  on: {
    '*': {
      actions: s.createAction(({ event }) => {
        throw unexpected(event.type);
      }),
    },
  },
});

/** When sessions end, as long a list as there are sessions. */
export function leaderDetail(context: LeaderContext) {
  return { expiry: context.leadership.broadcast?.sessionExpiry ?? [] };
}

export function leaderView(context: LeaderContext) {
  const { leadership } = context;
  return {
    epoch: leadership.epoch,
    lastProposed: hex(leadership.lastProposed),
    committed: hex(leadership.committed),
    outstanding: leadership.broadcast?.outstanding ?? 0,
    sessions: leadership.broadcast?.sessionCount ?? 0,
    unconfirmed: leadership.unconfirmed,
    learners: [...leadership.learners].map((learner) => ({
      member: learner.member,
      role: learner.role,
      votes: learner.votes,
      stage: learner.stage,
      acked: hex(learner.acked),
    })),
  };
}
