import { setup } from 'xstate';
import { note, type Orders, orders } from '../effect.ts';
import { InvariantViolation } from '../invariant.ts';
import type { MemberEvent } from './event.ts';
import type { HistoryView } from './history.ts';
import { hex } from './zxid.ts';

export interface MemberInput {
  readonly self: number;
  /** Whether it is one of those that elect a leader and may be it. */
  readonly votes: boolean;
  readonly history: HistoryView;
  /** How long it looks for a leader until it serves whoever only reads; `undefined` where it never does. */
  readonly readOnlyAfterMs: number | undefined;
}

type MemberContext = MemberInput;

const s = setup({
  types: {
    context: {} as MemberContext,
    events: {} as MemberEvent,
    emitted: {} as Orders,
    input: {} as MemberInput,
  },
  guards: {
    isSelf: ({ context, event }) => event.type === 'ELECTED' && event.leader === context.self,
    mayServeReadOnly: ({ context }) => context.readOnlyAfterMs !== undefined,
  },
  delays: {
    readOnlyPatience: ({ context }) => context.readOnlyAfterMs ?? 0,
  },
});

const drainLog = s.emit(orders([{ type: 'tell', to: 'logger', event: { type: 'DRAIN' } }]));

const look = s.emit(({ context }) => {
  const { lastZxid, epochs } = context.history;
  return orders([
    note('info', 'looking for a leader', {
      lastZxid: hex(lastZxid),
      currentEpoch: epochs.currentEpoch,
    }),
    {
      type: 'tell',
      to: 'elector',
      event: { type: 'LOOK', zxid: lastZxid, currentEpoch: epochs.currentEpoch },
    },
  ]);
});

const lead = s.emit(orders([{ type: 'tell', to: 'leader', event: { type: 'LEAD' } }]));

const follow = s.emit(({ event }) => {
  if (event.type !== 'ELECTED') throw unexpected(event.type);
  return orders([
    { type: 'tell', to: 'follower', event: { type: 'FOLLOW', leader: event.leader } },
  ]);
});

const settled = s.emit(({ event }) => {
  if (event.type !== 'ESTABLISHED') throw unexpected(event.type);
  return orders([{ type: 'tell', to: 'elector', event: { type: 'SETTLED', epoch: event.epoch } }]);
});

const serveAsLeader = s.emit(orders([{ type: 'serve', role: 'leader' }]));
const serveAsLearner = s.emit(({ context }) =>
  orders([{ type: 'serve', role: context.votes ? 'follower' : 'observer' }]),
);

const serveReadOnly = s.emit(
  orders([
    note('warn', 'no leader is found: serving clients that only read'),
    { type: 'serve', role: 'read-only' },
  ]),
);

const cease = s.emit(({ event }) =>
  orders([{ type: 'cease', reason: event.type === 'LOST' ? event.reason : event.type }]),
);

const lose = s.emit(({ event }) => {
  if (event.type !== 'LOST') throw unexpected(event.type);
  return orders([
    note('warn', `back to looking: ${event.reason}`),
    { type: 'tell', to: 'elector', event: { type: 'UNSETTLED' } },
  ]);
});

function unexpected(type: string): InvariantViolation {
  return new InvariantViolation(`the member does not expect ${type} here`);
}

/** How it goes on once a leader is found. */
const found = {
  ELECTED: [
    { guard: 'isSelf', target: '#member.leading', actions: lead },
    { target: '#member.following', actions: follow },
  ],
  LOST: {},
} as const;

/**
 * The life of a member (reference §11.1): it looks for a leader, then follows or leads until that is lost. One that
 * observes follows as well, and never leads (reference §9.6).
 * Clients are served only while it is part of an established epoch (reference §16 17), those that only read also when there
 * has not been one for long (§9.7).
 */
export const memberMachine = s.createMachine({
  id: 'member',
  context: ({ input }) => ({ ...input }),
  initial: 'stopped',
  states: {
    stopped: { on: { START: 'looking' } },
    looking: {
      initial: 'settling',
      states: {
        // ZOOKEEPER-2845: what is on its way to the log is part of the history one votes with.
        settling: { entry: drainLog, on: { DRAINED: 'electing', LOST: {} } },
        electing: {
          entry: look,
          on: found,
          after: { readOnlyPatience: [{ guard: 'mayServeReadOnly', target: 'readOnly' }, {}] },
        },
        // It looks on, and serves whoever only reads (reference §9.7).
        readOnly: { entry: serveReadOnly, exit: cease, on: found },
      },
    },
    following: {
      initial: 'joining',
      on: { LOST: { target: 'looking', actions: lose } },
      states: {
        joining: { on: { ESTABLISHED: { target: 'serving', actions: settled } } },
        serving: { entry: serveAsLearner, exit: cease },
      },
    },
    leading: {
      initial: 'establishing',
      on: { LOST: { target: 'looking', actions: lose } },
      states: {
        establishing: { on: { ESTABLISHED: { target: 'serving', actions: settled } } },
        serving: { entry: serveAsLeader, exit: cease },
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

export function memberView(context: MemberContext) {
  const { lastZxid, committedZxid, epochs } = context.history;
  return { lastZxid: hex(lastZxid), committedZxid: hex(committedZxid), ...epochs };
}
