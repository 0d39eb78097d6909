import { setup } from 'xstate';
import { InvariantViolation } from '../invariant.ts';
import type { ConnectRequest } from '../jute/request.ts';
import type { Zxid } from '../zab/zxid.ts';
import type { SessionKnowledge } from './local-sessions.ts';

/** What one connection's session chart orders. The member's client service carries it out. */
export type SessionEffect =
  /** Ask the leader for a new session (reference §1.3 6). */
  | { readonly type: 'createSession'; readonly timeoutMs: number }
  /** A new session of this member alone: made on the spot (reference §9.5). */
  | {
      readonly type: 'createLocalSession';
      readonly timeoutMs: number;
      readonly isReadOnly: boolean;
    }
  /** Ask the leader whether the session still lives (reference §9.3). */
  | {
      readonly type: 'revalidate';
      readonly sessionId: number;
      readonly timeoutMs: number;
      readonly password: Uint8Array;
    }
  /** The session is one of this member alone: it knows itself whether the password is right. */
  | {
      readonly type: 'reviveLocalSession';
      readonly sessionId: number;
      readonly timeoutMs: number;
      readonly password: Uint8Array;
    }
  /** Any other connection of that session ends before its password is looked at (reference §1.3 7). */
  | { readonly type: 'dropOthers'; readonly sessionId: number }
  /** The handshake is complete: requests are served from now on, in read-only mode those that write nothing. */
  | {
      readonly type: 'accept';
      readonly sessionId: number;
      readonly timeoutMs: number;
      readonly password: Uint8Array;
      readonly isReadOnly: boolean;
      /** What the client is told of it; only where it asked (reference §1.2). */
      readonly readOnly: boolean | undefined;
    }
  /** The session is over: the client is told, and the connection ends. */
  | { readonly type: 'reject'; readonly readOnly: boolean | undefined }
  /** The connection ends without a word (reference §1.3 3). */
  | { readonly type: 'hangUp'; readonly reason: string };

export interface SessionOrders {
  readonly type: 'orders';
  readonly effects: readonly SessionEffect[];
}

export type SessionEvent =
  /** First frame of the connection. */
  | { readonly type: 'CONNECT'; readonly request: ConnectRequest; readonly member: MemberState }
  /** The member serves again. */
  | { readonly type: 'SERVING'; readonly member: MemberState }
  /** The member has lost its leader, or its leadership; or it has served without one, and there may be one now. */
  | { readonly type: 'CEASED' }
  | {
      readonly type: 'CREATED';
      readonly sessionId: number;
      readonly timeoutMs: number;
      readonly password: Uint8Array;
    }
  | { readonly type: 'REVALIDATED'; readonly valid: boolean }
  /** The session was closed or has expired. */
  | { readonly type: 'CLOSED' }
  /** The socket is gone. */
  | { readonly type: 'DISCONNECTED' };

/** What a session has to know of its member when it comes to a handshake. */
export interface MemberState {
  readonly isServing: boolean;
  /** It serves without a leader: whoever only wants to read (reference §9.7). */
  readonly isReadOnly: boolean;
  /** A new session is one of this member alone. */
  readonly isLocal: boolean;
  readonly appliedZxid: Zxid;
  /** What it knows itself of the session that the client asks for. */
  readonly session: SessionKnowledge;
}

export interface SessionInput {
  readonly minTimeoutMs: number;
  readonly maxTimeoutMs: number;
  /** How long a handshake waits for a member that does not serve yet. */
  readonly patienceMs: number;
}

interface SessionContext extends SessionInput {
  request: ConnectRequest | undefined;
  sessionId: number;
  timeoutMs: number;
  isReadOnly: boolean;
}

const s = setup({
  types: {
    context: {} as SessionContext,
    events: {} as SessionEvent,
    emitted: {} as SessionOrders,
    input: {} as SessionInput,
  },
  guards: {
    isServing: ({ event }) => servingMember(event) !== undefined,
    isBarred: ({ context, event }) =>
      servingMember(event)?.isReadOnly === true && requestOf(context, event)?.readOnly !== true,
    isAhead: ({ context, event }) => {
      const member = servingMember(event);
      const request = requestOf(context, event);
      if (member === undefined || request === undefined) return false;
      return request.lastZxidSeen > member.appliedZxid;
    },
    isNewLocal: ({ context, event }) =>
      servingMember(event)?.isLocal === true && requestOf(context, event)?.sessionId === 0,
    isNew: ({ context, event }) =>
      servingMember(event)?.isReadOnly === false && requestOf(context, event)?.sessionId === 0,
    isLocal: ({ event }) => servingMember(event)?.session === 'local',
    isOver: ({ event }) => {
      const member = servingMember(event);
      return member?.isReadOnly === true && member.session === 'over';
    },
    hasNoLeader: ({ event }) => servingMember(event)?.isReadOnly === true,
    isReadOnly: ({ context }) => context.isReadOnly,
    isValid: ({ event }) => event.type === 'REVALIDATED' && event.valid,
    isValidReadOnly: ({ context, event }) =>
      context.isReadOnly && event.type === 'REVALIDATED' && event.valid,
  },
  delays: {
    patience: ({ context }) => context.patienceMs,
  },
});

const remember = s.createAction(({ context, event }) => {
  if ('member' in event) context.isReadOnly = event.member.isReadOnly;
  if (event.type !== 'CONNECT') return;
  const { request } = event;
  context.request = request;
  context.sessionId = request.sessionId;
  // Zero and negative requests end up at the minimum (reference §1.3 4).
  context.timeoutMs = Math.min(
    Math.max(request.timeoutMs, context.minTimeoutMs),
    context.maxTimeoutMs,
  );
});

const create = s.emit(({ context }) =>
  orders([{ type: 'createSession', timeoutMs: context.timeoutMs }]),
);

const createLocal = s.emit(({ context: { timeoutMs, isReadOnly } }) =>
  orders([{ type: 'createLocalSession', timeoutMs, isReadOnly }]),
);

const reviveLocal = s.emit(({ context }) => {
  const { request, sessionId, timeoutMs } = context;
  if (request === undefined) throw new InvariantViolation('a session without its handshake');
  return orders([
    { type: 'dropOthers', sessionId },
    { type: 'reviveLocalSession', sessionId, timeoutMs, password: request.password },
  ]);
});

const revalidate = s.emit(({ context }) => {
  const { request, sessionId, timeoutMs } = context;
  if (request === undefined) throw new InvariantViolation('a session without its handshake');
  return orders([
    { type: 'dropOthers', sessionId },
    { type: 'revalidate', sessionId, timeoutMs, password: request.password },
  ]);
});

const acceptNew = s.emit(({ context, event }) => {
  if (event.type !== 'CREATED') throw unexpected(event.type);
  const { sessionId, timeoutMs, password } = event;
  context.sessionId = sessionId;
  return orders([accept(context, { sessionId, timeoutMs, password })]);
});

const acceptAgain = s.emit(({ context }) => {
  const { request, sessionId, timeoutMs } = context;
  if (request === undefined) throw new InvariantViolation('a session without its handshake');
  const { password } = request;
  return orders([accept(context, { sessionId, timeoutMs, password })]);
});

const reject = s.emit(({ context }) =>
  orders([
    { type: 'reject', readOnly: context.request?.readOnly === undefined ? undefined : false },
  ]),
);

const hangUp = (reason: string) => s.emit(orders([{ type: 'hangUp', reason }]));

/** The client is told whether it may only read where it has sent that flag itself (reference §1.2). */
function accept(
  { request, isReadOnly }: SessionContext,
  session: {
    readonly sessionId: number;
    readonly timeoutMs: number;
    readonly password: Uint8Array;
  },
): SessionEffect {
  const readOnly = request?.readOnly === undefined ? undefined : isReadOnly;
  return { type: 'accept', ...session, isReadOnly, readOnly };
}

function servingMember(event: SessionEvent): MemberState | undefined {
  return 'member' in event && event.member.isServing ? event.member : undefined;
}

function requestOf(context: SessionContext, event: SessionEvent): ConnectRequest | undefined {
  return event.type === 'CONNECT' ? event.request : context.request;
}

function orders(effects: readonly SessionEffect[]): SessionOrders {
  return { type: 'orders', effects };
}

function unexpected(type: string): InvariantViolation {
  return new InvariantViolation(`a session does not expect ${type} here`);
}

/** What to do with a handshake, in the order of reference §1.3, once the member serves. */
const handshake = [
  {
    guard: 'isBarred',
    target: '#session.ended',
    actions: [remember, hangUp('this member only reads, and the client wants more')],
  },
  {
    guard: 'isAhead',
    target: '#session.ended',
    actions: [remember, hangUp('the client has seen a newer state than this member')],
  },
  { guard: 'isNewLocal', target: '#session.creating', actions: [remember, createLocal] },
  { guard: 'isNew', target: '#session.creating', actions: [remember, create] },
  { guard: 'isLocal', target: '#session.reviving', actions: [remember, reviveLocal] },
  { guard: 'isOver', target: '#session.ended', actions: [remember, reject] },
  {
    guard: 'hasNoLeader',
    target: '#session.ended',
    actions: [remember, hangUp('only a leader knows whether the session lives')],
  },
  { guard: 'isServing', target: '#session.reviving', actions: [remember, revalidate] },
] as const;

/** One client connection and its session (reference §1.3, §9). Requests pass only while it is `open`, and those that write nothing while it is `readOnly`. */
export const sessionMachine = s.createMachine({
  id: 'session',
  context: ({ input }) => ({
    ...input,
    request: undefined,
    sessionId: 0,
    timeoutMs: 0,
    isReadOnly: false,
  }),
  initial: 'greeting',
  states: {
    greeting: {
      on: {
        CONNECT: [...handshake, { target: 'waiting', actions: remember }],
        SERVING: {},
        CEASED: {},
      },
    },
    // Closing at once would send the client round the ensemble; a leader is usually there in a moment.
    waiting: {
      on: { SERVING: [...handshake], CEASED: {} },
      after: { patience: { target: 'ended', actions: hangUp('the member does not serve') } },
    },
    creating: {
      on: {
        CREATED: [
          { guard: 'isReadOnly', target: 'readOnly', actions: acceptNew },
          { target: 'open', actions: acceptNew },
        ],
        CEASED: { target: 'ended', actions: hangUp('the member lost its leader') },
        SERVING: {},
      },
    },
    reviving: {
      on: {
        REVALIDATED: [
          { guard: 'isValidReadOnly', target: 'readOnly', actions: acceptAgain },
          { guard: 'isValid', target: 'open', actions: acceptAgain },
          { target: 'ended', actions: reject },
        ],
        CEASED: { target: 'ended', actions: hangUp('the member lost its leader') },
        SERVING: {},
      },
    },
    open: {
      on: {
        CLOSED: { target: 'ended', actions: hangUp('the session is over') },
        CEASED: { target: 'ended', actions: hangUp('the member lost its leader') },
        SERVING: {},
      },
    },
    // The member has no leader (reference §9.7).
    readOnly: {
      on: {
        CLOSED: { target: 'ended', actions: hangUp('the session is over') },
        CEASED: { target: 'ended', actions: hangUp('the member has found a leader') },
        SERVING: {},
      },
    },
    ended: {
      type: 'final',
    },
  },
  on: {
    DISCONNECTED: '.ended',
    '*': {
      actions: s.createAction(({ event }) => {
        throw unexpected(event.type);
      }),
    },
  },
});

export function sessionView(context: SessionContext) {
  return { sessionId: `0x${context.sessionId.toString(16)}`, timeoutMs: context.timeoutMs };
}
