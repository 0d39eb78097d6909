import { actor as elector } from '../../actors/elector.ts';
import { actor as logger } from '../../actors/logger.ts';
import { actor as member } from '../../actors/member.ts';
import { connectionActor as session } from '../../actors/session.ts';
import type { Effect } from '../../machines/effect.ts';
import type { MemberState, SessionEffect, SessionEvent } from '../../machines/session/session.ts';
import type { ElectorEvent, LoggerEvent, MemberEvent } from '../../machines/zab/event.ts';
import { PeerState, type Vote } from '../../machines/zab/vote.ts';
import { zxidOf } from '../../machines/zab/zxid.ts';
import type { Scene } from './graph-walk.ts';
import { FakeHistory, runOf, zxids } from './harness/history.ts';

const ANNOUNCE_MS = 100;
const FINALIZE_MS = 30;
const PATIENCE_MS = 1000;
const READ_ONLY_AFTER_MS = 2000;
const reason = 'a test';

/** A member with a vote or without: only the first is ever elected. */
export function memberScene(votes = true, mayServeReadOnly = true): Scene<MemberEvent, Effect> {
  const readOnlyAfterMs = mayServeReadOnly ? READ_ONLY_AFTER_MS : undefined;
  return {
    chart: member.chart,
    input: { self: 1, votes, history: new FakeHistory(zxids(1, 1, 3), 1), readOnlyAfterMs },
    key: () => undefined,
    moves: {
      START: () => ({ type: 'START' }),
      DRAINED: () => ({ type: 'DRAINED' }),
      'ELECTED itself': () => ({ type: 'ELECTED', leader: 1 }),
      'ELECTED another': () => ({ type: 'ELECTED', leader: 2 }),
      ESTABLISHED: () => ({ type: 'ESTABLISHED', epoch: 2 }),
      LOST: () => ({ type: 'LOST', reason }),
      'time without a leader': () => READ_ONLY_AFTER_MS,
    },
  };
}

/** Member 1, of five unless told otherwise; 4 has the better history. */
export function electorScene(voters = [1, 2, 3, 4, 5]): Scene<ElectorEvent, Effect> {
  const own: Vote = { leader: 1, zxid: zxidOf(1, 3), peerEpoch: 1 };
  const better: Vote = { leader: 4, zxid: zxidOf(1, 4), peerEpoch: 1 };
  let looks = 0;
  /** Whether the member waits for its election: it asks for one at a time. */
  let isAsked = false;
  let hasDecided = false;
  /** Who has settled and who is dead: the view does not show what is known of them. */
  let known = new Set<string>();
  const say = (from: number, vote: Vote, state: PeerState, round = 1): ElectorEvent => {
    if (state === PeerState.observing) known.delete(`${from} is settled`);
    else if (state !== PeerState.looking) known.add(`${from} is settled`);
    return { type: 'NOTIFICATION', from, notification: { ...vote, state, round } };
  };
  const gone = (peer: number): ElectorEvent => {
    known.add(`${peer} is gone`);
    return { type: 'GONE', peer };
  };
  return {
    chart: elector.chart,
    input: {
      self: 1,
      voters,
      finalizeWaitMs: FINALIZE_MS,
      announceMinMs: ANNOUNCE_MS,
      announceMaxMs: ANNOUNCE_MS,
    },
    key: (context) => [elector.view(context), [...known].sort(), looks],
    obey: (order) => {
      if (order.type === 'tell' && order.event.type === 'ELECTED') hasDecided = true;
    },
    moves: {
      LOOK: () => {
        if (looks === 2 || isAsked) return undefined;
        isAsked = true;
        hasDecided = false;
        looks += 1;
        known = new Set();
        return { type: 'LOOK', zxid: own.zxid, currentEpoch: own.peerEpoch };
      },
      '2 votes for 1': () => say(2, own, PeerState.looking),
      '3 votes for 1': () => say(3, own, PeerState.looking),
      '4 votes for itself': () => say(4, better, PeerState.looking),
      '2 follows 4': () => say(2, better, PeerState.following),
      '3 follows 4': () => say(3, better, PeerState.following),
      '4 leads': () => say(4, better, PeerState.leading),
      '4 follows 2': () => say(4, { ...better, leader: 2 }, PeerState.following, 9),
      '4 has no vote any more': () => say(4, better, PeerState.observing),
      '4 looks again': () => say(4, better, PeerState.looking, 9),
      'GONE 4': () => gone(4),
      'GONE 5': () => gone(5),
      BUS_UP: () => ({ type: 'BUS_UP' }),
      SETTLED: () => ({ type: 'SETTLED', epoch: 2 }),
      UNSETTLED: () => {
        if (hasDecided) isAsked = false;
        return { type: 'UNSETTLED' };
      },
      'time for a better vote': () => FINALIZE_MS,
      'time for an announcement': () => ANNOUNCE_MS,
    },
  };
}

export function loggerScene(): Scene<LoggerEvent, Effect> {
  /** What the disk was given to do and has not reported. */
  let ordered = 0;
  return {
    chart: logger.chart,
    input: undefined,
    key: (context) => [logger.view(context), ordered],
    obey: ({ type }) => {
      if (type === 'append' || type === 'adopt' || type === 'saveEpochs') ordered += 1;
    },
    moves: {
      APPEND: () => ({
        type: 'APPEND',
        run: runOf(zxidOf(1, 1)),
        committedZxid: 0,
        owner: 'follower',
      }),
      ADOPT: () => {
        if (ordered > 0) return undefined;
        return {
          type: 'ADOPT',
          keepThrough: 0,
          runs: [],
          currentEpoch: 2,
          committedZxid: 0,
          snapshot: false,
        };
      },
      SAVE_EPOCHS: () => {
        if (ordered > 0) return undefined;
        return { type: 'SAVE_EPOCHS', acceptedEpoch: 2, currentEpoch: 1, owner: 'leader' };
      },
      FLUSHED: () => {
        if (ordered === 0) return undefined;
        ordered -= 1;
        return { type: 'FLUSHED' };
      },
      DRAIN: () => ({ type: 'DRAIN' }),
    },
  };
}

export function sessionScene(): Scene<SessionEvent, SessionEffect> {
  const password = Buffer.alloc(16);
  const looking: MemberState = {
    isServing: false,
    isReadOnly: false,
    isLocal: false,
    appliedZxid: 5,
    session: 'unknown',
  };
  const serving: MemberState = { ...looking, isServing: true };
  const readOnly: MemberState = { ...serving, isReadOnly: true, isLocal: true };
  const connect = (
    sessionId: number,
    lastZxidSeen: number,
    member = serving,
    mayReadOnly?: boolean,
  ): (() => SessionEvent) => {
    const request = {
      protocolVersion: 0,
      lastZxidSeen,
      timeoutMs: 4000,
      sessionId,
      password,
      readOnly: mayReadOnly,
    };
    return () => ({ type: 'CONNECT', request, member });
  };
  /** What a waiting handshake said, and whether its session is a read-only one, decide where it goes. */
  let waiting = '';
  let isReadOnly = false;
  const wait = (name: string, sessionId: number, lastZxidSeen: number, mayReadOnly?: boolean) => {
    return () => {
      waiting = name;
      return connect(sessionId, lastZxidSeen, looking, mayReadOnly)();
    };
  };
  const serve = (member: MemberState) => (): SessionEvent => {
    isReadOnly = member.isReadOnly;
    return { type: 'SERVING', member };
  };
  const without = (sessionId: number, member: Partial<MemberState> = {}) => {
    return () => {
      isReadOnly = true;
      return connect(sessionId, 0, { ...readOnly, ...member }, true)();
    };
  };
  return {
    chart: session.chart,
    input: { minTimeoutMs: 4000, maxTimeoutMs: 4000, patienceMs: PATIENCE_MS },
    key: () => [waiting, isReadOnly],
    moves: {
      'CONNECT new': connect(0, 0),
      'CONNECT new, local': connect(0, 0, { ...serving, isLocal: true }),
      'CONNECT again': connect(9, 5),
      'CONNECT again, local': connect(9, 5, { ...serving, session: 'local' }),
      'CONNECT ahead': connect(9, 6),
      'CONNECT to write, read-only': connect(0, 0, readOnly),
      'CONNECT new, read-only': without(0),
      'CONNECT new, read-only, without ids': without(0, { isLocal: false }),
      'CONNECT again, read-only': without(9),
      'CONNECT again, read-only, local': without(9, { session: 'local' }),
      'CONNECT again, read-only, over': without(9, { session: 'over' }),
      'CONNECT new, too early': wait('new', 0, 0),
      'CONNECT again, too early': wait('again', 9, 5),
      'CONNECT ahead, too early': wait('ahead', 9, 6),
      'CONNECT new to read, too early': wait('new to read', 0, 0, true),
      'CONNECT again to read, too early': wait('again to read', 9, 5, true),
      SERVING: serve(serving),
      'SERVING, local': serve({ ...serving, isLocal: true, session: 'local' }),
      'SERVING, read-only': serve(readOnly),
      'SERVING, read-only, local': serve({ ...readOnly, session: 'local' }),
      'SERVING, read-only, over': serve({ ...readOnly, session: 'over' }),
      CEASED: () => ({ type: 'CEASED' }),
      CREATED: () => ({ type: 'CREATED', sessionId: 9, timeoutMs: 4000, password }),
      'REVALIDATED valid': () => ({ type: 'REVALIDATED', valid: true }),
      'REVALIDATED invalid': () => ({ type: 'REVALIDATED', valid: false }),
      CLOSED: () => ({ type: 'CLOSED' }),
      DISCONNECTED: () => ({ type: 'DISCONNECTED' }),
      patience: () => PATIENCE_MS,
    },
  };
}
