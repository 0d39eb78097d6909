import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AnyStateMachine } from 'xstate';
import { actor as followerActor } from '../../actors/follower.ts';
import { actor as leaderActor } from '../../actors/leader.ts';
import type { Effect } from '../../machines/effect.ts';
import type { SessionEvent } from '../../machines/session/session.ts';
import type {
  ElectorEvent,
  FollowerEvent,
  LeaderEvent,
  LoggerEvent,
  MemberEvent,
} from '../../machines/zab/event.ts';
import { branchesOf, leavesOf, nodesOf } from '../../ops/chart-walk.ts';
import { loadRoster } from '../../runtime/roster.ts';
import {
  EXHAUSTED,
  FOLLOWER_WAY,
  followerScene,
  LEADER_WAY,
  leaderScene,
} from './graph-epoch-scenes.ts';
import { electorScene, loggerScene, memberScene, sessionScene } from './graph-member-scenes.ts';
import {
  branchNames,
  type Exploration,
  explore,
  pathOf,
  type Scene,
  Walk,
  walkTo,
} from './graph-walk.ts';
import { types } from './harness/chart.ts';

/**
 * The charts as they run: each in a scene where everything that its events say can happen does, in every
 * order, as far as the order makes a difference.
 */

/** Every name of an event type, and no other: the compiler compares. */
const memberEvents: Record<MemberEvent['type'], true> = {
  START: true,
  DRAINED: true,
  ELECTED: true,
  ESTABLISHED: true,
  LOST: true,
};
const electorEvents: Record<ElectorEvent['type'], true> = {
  LOOK: true,
  NOTIFICATION: true,
  GONE: true,
  BUS_UP: true,
  SETTLED: true,
  UNSETTLED: true,
};
const loggerEvents: Record<LoggerEvent['type'], true> = {
  APPEND: true,
  ADOPT: true,
  SAVE_EPOCHS: true,
  FLUSHED: true,
  DRAIN: true,
};
const sessionEvents: Record<SessionEvent['type'], true> = {
  CONNECT: true,
  SERVING: true,
  CEASED: true,
  CREATED: true,
  REVALIDATED: true,
  CLOSED: true,
  DISCONNECTED: true,
};
/** What the ears of leader and follower keep from them, though their type has it. */
type KeptOut = 'BUS_UP';
const leaderEvents: Record<Exclude<LeaderEvent['type'], KeptOut>, true> = {
  LEAD: true,
  TICK: true,
  LINK_DOWN: true,
  STREAM_DOWN: true,
  GONE: true,
  FOLLOWERINFO: true,
  OBSERVERINFO: true,
  ACKEPOCH: true,
  ACKNEWLEADER: true,
  ACK: true,
  PONG: true,
  REQUEST: true,
  SYNC: true,
  REVALIDATE: true,
  CREDIT: true,
  CAUGHT_UP: true,
  APPENDED: true,
  WAITED: true,
  EPOCHS_SAVED: true,
  REPLAYED: true,
  ABANDON: true,
};
const followerEvents: Record<Exclude<FollowerEvent['type'], KeptOut>, true> = {
  FOLLOW: true,
  TICK: true,
  LINK_DOWN: true,
  STREAM_DOWN: true,
  GONE: true,
  LEADERINFO: true,
  HOLD: true,
  DIFF: true,
  TRUNC: true,
  SNAP: true,
  PIECE: true,
  RECORDS: true,
  NEWLEADER: true,
  UPTODATE: true,
  SYNCED: true,
  REVALIDATED: true,
  BROADCAST: true,
  EPOCHS_SAVED: true,
  PIECE_STORED: true,
  ADOPTED: true,
  APPENDED: true,
  REPLAYED: true,
  SUBMIT: true,
  ABANDON: true,
};

/** More moves than any way needs that leads to something new … */
const DEPTH = 30;
/** … but for rounds of elections and queues of a logger, which have no end. */
const ENDLESS_DEPTH = 5;

const followed = explore(() => followerScene(), DEPTH);
const observed = explore(() => followerScene(1, false), DEPTH);
const led = explore(leaderScene, DEPTH);
const elected = explore(() => electorScene(), ENDLESS_DEPTH);
const electedOfThree = explore(() => electorScene([1, 2, 4]), ENDLESS_DEPTH);
const logged = explore(loggerScene, ENDLESS_DEPTH);
const lived = explore(() => memberScene(), DEPTH);
const livedWithALeader = explore(() => memberScene(true, false), DEPTH);
const attended = explore(sessionScene, DEPTH);

test('LINK_DOWN and its like come to leader and follower, news of the bus do not', () => {
  assert.equal(leaderActor.ears.fact?.({ type: 'BUS_UP' }), undefined);
  assert.equal(followerActor.ears.fact?.({ type: 'BUS_UP' }), undefined);
  const down = { type: 'LINK_DOWN', peer: 2, link: 1, reason: 'a test' } as const;
  assert.equal(leaderActor.ears.fact?.(down), down);
  assert.equal(followerActor.ears.fact?.(down), down);
});

/** Whether an event that no chart knows stops the one of the scene. */
function isStoppedByUnknown<Event, Order extends { readonly type: string }>(
  scene: Scene<Event, Order>,
): boolean {
  const unknown = () => ({ type: 'UNKNOWN' });
  return !new Walk<{ type: string }, Order>({ ...scene, moves: { unknown } }, new Map()).make(
    'unknown',
  );
}

test('the scenes that have an end are looked at to their end', () => {
  for (const { ways } of [followed, led, lived, attended]) {
    assert.ok(ways.every(({ moves }) => moves.length < DEPTH));
  }
});

interface Checked {
  readonly chart: AnyStateMachine;
  readonly isStoppedByUnknown: boolean;
  readonly events: Readonly<Record<string, true>>;
  readonly explorations: readonly Exploration[];
}

const checked: Readonly<Record<string, Checked>> = {
  member: {
    chart: memberScene().chart,
    isStoppedByUnknown: isStoppedByUnknown(memberScene()),
    events: memberEvents,
    explorations: [lived, livedWithALeader],
  },
  elector: {
    chart: electorScene().chart,
    isStoppedByUnknown: isStoppedByUnknown(electorScene()),
    events: electorEvents,
    explorations: [elected, electedOfThree],
  },
  logger: {
    chart: loggerScene().chart,
    isStoppedByUnknown: isStoppedByUnknown(loggerScene()),
    events: loggerEvents,
    explorations: [logged],
  },
  session: {
    chart: sessionScene().chart,
    isStoppedByUnknown: isStoppedByUnknown(sessionScene()),
    events: sessionEvents,
    explorations: [attended],
  },
  follower: {
    chart: followerScene().chart,
    isStoppedByUnknown: isStoppedByUnknown(followerScene()),
    events: followerEvents,
    explorations: [followed, observed],
  },
  leader: {
    chart: leaderScene().chart,
    isStoppedByUnknown: isStoppedByUnknown(leaderScene()),
    events: leaderEvents,
    explorations: [led, explore(() => leaderScene(1, EXHAUSTED), DEPTH)],
  },
};

test('every chart that a member runs is looked at here', async () => {
  const { actors, connectionActors } = await loadRoster();
  const names = [...actors.map(({ name }) => name), ...connectionActors.keys()];
  assert.deepEqual(names.sort(), Object.keys(checked).sort());
});

for (const [name, { chart, events, explorations, isStoppedByUnknown }] of Object.entries(checked)) {
  test(`the ${name} answers, or ignores on purpose, every event of its type, and no other`, () => {
    const known = nodesOf(chart.root)
      .flatMap((node) => branchesOf(node))
      .filter(({ kind, on }) => kind === 'event' && on !== '*')
      .map(({ on }) => on);
    assert.deepEqual([...new Set(known)].sort(), Object.keys(events).sort());
    const sent = explorations.flatMap((exploration) => [...exploration.sent]);
    assert.deepEqual([...new Set(sent)].sort(), Object.keys(events).sort(), 'all of it was tried');
  });

  test(`every state of the ${name} is reached by something that can happen`, () => {
    const reached = new Set(explorations.flatMap(({ states }) => [...states]));
    const unreached = leavesOf(chart.root)
      .map(pathOf)
      .filter((path) => !reached.has(path));
    assert.deepEqual(unreached, []);
  });

  test(`every branch of the ${name} is taken by something that can happen`, () => {
    const taken = new Set(explorations.flatMap((exploration) => [...exploration.taken]));
    const branches = [...branchNames(chart).values()];
    assert.equal(new Set(branches).size, branches.length, 'no two are called the same');
    assert.deepEqual(
      branches.filter((branch) => !taken.has(branch)),
      [],
    );
  });

  test(`an event that the ${name} does not know stops it in every state, and is not passed over`, () => {
    assert.ok(isStoppedByUnknown);
    const deaf = nodesOf(chart.root).filter(
      (node) => node !== chart.root && node.transitions.has('*'),
    );
    assert.deepEqual(deaf.map(pathOf), []);
  });
}

/** Where a chart stands after a way, and what it orders on each of the moves that follow. */
function after<Event extends { readonly type: string }, Order extends { readonly type: string }>(
  scene: Scene<Event, Order>,
  way: readonly string[],
) {
  const walk = walkTo(scene, new Map(), way);
  return {
    /** `false` where the chart is stopped by it. */
    make: (move: string) => walk.make(move),
    orders: () => walk.orders,
    state: () => walk.state,
  };
}

const FOLLOWER_LOSSES = ['LINK_DOWN', 'STREAM_DOWN', 'GONE', 'ABANDON', 'TICK in silence'];

test('an observer goes every way of a follower, and no other', () => {
  const states = ({ ways }: typeof followed) =>
    new Map(ways.map(({ moves, state }) => [moves.join(', '), state]));
  assert.deepEqual(states(observed), states(followed));
  assert.deepEqual(observed.taken, followed.taken);
});

test('an observer says that it observes, and goes back to its leader after every loss', () => {
  const sent = (orders: readonly Effect[]) =>
    orders.flatMap((order) => (order.type === 'send' ? [order.message.type] : []));
  for (const loss of FOLLOWER_LOSSES) {
    const observer = after(followerScene(2, false), FOLLOWER_WAY);
    observer.make(loss);
    assert.equal(observer.state(), 'idle', loss);
    observer.make('FOLLOW');
    assert.deepEqual(sent(observer.orders()), ['OBSERVERINFO'], loss);
  }
});

// --- every loss leads back

for (const loss of FOLLOWER_LOSSES) {
  test(`${loss} leads a follower back to idle from whatever it has come to, and it can follow again`, () => {
    const ways = followed.ways.filter(({ state }) => state !== 'idle');
    assert.ok(ways.length > 100);
    for (const { moves, state } of ways) {
      const follower = after(followerScene(2), moves);
      follower.make(loss);
      assert.equal(follower.state(), 'idle', `${moves} (${state})`);
      assert.equal(types(follower.orders()).filter((type) => type === 'LOST').length, 1);
      for (const move of FOLLOWER_WAY) assert.ok(follower.make(move), `${moves} ${loss} ${move}`);
      assert.equal(follower.state(), 'following.broadcast', `${moves} ${loss}`);
    }
  });
}

test('a leader that loses its learners is back in idle from whatever it has come to, and can lead again', () => {
  const ways = led.ways.filter(({ state }) => state !== 'idle');
  assert.ok(ways.length > 100);
  for (const { moves, state } of ways) {
    const leader = after(leaderScene(2), moves);
    const lost: Effect[] = [];
    for (const loss of ['LINK_DOWN 2', 'LINK_DOWN 3', 'TICK', 'TICK in silence']) {
      leader.make(loss);
      lost.push(...leader.orders());
      // As long as there is no epoch a link that ends costs nothing: only time ends the attempt.
      if (loss === 'TICK') {
        const hasEpoch = state !== 'leading.discovery.gathering';
        assert.equal(leader.state() === 'idle', hasEpoch, `${moves} (${state})`);
      }
    }
    assert.equal(leader.state(), 'idle', `${moves} (${state})`);
    assert.equal(types(lost).filter((type) => type === 'LOST').length, 1);
    for (const move of LEADER_WAY) assert.ok(leader.make(move), `${moves} ${move}`);
    assert.equal(leader.state(), 'leading.broadcast', `${moves}`);
  }
});

for (const loss of ['ABANDON', 'TICK in silence']) {
  test(`${loss} leads a leader back to idle from whatever it has come to`, () => {
    for (const { moves, state } of led.ways.filter((way) => way.state !== 'idle')) {
      const leader = after(leaderScene(), moves);
      leader.make(loss);
      assert.equal(leader.state(), 'idle', `${moves} (${state})`);
      assert.equal(types(leader.orders()).filter((type) => type === 'LOST').length, 1);
    }
  });
}

test('a member that loses its epoch looks again, and while it looks nothing is lost', () => {
  for (const { moves, state } of lived.ways.filter((way) => way.state !== 'stopped')) {
    const member = after(memberScene(), moves);
    member.make('LOST');
    const isLooking = state.startsWith('looking');
    assert.equal(member.state(), isLooking ? state : 'looking.settling', `${moves}`);
  }
});

test('a member serves without a leader only where it may', () => {
  const { ways } = livedWithALeader;
  assert.ok(lived.ways.some(({ state }) => state === 'looking.readOnly'));
  assert.ok(ways.every(({ state }) => state !== 'looking.readOnly'));
});

test('whatever an elector has decided, it is silent when that is over, and looks when it is told to', () => {
  const ways = elected.ways.filter(
    ({ moves, state }) => state === 'settled' && moves.filter((move) => move === 'LOOK').length < 2,
  );
  assert.ok(ways.length > 10);
  for (const { moves } of ways) {
    const elector = after(electorScene(), [...moves, 'UNSETTLED']);
    assert.equal(elector.state(), 'idle', `${moves}`);
    assert.ok(elector.make('LOOK'), `${moves}`);
    assert.equal(elector.state(), 'looking.polling', `${moves}`);
  }
});

test('a logger is idle when the disk has done all that it was given', () => {
  for (const { moves } of logged.ways) {
    const logger = after(loggerScene(), moves);
    for (let flush = 0; logger.make('FLUSHED'); flush++) assert.ok(flush < DEPTH);
    assert.equal(logger.state(), 'idle', `${moves}`);
  }
});

test('a session ends with its socket, from whatever it has come to', () => {
  for (const { moves } of attended.ways) {
    const session = after(sessionScene(), moves);
    session.make('DISCONNECTED');
    assert.equal(session.state(), 'ended', `${moves}`);
  }
});
