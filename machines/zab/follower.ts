import { setup } from 'xstate';
import { note, type Orders, orders, tellMember } from '../effect.ts';
import { InvariantViolation } from '../invariant.ts';
import type { FollowerEvent } from './event.ts';
import { type FollowerInput, Following } from './following.ts';
import { hex } from './zxid.ts';

interface FollowerContext {
  readonly following: Following;
}

const s = setup({
  types: {
    context: {} as FollowerContext,
    events: {} as FollowerEvent,
    emitted: {} as Orders,
    input: {} as FollowerInput,
  },
  guards: {
    isNewEpoch: ({ context, event }) =>
      event.type === 'LEADERINFO' &&
      context.following.isCurrent(event) &&
      context.following.isNewEpoch(event.epoch),
    isPromisedEpoch: ({ context, event }) =>
      event.type === 'LEADERINFO' &&
      context.following.isCurrent(event) &&
      context.following.isPromisedEpoch(event.epoch),
    isPassedEpoch: ({ context, event }) =>
      event.type === 'LEADERINFO' && context.following.isCurrent(event),
    isCurrent: ({ context, event }) => context.following.isCurrent(event),
    hasSavedPromise: ({ context, event }) =>
      event.type === 'EPOCHS_SAVED' && event.acceptedEpoch === context.following.epoch,
    hasReplayedAll: ({ context, event }) =>
      event.type === 'REPLAYED' && context.following.hasReplayed(event.through),
    startsWithHole: ({ context, event }) => context.following.startsWithHole(event),
    hasMissedProposals: ({ context }) => context.following.hasMissedProposals,
    isLeaderSilent: ({ context, event }) => {
      if (event.type === 'TICK') context.following.hearTime(event.nowMs);
      return context.following.isLeaderSilent;
    },
    isMyLink: ({ context, event }) =>
      event.type === 'LINK_DOWN' &&
      event.peer === context.following.leader &&
      event.link === context.following.link,
    isMyStream: ({ context, event }) =>
      event.type === 'STREAM_DOWN' && event.leader === context.following.leader,
    isMyLeader: ({ context, event }) =>
      event.type === 'GONE' && event.peer === context.following.leader,
  },
});

const begin = s.emit(({ context, event }) => {
  if (event.type !== 'FOLLOW') throw unexpected(event.type);
  return orders(context.following.begin(event.leader));
});
const acceptEpoch = s.emit(({ context, event }) => {
  if (event.type !== 'LEADERINFO') throw unexpected(event.type);
  context.following.heard();
  return orders(context.following.acceptEpoch(event.epoch));
});
const promise = s.emit(({ context }) => orders(context.following.promise()));
const repeatPromise = s.emit(({ context, event }) => {
  if (event.type !== 'LEADERINFO') throw unexpected(event.type);
  context.following.heard();
  return orders(context.following.repeatPromise(event.epoch));
});
const stageDiff = s.emit(({ context, event }) => {
  if (event.type !== 'DIFF' && event.type !== 'TRUNC') throw unexpected(event.type);
  return orders(context.following.stageDiff(event));
});
const stageSnapshot = s.emit(({ context, event }) => {
  if (event.type !== 'SNAP') throw unexpected(event.type);
  return orders(context.following.stageSnapshot(event));
});
const stagePiece = s.emit(({ context, event }) => {
  if (event.type !== 'PIECE') throw unexpected(event.type);
  context.following.heard();
  return orders(context.following.stagePiece(event));
});
const pieceStored = s.emit(({ context, event }) => {
  if (event.type !== 'PIECE_STORED') throw unexpected(event.type);
  return orders(context.following.pieceStored(event.bytes));
});
const stageRecords = s.emit(({ context, event }) => {
  if (event.type !== 'RECORDS') throw unexpected(event.type);
  context.following.heard();
  return orders(context.following.stageRecords(event));
});
const adopt = s.emit(({ context, event }) => {
  if (event.type !== 'NEWLEADER') throw unexpected(event.type);
  return orders(context.following.adopt(event));
});
const acknowledgeNewLeader = s.emit(({ context }) =>
  orders(context.following.acknowledgeNewLeader()),
);
const replay = s.emit(({ context, event }) => {
  if (event.type !== 'UPTODATE') throw unexpected(event.type);
  return orders(context.following.replay(event));
});
const activate = s.emit(({ context }) => orders(context.following.activate()));
const hearBroadcast = s.emit(({ context, event }) => {
  if (event.type !== 'BROADCAST') throw unexpected(event.type);
  return orders(context.following.hearBroadcast(event));
});
const acknowledge = s.emit(({ context, event }) => {
  if (event.type !== 'APPENDED') throw unexpected(event.type);
  return orders(context.following.acknowledge(event.zxid));
});
const submit = s.emit(({ context, event }) => {
  if (event.type !== 'SUBMIT') throw unexpected(event.type);
  return orders(context.following.submit(event.message));
});
const answerSync = s.emit(({ event }) => {
  if (event.type !== 'SYNCED') throw unexpected(event.type);
  return orders([{ type: 'answerSync', requestId: event.requestId, zxid: event.zxid }]);
});
const answerRevalidate = s.emit(({ event }) => {
  if (event.type !== 'REVALIDATED') throw unexpected(event.type);
  return orders([{ type: 'answerRevalidate', requestId: event.requestId, valid: event.valid }]);
});
const beat = s.emit(({ context, event }) => {
  if (event.type !== 'TICK') throw unexpected(event.type);
  context.following.hearTime(event.nowMs);
  return orders(context.following.beat(event.touched));
});
const hearTime = s.createAction(({ context, event }) => {
  if (event.type === 'TICK') context.following.hearTime(event.nowMs);
});
const heard = s.createAction(({ context }) => context.following.heard());

const lose = s.emit(({ context, event }) => {
  const reason = reasonOf(context, event);
  return orders([
    note('warn', `stops following member ${context.following.leader}: ${reason}`),
    ...context.following.end(),
    tellMember({ type: 'LOST', reason }),
  ]);
});

function reasonOf(context: FollowerContext, event: FollowerEvent): string {
  const leader = `member ${context.following.leader}`;
  switch (event.type) {
    case 'TICK':
      return `the leader, ${leader}, is silent`;
    case 'LINK_DOWN':
    case 'STREAM_DOWN':
      return `the link to the leader, ${leader}, is down: ${event.reason}`;
    case 'GONE':
      return `the leader, ${leader}, is gone from the bus`;
    case 'LEADERINFO':
      return `${leader} wants epoch ${event.epoch}, but a later one is promised`;
    case 'ADOPTED':
    case 'BROADCAST':
      return 'proposals were missed while the history came';
    case 'ABANDON':
      return event.reason;
    default:
      throw unexpected(event.type);
  }
}

function unexpected(type: string): InvariantViolation {
  return new InvariantViolation(`the follower does not expect ${type} here`);
}

/** A learner of one leader: discovery, synchronization, broadcast (reference §11.3-§11.5). */
export const followerMachine = s.createMachine({
  id: 'follower',
  context: ({ input }) => ({ following: new Following(input) }),
  initial: 'idle',
  states: {
    idle: {
      on: {
        FOLLOW: { target: 'following', actions: begin },
        TICK: { actions: hearTime },
        // What was on its way when the leader was lost.
        LEADERINFO: {},
        HOLD: {},
        DIFF: {},
        TRUNC: {},
        SNAP: {},
        PIECE: {},
        RECORDS: {},
        NEWLEADER: {},
        UPTODATE: {},
        SYNCED: {},
        REVALIDATED: {},
        BROADCAST: {},
        LINK_DOWN: {},
        STREAM_DOWN: {},
        GONE: {},
        EPOCHS_SAVED: {},
        PIECE_STORED: {},
        ADOPTED: {},
        APPENDED: {},
        REPLAYED: {},
        SUBMIT: {},
        ABANDON: {},
      },
    },
    following: {
      initial: 'discovery',
      on: {
        TICK: [{ guard: 'isLeaderSilent', target: 'idle', actions: lose }, { actions: beat }],
        LINK_DOWN: [{ guard: 'isMyLink', target: 'idle', actions: lose }, {}],
        STREAM_DOWN: [{ guard: 'isMyStream', target: 'idle', actions: lose }, {}],
        GONE: [{ guard: 'isMyLeader', target: 'idle', actions: lose }, {}],
        ABANDON: { target: 'idle', actions: lose },
        HOLD: [{ guard: 'isCurrent', actions: heard }, {}],
        BROADCAST: [
          { guard: 'startsWithHole', target: 'idle', actions: lose },
          { actions: hearBroadcast },
        ],
        // Messages of an earlier link, reports of orders of an earlier attempt, requests made too late.
        LEADERINFO: {},
        DIFF: {},
        TRUNC: {},
        SNAP: {},
        PIECE: {},
        RECORDS: {},
        NEWLEADER: {},
        UPTODATE: {},
        SYNCED: {},
        REVALIDATED: {},
        EPOCHS_SAVED: {},
        PIECE_STORED: {},
        ADOPTED: {},
        APPENDED: {},
        REPLAYED: {},
        SUBMIT: {},
      },
      states: {
        discovery: {
          initial: 'informing',
          states: {
            informing: {
              on: {
                LEADERINFO: [
                  { guard: 'isNewEpoch', target: 'promising', actions: acceptEpoch },
                  {
                    guard: 'isPromisedEpoch',
                    target: '#follower.following.synchronization',
                    actions: repeatPromise,
                  },
                  { guard: 'isPassedEpoch', target: '#follower.idle', actions: lose },
                  {},
                ],
              },
            },
            promising: {
              on: {
                EPOCHS_SAVED: {
                  guard: 'hasSavedPromise',
                  target: '#follower.following.synchronization',
                  actions: promise,
                },
              },
            },
          },
        },
        synchronization: {
          initial: 'receiving',
          states: {
            receiving: {
              on: {
                DIFF: { guard: 'isCurrent', actions: stageDiff },
                TRUNC: { guard: 'isCurrent', actions: stageDiff },
                SNAP: { guard: 'isCurrent', actions: stageSnapshot },
                PIECE: { guard: 'isCurrent', actions: stagePiece },
                PIECE_STORED: { actions: pieceStored },
                RECORDS: { guard: 'isCurrent', actions: stageRecords },
                NEWLEADER: { guard: 'isCurrent', target: 'adopting', actions: adopt },
              },
            },
            adopting: {
              on: {
                ADOPTED: [
                  { guard: 'hasMissedProposals', target: '#follower.idle', actions: lose },
                  { target: 'acknowledged', actions: acknowledgeNewLeader },
                ],
              },
            },
            acknowledged: {
              on: {
                APPENDED: { actions: acknowledge },
                UPTODATE: { guard: 'isCurrent', target: 'replaying', actions: replay },
              },
            },
            replaying: {
              on: {
                APPENDED: { actions: acknowledge },
                REPLAYED: {
                  guard: 'hasReplayedAll',
                  target: '#follower.following.broadcast',
                  actions: activate,
                },
              },
            },
          },
        },
        broadcast: {
          on: {
            APPENDED: { actions: acknowledge },
            SUBMIT: { actions: submit },
            SYNCED: { guard: 'isCurrent', actions: answerSync },
            REVALIDATED: { guard: 'isCurrent', actions: answerRevalidate },
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

export function followerView(context: FollowerContext) {
  const { following } = context;
  return {
    leader: following.leader,
    epoch: following.epoch,
    lastZxid: hex(following.lastZxid),
    committed: hex(following.committed),
  };
}
