import { setup } from 'xstate';
import { InvariantViolation } from '../invariant.ts';
import type { ConnectRequest } from '../jute/request.ts';
import type { Zxid } from '../zab/zxid.ts';

/** What one connection's session chart orders. The member's client service carries it out. */
export type SessionEffect =
  /** Ask the leader for a new session (reference §1.3 6). */
  | { readonly type: 'createSession'; readonly timeoutMs: number }
  /** Ask the leader whether the session still lives (reference §9.3). */
  | {
      readonly type: 'revalidate';
      readonly sessionId: number;
      readonly timeoutMs: number;
      readonly password: Uint8Array;
    }
  /** Any other connection of that session ends before its password is looked at (reference §1.3 7). */
  | { readonly type: 'dropOthers'; readonly sessionId: number }
  /** The handshake is complete: requests are served from now on. */
  | {
      readonly type: 'accept';
      readonly sessionId: number;
      readonly timeoutMs: number;
      readonly password: Uint8Array;
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
  /** The member has lost its leader, or its leadership. */
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
  readonly appliedZxid: Zxid;
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
}

const s = setup({
  types: {
    context: {} as SessionContext,
    events: {} as SessionEvent,
    emitted: {} as SessionOrders,
    input: {} as SessionInput,
  },
  guards: {
    isServing: ({ event }) => 'member' in event && event.member.isServing,
    isAhead: ({ context, event }) => {
      const request = event.type === 'CONNECT' ? event.request : context.request;
      if (!('member' in event) || request === undefined || !event.member.isServing) return false;
      return request.lastZxidSeen > event.member.appliedZxid;
    },
    isNew: ({ context, event }) => {
      const request = event.type === 'CONNECT' ? event.request : context.request;
      return 'member' in event && event.member.isServing && request?.sessionId === 0;
    },
    isValid: ({ event }) => event.type === 'REVALIDATED' && event.valid,
  },
  delays: {
    patience: ({ context }) => context.patienceMs,
  },
});

const remember = s.createAction(({ context, event }) => {
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
  return orders([
    { type: 'accept', sessionId, timeoutMs, password, readOnly: readOnlyFlag(context.request) },
  ]);
});

const acceptAgain = s.emit(({ context }) => {
  const { request, sessionId, timeoutMs } = context;
  if (request === undefined) throw new InvariantViolation('a session without its handshake');
  const { password } = request;
  return orders([
    { type: 'accept', sessionId, timeoutMs, password, readOnly: readOnlyFlag(request) },
  ]);
});

const reject = s.emit(({ context }) =>
  orders([{ type: 'reject', readOnly: readOnlyFlag(context.request) }]),
);

const hangUp = (reason: string) => s.emit(orders([{ type: 'hangUp', reason }]));

/** This member always writes: the flag is false, and only there where the client sent one (reference §1.2). */
function readOnlyFlag(request: ConnectRequest | undefined): boolean | undefined {
  return request?.readOnly === undefined ? undefined : false;
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
    guard: 'isAhead',
    target: '#session.ended',
    actions: [remember, hangUp('the client has seen a newer state than this member')],
  },
  { guard: 'isNew', target: '#session.creating', actions: [remember, create] },
  { guard: 'isServing', target: '#session.reviving', actions: [remember, revalidate] },
] as const;

/** One client connection and its session (reference §1.3, §9). Requests pass only while it is `open`. */
export const sessionMachine = s.createMachine({
  id: 'session',
  context: ({ input }) => ({ ...input, request: undefined, sessionId: 0, timeoutMs: 0 }),
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
        CREATED: { target: 'open', actions: acceptNew },
        CEASED: { target: 'ended', actions: hangUp('the member lost its leader') },
        SERVING: {},
      },
    },
    reviving: {
      on: {
        REVALIDATED: [
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
