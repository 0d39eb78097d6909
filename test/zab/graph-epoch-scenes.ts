import { actor as follower } from '../../actors/follower.ts';
import { actor as leader } from '../../actors/leader.ts';
import type { Effect } from '../../machines/effect.ts';
import type { FollowerEvent, LeaderEvent } from '../../machines/zab/event.ts';
import { COUNTER_MAX, zxidOf } from '../../machines/zab/zxid.ts';
import type { Scene } from './graph-walk.ts';
import { commit, LEADER, PING, proposal } from './harness/follower-scene.ts';
import { FakeHistory, runOf, zxids } from './harness/history.ts';
import { REAPING } from './harness/leader-scene.ts';
import { FakeState } from './harness/state.ts';

const SILENCE_MS = 500;
const NEVER_MS = 1e9;
const reason = 'a test';

/** What a disk does with the orders of one actor: it is done when the test reports it. */
class FakeDisk {
  readonly history: FakeHistory;
  #epochs: { acceptedEpoch: number; currentEpoch: number } | undefined;
  #adoptedEpoch: number | undefined;

  constructor(history: FakeHistory) {
    this.history = history;
  }

  obey(order: Effect): void {
    if (order.type !== 'tell' || order.to !== 'logger') return;
    const { event } = order;
    if (event.type === 'SAVE_EPOCHS') this.#epochs = event;
    if (event.type === 'ADOPT') this.#adoptedEpoch = event.currentEpoch;
  }

  saved(): { acceptedEpoch: number; currentEpoch: number } {
    const { acceptedEpoch, currentEpoch } = this.#epochs ?? this.history.epochs;
    this.history.epochs = { acceptedEpoch, currentEpoch };
    return this.history.epochs;
  }

  adopted(): void {
    const { acceptedEpoch, currentEpoch } = this.history.epochs;
    this.history.epochs = { acceptedEpoch, currentEpoch: this.#adoptedEpoch ?? currentEpoch };
  }
}

/** A member that follows, as often as `lives` says, with a vote or without. Its leader is member 2. */
export function followerScene(lives = 1, votes = true): Scene<FollowerEvent, Effect> {
  const history = new FakeHistory(zxids(1, 1, 3), 1);
  const disk = new FakeDisk(history);
  let follows = 0;
  let link = 0;
  let stream = 0;
  /** Whether the leader has told which way its history comes, and what has come on its stream. */
  let heard = new Set<string>();
  const on = () => ({ from: LEADER, link });
  const broadcast = (name: string, sequence: number, message: typeof PING): FollowerEvent => {
    heard.add(name);
    return { type: 'BROADCAST', from: LEADER, stream, sequence, message };
  };
  return {
    chart: follower.chart,
    input: { self: 1, votes, history, incarnation: 1, silenceMs: SILENCE_MS },
    key: (context) => [follower.view(context), history.epochs, [...heard].sort(), follows],
    obey: (order) => {
      disk.obey(order);
      if (order.type === 'open') link = order.link;
      if (order.type === 'followStream') stream = order.stream;
    },
    moves: {
      FOLLOW: () => {
        if (follows === lives) return undefined;
        follows += 1;
        heard = new Set();
        return { type: 'FOLLOW', leader: LEADER };
      },
      'LEADERINFO new': () => ({
        type: 'LEADERINFO',
        epoch: history.epochs.acceptedEpoch + 1,
        ...on(),
      }),
      'LEADERINFO promised': () => ({
        type: 'LEADERINFO',
        epoch: history.epochs.acceptedEpoch,
        ...on(),
      }),
      'LEADERINFO passed': () => ({ type: 'LEADERINFO', epoch: 0, ...on() }),
      'LEADERINFO late': () => ({ type: 'LEADERINFO', epoch: 9, ...on(), link: link - 1 }),
      'EPOCHS_SAVED asked': () => ({ type: 'EPOCHS_SAVED', ...disk.saved() }),
      'EPOCHS_SAVED else': () => ({ type: 'EPOCHS_SAVED', acceptedEpoch: 0, currentEpoch: 0 }),
      HOLD: () => ({ type: 'HOLD', ...on() }),
      'HOLD late': () => ({ type: 'HOLD', ...on(), link: link - 1 }),
      DIFF: () => {
        heard.add('DIFF');
        return { type: 'DIFF', keepThrough: history.lastZxid, ...on() };
      },
      TRUNC: () => ({ type: 'TRUNC', keepThrough: zxidOf(1, 2), ...on() }),
      SNAP: () => {
        heard.add('SNAP');
        return { type: 'SNAP', zxid: zxidOf(1, 9), ...on() };
      },
      PIECE: () => ({ type: 'PIECE', bytes: Buffer.from('x'), ...on() }),
      PIECE_STORED: () => ({ type: 'PIECE_STORED', bytes: 1 }),
      RECORDS: () => ({ type: 'RECORDS', run: runOf(zxidOf(1, 10)), ...on() }),
      NEWLEADER: () => ({
        type: 'NEWLEADER',
        epoch: history.epochs.acceptedEpoch,
        lastZxid: history.lastZxid,
        committedZxid: 0,
        sequence: 0,
        ...on(),
      }),
      ADOPTED: () => {
        disk.adopted();
        return { type: 'ADOPTED' };
      },
      UPTODATE: () => ({ type: 'UPTODATE', committedZxid: history.lastZxid, ...on() }),
      'REPLAYED all': () => ({ type: 'REPLAYED', through: history.lastZxid }),
      'REPLAYED less': () => ({ type: 'REPLAYED', through: zxidOf(1, 1) }),
      PROPOSAL: () => broadcast('PROPOSAL', 1, proposal(zxidOf(stream, 1))),
      COMMIT: () => broadcast('COMMIT', 2, commit(zxidOf(stream, 1))),
      'PING behind a hole': () => broadcast('hole', 9, PING),
      APPENDED: () => ({ type: 'APPENDED', zxid: zxidOf(stream, 1) }),
      SYNCED: () => ({ type: 'SYNCED', requestId: 1, zxid: 0, ...on() }),
      REVALIDATED: () => ({ type: 'REVALIDATED', requestId: 1, valid: true, ...on() }),
      SUBMIT: () => ({ type: 'SUBMIT', message: { type: 'SYNC', requestId: 1 } }),
      TICK: () => ({ type: 'TICK', nowMs: 10, wallMs: 0, touched: [] }),
      'TICK in silence': () => ({ type: 'TICK', nowMs: NEVER_MS, wallMs: 0, touched: [] }),
      LINK_DOWN: () => ({ type: 'LINK_DOWN', peer: LEADER, link, reason }),
      'LINK_DOWN of another': () => ({ type: 'LINK_DOWN', peer: 3, link, reason }),
      STREAM_DOWN: () => ({ type: 'STREAM_DOWN', leader: LEADER, reason }),
      'STREAM_DOWN of another': () => ({ type: 'STREAM_DOWN', leader: 3, reason }),
      GONE: () => ({ type: 'GONE', peer: LEADER }),
      'GONE another': () => ({ type: 'GONE', peer: 3 }),
      ABANDON: () => ({ type: 'ABANDON', reason }),
    },
  };
}

/** The way of a follower to the broadcast phase. */
export const FOLLOWER_WAY = [
  'FOLLOW',
  'LEADERINFO new',
  'EPOCHS_SAVED asked',
  'DIFF',
  'NEWLEADER',
  'ADOPTED',
  'UPTODATE',
  'REPLAYED all',
] as const;

/** A member that leads, as often as `lives` says. Member 2 is its learner; 3 has a history of its own. */
export function leaderScene(lives = 1, last = zxidOf(1, 3)): Scene<LeaderEvent, Effect> {
  const history = new FakeHistory([last], 1);
  const disk = new FakeDisk(history);
  let leads = 0;
  let epoch = 0;
  let requests = 0;
  const asked = new Set<string>();
  // A second one that waits for a round of PINGs is nothing new.
  const asksOnce = (what: string) => (asked.has(what) ? undefined : asked.add(what) && true);
  const from = (member: number) => ({ from: member, link: member * 100 });
  const requestOf = () => ({
    requestId: ++requests,
    sessionId: 7,
    cxid: 1,
    opcode: 1,
    identities: [],
    body: Buffer.alloc(0),
  });
  return {
    chart: leader.chart,
    input: {
      self: 1,
      voters: [1, 2, 3],
      history,
      state: new FakeState(),
      silenceMs: SILENCE_MS,
      establishMs: 5000,
      expiryIntervalMs: 100,
      reaping: REAPING,
    },
    key: (context) => [leader.view(context), history.epochs, requests, leads],
    obey: (order) => {
      disk.obey(order);
      if (order.type === 'tell' && order.event.type === 'SAVE_EPOCHS') {
        epoch = order.event.acceptedEpoch;
      }
    },
    moves: {
      LEAD: () => {
        if (leads === lives) return undefined;
        leads += 1;
        return { type: 'LEAD' };
      },
      'FOLLOWERINFO 2': () => ({ type: 'FOLLOWERINFO', acceptedEpoch: 1, ...from(2) }),
      'FOLLOWERINFO 3': () => ({ type: 'FOLLOWERINFO', acceptedEpoch: 1, ...from(3) }),
      'FOLLOWERINFO later epoch': () => ({ type: 'FOLLOWERINFO', acceptedEpoch: 99, ...from(3) }),
      // Late, so that there are not twice as many ways to everything.
      'OBSERVERINFO 3': () =>
        requests === 0 ? undefined : { type: 'OBSERVERINFO', acceptedEpoch: 99, ...from(3) },
      'EPOCHS_SAVED asked': () => ({ type: 'EPOCHS_SAVED', ...disk.saved() }),
      'EPOCHS_SAVED else': () => ({ type: 'EPOCHS_SAVED', acceptedEpoch: 0, currentEpoch: 0 }),
      'ACKEPOCH 2': () => ({ type: 'ACKEPOCH', currentEpoch: 1, lastZxid: last, ...from(2) }),
      'ACKEPOCH 2 again': () => ({ type: 'ACKEPOCH', currentEpoch: -1, lastZxid: 0, ...from(2) }),
      'ACKEPOCH 3 ahead': () => ({ type: 'ACKEPOCH', currentEpoch: 9, lastZxid: 0, ...from(3) }),
      CREDIT: () => ({ type: 'CREDIT', bytes: 1, ...from(2) }),
      CAUGHT_UP: () => ({ type: 'CAUGHT_UP', peer: 2, link: 200, through: last }),
      ACKNEWLEADER: () => ({ type: 'ACKNEWLEADER', epoch, ...from(2) }),
      'REPLAYED all': () => ({ type: 'REPLAYED', through: last }),
      'REPLAYED less': () => ({ type: 'REPLAYED', through: 1 }),
      REQUEST: () =>
        requests > 0
          ? undefined
          : { type: 'REQUEST', requests: [requestOf()], wallMs: 0, ...from(2) },
      APPENDED: () => ({ type: 'APPENDED', zxid: zxidOf(epoch, 1) }),
      WAITED: () => ({ type: 'WAITED', after: zxidOf(epoch, 1) }),
      ACK: () => ({ type: 'ACK', zxid: zxidOf(epoch, 1), ...from(2) }),
      PONG: () => ({ type: 'PONG', round: 1, touched: [], ...from(2) }),
      SYNC: () => asksOnce('SYNC') && { type: 'SYNC', requestId: 1, ...from(2) },
      REVALIDATE: () =>
        asksOnce('REVALIDATE') && {
          type: 'REVALIDATE',
          requestId: 1,
          sessionId: 7,
          timeoutMs: 1000,
          password: Buffer.alloc(16),
          ...from(2),
        },
      TICK: () => ({ type: 'TICK', nowMs: 10, wallMs: 0, touched: [] }),
      'TICK in silence': () => ({ type: 'TICK', nowMs: NEVER_MS, wallMs: 0, touched: [] }),
      'LINK_DOWN 2': () => ({ type: 'LINK_DOWN', peer: 2, link: 200, reason }),
      'LINK_DOWN 3': () => ({ type: 'LINK_DOWN', peer: 3, link: 300, reason }),
      STREAM_DOWN: () => ({ type: 'STREAM_DOWN', leader: 2, reason }),
      GONE: () => ({ type: 'GONE', peer: 2 }),
      ABANDON: () => ({ type: 'ABANDON', reason }),
    },
  };
}

/** The way of a leader to the broadcast phase. */
export const LEADER_WAY = [
  'LEAD',
  'FOLLOWERINFO 2',
  'EPOCHS_SAVED asked',
  'ACKEPOCH 2',
  'EPOCHS_SAVED asked',
  'CAUGHT_UP',
  'ACKNEWLEADER',
  'REPLAYED all',
] as const;

/** A history that ends where the counter of the epoch that comes next does: as if all that had been proposed in it. */
export const EXHAUSTED = zxidOf(2, COUNTER_MAX - 1);
