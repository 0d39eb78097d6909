import { setup } from 'xstate';
import { note, type Orders, orders, tellMember } from '../effect.ts';
import { InvariantViolation } from '../invariant.ts';
import { Election } from './election.ts';
import type { ElectorEvent } from './event.ts';
import { PeerState } from './vote.ts';
import { hex } from './zxid.ts';

interface ElectorContext {
  readonly election: Election;
  /** How long a better vote is waited for once a quorum agrees. */
  readonly finalizeWaitMs: number;
  /** Pause before the vote is announced again; doubles up to `announceMaxMs`. */
  announceMs: number;
  readonly announceMinMs: number;
  readonly announceMaxMs: number;
}

export interface ElectorInput {
  readonly self: number;
  readonly voters: readonly number[];
  readonly finalizeWaitMs: number;
  readonly announceMinMs: number;
  readonly announceMaxMs: number;
}

const s = setup({
  types: {
    context: {} as ElectorContext,
    events: {} as ElectorEvent,
    emitted: {} as Orders,
    input: {} as ElectorInput,
  },
  guards: {
    hasWinner: ({ context }) => context.election.winner !== undefined,
    hasQuorum: ({ context }) => context.election.hasQuorum,
    hasNoQuorum: ({ context }) => !context.election.hasQuorum,
    isUnanimous: ({ context }) => context.election.hasQuorum && context.election.isUnanimous,
    isFromLookingLeader: ({ context, event }) =>
      event.type === 'NOTIFICATION' &&
      event.notification.state === PeerState.looking &&
      event.from === context.election.winner &&
      event.notification.round > context.election.round,
    isFromFollowingLeader: ({ context, event }) =>
      event.type === 'NOTIFICATION' &&
      event.notification.state === PeerState.following &&
      event.from === context.election.winner &&
      event.notification.round >= context.election.round,
    isFromObservingLeader: ({ context, event }) =>
      event.type === 'NOTIFICATION' &&
      event.notification.state === PeerState.observing &&
      event.from === context.election.winner,
    isOutvoted: ({ context, event }) =>
      event.type === 'NOTIFICATION' &&
      context.election.isOutvotedWith(event.from, event.notification),
    // Whoever asks is told, with a vote or without (reference §11.2).
    isAsked: ({ event }) =>
      event.type === 'NOTIFICATION' &&
      (event.notification.state === PeerState.looking ||
        event.notification.state === PeerState.observing),
  },
  delays: {
    finalizeWait: ({ context }) => context.finalizeWaitMs,
    announcement: ({ context }) => context.announceMs,
  },
});

const look = s.emit(({ context, event }) => {
  if (event.type !== 'LOOK') throw unexpected(event.type);
  const { election } = context;
  context.announceMs = context.announceMinMs;
  return orders(
    election.look({ leader: election.self, zxid: event.zxid, peerEpoch: event.currentEpoch }),
  );
});

const hear = s.emit(({ context, event }) => {
  if (event.type !== 'NOTIFICATION') throw unexpected(event.type);
  return orders(context.election.hear(event.from, event.notification));
});

const answer = s.emit(({ context, event }) => {
  if (event.type !== 'NOTIFICATION') throw unexpected(event.type);
  return orders(context.election.answer(event.from));
});

const announce = s.emit(({ context }) => {
  context.announceMs = Math.min(context.announceMs * 2, context.announceMaxMs);
  return orders(context.election.announce());
});

const announceAfresh = s.emit(({ context }) => {
  context.announceMs = context.announceMinMs;
  // No probes: a bus that has just come does not know yet who listens on its other servers.
  return orders(context.election.announce());
});

const markGone = s.createAction(({ context, event }) => {
  if (event.type === 'GONE') context.election.gone(event.peer);
});

const settle = s.createAction(({ context, event }) => {
  if (event.type === 'SETTLED') context.election.settle(event.epoch);
});

const decide = s.emit(({ context }) => {
  const { election } = context;
  election.decide();
  const leader = election.winner ?? election.self;
  return orders([
    note('info', leader === election.self ? 'elected to lead' : `member ${leader} is elected`, {
      round: election.round,
      zxid: hex(election.vote.zxid),
    }),
    tellMember({ type: 'ELECTED', leader }),
    ...(election.votes ? election.announce() : []),
  ]);
});

const remember = s.createAction(({ context, event }) => {
  if (event.type === 'NOTIFICATION') context.election.remember(event.from, event.notification);
});

const abandon = (to: 'follower' | 'leader', reason: string) =>
  s.emit(orders([{ type: 'tell', to, event: { type: 'ABANDON', reason } }]));
const leaderLooks = abandon('follower', 'the leader is looking for a leader itself');
const leaderObserves = abandon('follower', 'the leader has no vote any more');
const leaderFollows = abandon('follower', 'the leader follows another member');
const othersFollowAnother = abandon('leader', 'a quorum follows another member');

function unexpected(type: string): InvariantViolation {
  return new InvariantViolation(`the elector does not expect ${type} here`);
}

/**
 * Fast leader election (reference §11.2). One without a vote goes the same way: it asks, and polls no ballots. Who is to
 * look has no vote to tell: a member says UNSETTLED before it waits for its disk, and LOOK after.
 */
export const electorMachine = s.createMachine({
  id: 'elector',
  context: ({ input }) => ({
    election: new Election(input.self, input.voters),
    finalizeWaitMs: input.finalizeWaitMs,
    announceMs: input.announceMinMs,
    announceMinMs: input.announceMinMs,
    announceMaxMs: input.announceMaxMs,
  }),
  initial: 'idle',
  states: {
    idle: {
      on: {
        NOTIFICATION: {},
        GONE: {},
        BUS_UP: {},
        SETTLED: {},
        UNSETTLED: {},
        LOOK: { target: 'looking', actions: look },
      },
    },
    looking: {
      initial: 'polling',
      on: {
        SETTLED: {},
        UNSETTLED: {},
        BUS_UP: { target: '.polling', reenter: true, actions: announceAfresh },
      },
      always: { guard: 'hasWinner', target: 'settled' },
      states: {
        // No quorum agrees yet.
        polling: {
          always: { guard: 'hasQuorum', target: 'finalizing' },
          on: {
            NOTIFICATION: { actions: hear },
            GONE: { actions: markGone },
          },
          after: { announcement: { target: 'polling', reenter: true, actions: announce } },
        },
        // A quorum agrees; a better vote may still be on its way.
        finalizing: {
          always: [
            { guard: 'isUnanimous', target: '#elector.settled' },
            { guard: 'hasNoQuorum', target: 'polling' },
          ],
          on: {
            NOTIFICATION: { actions: hear },
            GONE: { actions: markGone },
          },
          after: { finalizeWait: '#elector.settled' },
        },
      },
    },
    settled: {
      entry: decide,
      on: {
        NOTIFICATION: [
          { guard: 'isFromLookingLeader', actions: [answer, leaderLooks] },
          // It was started anew without a vote: it will never lead.
          { guard: 'isFromObservingLeader', actions: [answer, leaderObserves] },
          // It heard of a better vote than this member had: nobody leads where it was voted for.
          { guard: 'isFromFollowingLeader', actions: leaderFollows },
          { guard: 'isOutvoted', actions: othersFollowAnother },
          { guard: 'isAsked', actions: [answer, remember] },
          { actions: remember },
        ],
        GONE: {},
        BUS_UP: {},
        SETTLED: { actions: settle },
        // A member that waits for its disk has no vote to tell, and its former one would lead others astray.
        UNSETTLED: { target: 'idle' },
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

export function electorView(context: ElectorContext) {
  const { election } = context;
  return {
    round: election.round,
    vote: { ...election.vote, zxid: hex(election.vote.zxid) },
    winner: election.winner,
    votes: [...election.ballots].map(([voter, vote]) => ({ voter, leader: vote.leader })),
  };
}
