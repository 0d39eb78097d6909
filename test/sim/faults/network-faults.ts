import type { Traffic } from '../world/network.ts';
import { type Fault, othersOf, type Scene } from './fault.ts';

const SHARES_LOST = [0.01, 0.1, 0.4];
/** Fewer: each costs a link, as a member takes a number that it has seen for a sign of confusion. */
const SHARES_DOUBLED = [0.001, 0.01, 0.05];
const DIRECT_LAGS_MS = [20, 100, 300];
const SHARE_OF_BROADCASTS_LOST = 0.3;

type Pair = readonly [from: number, to: number];

/** Cuts each direction, and gives what mends them again. */
function cut({ ensemble }: Scene, pairs: readonly Pair[]): () => boolean {
  const { network } = ensemble;
  for (const [from, to] of pairs) network.cut(from, to);
  return () => {
    for (const [from, to] of pairs) network.mend(from, to);
    return true;
  };
}

function bothWays(one: number, other: number): Pair[] {
  return [
    [one, other],
    [other, one],
  ];
}

export const isolation: Fault = {
  kind: 'isolation',
  strike(scene, member) {
    const pairs = othersOf(scene, member).flatMap((other) => bothWays(member, other));
    return { note: `member ${member}`, repair: cut(scene, pairs) };
  },
};

/** A member hears and is not heard, or the other way round. */
export const oneWayCut: Fault = {
  kind: 'one-way cut',
  strike(scene, member) {
    const hears = scene.random.chance(0.5);
    const pairs = othersOf(scene, member).map(
      (other): Pair => (hears ? [member, other] : [other, member]),
    );
    const note = `member ${member} ${hears ? 'only hears' : 'only speaks'}`;
    return { note, repair: cut(scene, pairs) };
  },
};

/** A member is not heard any more, and a while later it hears nothing either: others may have a leader before it knows. */
export const fadingVoice: Fault = {
  kind: 'fading voice',
  strike(scene, member) {
    const { loop } = scene.ensemble;
    const others = othersOf(scene, member);
    const mends = [
      cut(
        scene,
        others.map((other): Pair => [member, other]),
      ),
    ];
    let isOver = false;
    const deafAfterMs = scene.random.pick([450, 950, 1900]);
    loop.at(loop.nowMs + deafAfterMs, () => {
      if (!isOver)
        mends.push(
          cut(
            scene,
            others.map((other): Pair => [other, member]),
          ),
        );
    });
    return {
      note: `member ${member}, deaf after ${deafAfterMs} ms`,
      repair: () => {
        isOver = true;
        return mends.every((mend) => mend());
      },
    };
  },
};

export const partition: Fault = {
  kind: 'partition',
  strike(scene) {
    const { members } = scene.ensemble;
    const isOne = new Map(members.map((member) => [member, scene.random.chance(0.5)]));
    const pairs = members.flatMap((from) =>
      members.filter((to) => isOne.get(from) !== isOne.get(to)).map((to): Pair => [from, to]),
    );
    if (pairs.length === 0) return undefined;
    const side = (of: boolean) => members.filter((member) => isOne.get(member) === of).join(' ');
    return { note: `${side(true)} | ${side(false)}`, repair: cut(scene, pairs) };
  },
};

/** Two members cannot reach each other, and everybody else can reach both. */
export const bridge: Fault = {
  kind: 'bridge',
  strike(scene, member) {
    const other = scene.random.pick(othersOf(scene, member));
    return { note: `${member} and ${other}`, repair: cut(scene, bothWays(member, other)) };
  },
};

/** What a loss concerns: all messages, or those on one kind of subject, as where only one subscription is broken. */
const LOSSES: readonly (readonly [what: string, is: (traffic: Traffic) => boolean])[] = [
  ['messages', () => true],
  ['messages', () => true],
  ['votes', ({ message }) => message.type === 'VOTE'],
  ['broadcasts of leaders', ({ to, message }) => to === undefined && message.type !== 'VOTE'],
];

export const loss: Fault = {
  kind: 'loss',
  strike({ ensemble, random }) {
    const { network } = ensemble;
    const share = random.pick(SHARES_LOST);
    const [what, isConcerned] = random.pick(LOSSES);
    network.loses = (traffic) => isConcerned(traffic) && random.chance(share);
    return {
      note: `${share} of all ${what}`,
      repair: () => {
        network.loses = () => false;
        return true;
      },
    };
  },
};

export const duplication: Fault = {
  kind: 'duplication',
  strike({ ensemble, random }) {
    const { network } = ensemble;
    const share = random.pick(SHARES_DOUBLED);
    network.doubles = () => random.chance(share);
    return {
      note: `${share} of all messages`,
      repair: () => {
        network.doubles = () => false;
        return true;
      },
    };
  },
};

/** Messages of one member on different subjects overtake one another: no bus promises an order between them. */
export const reordering: Fault = {
  kind: 'reordering',
  strike({ ensemble }) {
    const { network } = ensemble;
    if (network.mixesSubjects) return undefined;
    network.mixesSubjects = true;
    return {
      repair: () => {
        network.mixesSubjects = false;
        return true;
      },
    };
  },
};

/**
 * The bus has lost the member for a moment, and serves its subscriptions one worse than the other: so it joins anew
 * while what is for all goes past it, and some of that is missing.
 */
export const unsteadySubscriptions: Fault = {
  kind: 'unsteady subscriptions',
  strike({ ensemble, random }, member) {
    const { network } = ensemble;
    const directLagMs = random.pick(DIRECT_LAGS_MS);
    network.setSubscriptions(member, {
      directLagMs,
      losesBroadcast: () => random.chance(SHARE_OF_BROADCASTS_LOST),
    });
    network.disconnect(member);
    network.reconnect(member);
    return {
      note: `member ${member}, ${directLagMs} ms`,
      repair: () => {
        network.setSubscriptions(member, undefined);
        return true;
      },
    };
  },
};

export const linkReset: Fault = {
  kind: 'link reset',
  strike(scene, member) {
    const other = scene.random.pick(othersOf(scene, member));
    scene.ensemble.network.loseNext(member, other);
    return { note: `${member} to ${other}` };
  },
};

/** The member loses its connection to the bus, and knows it. */
export const busDisconnect: Fault = {
  kind: 'bus disconnect',
  strike({ ensemble }, member) {
    ensemble.network.disconnect(member);
    return {
      member,
      repair: () => {
        ensemble.network.reconnect(member);
        return true;
      },
    };
  },
};

/** The member reads so slowly that the bus drops its connection, with all that waited. */
export const slowConsumer: Fault = {
  kind: 'slow consumer',
  strike({ ensemble }, member) {
    ensemble.network.slowDown(member);
    return {
      note: `member ${member}`,
      repair: () => {
        ensemble.network.speedUp(member);
        return true;
      },
    };
  },
};

export const slowNetwork: Fault = {
  kind: 'slow network',
  strike({ ensemble, random }) {
    const { network } = ensemble;
    const addedMs = random.pick([20, 100, 400]);
    network.addedMs = addedMs;
    return {
      note: `${addedMs} ms more`,
      repair: () => {
        network.addedMs = 0;
        return true;
      },
    };
  },
};
