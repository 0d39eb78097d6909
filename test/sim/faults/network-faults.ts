import { type Fault, othersOf } from './fault.ts';

const SHARES_LOST = [0.01, 0.1, 0.4];
/** Fewer: each costs a link, as a member takes a number that it has seen for a sign of confusion. */
const SHARES_DOUBLED = [0.001, 0.01, 0.05];

export const isolation: Fault = {
  kind: 'isolation',
  strike(scene, member) {
    const { network } = scene.ensemble;
    const others = othersOf(scene, member);
    for (const other of others) {
      network.cut(member, other);
      network.cut(other, member);
    }
    return {
      note: `member ${member}`,
      repair: () => {
        for (const other of others) {
          network.mend(member, other);
          network.mend(other, member);
        }
        return true;
      },
    };
  },
};

/** A member hears and is not heard, or the other way round. */
export const oneWayCut: Fault = {
  kind: 'one-way cut',
  strike(scene, member) {
    const { network } = scene.ensemble;
    const hears = scene.random.chance(0.5);
    const pairs = othersOf(scene, member).map((other) =>
      hears ? ([member, other] as const) : ([other, member] as const),
    );
    for (const [from, to] of pairs) network.cut(from, to);
    return {
      note: `member ${member} ${hears ? 'only hears' : 'only speaks'}`,
      repair: () => {
        for (const [from, to] of pairs) network.mend(from, to);
        return true;
      },
    };
  },
};

/** A member is not heard any more, and a while later it hears nothing either: others may have a leader before it knows. */
export const fadingVoice: Fault = {
  kind: 'fading voice',
  strike(scene, member) {
    const { network, loop } = scene.ensemble;
    const others = othersOf(scene, member);
    for (const other of others) network.cut(member, other);
    let isOver = false;
    let isDeaf = false;
    const deafAfterMs = scene.random.pick([450, 950, 1900]);
    loop.at(loop.nowMs + deafAfterMs, () => {
      if (isOver) return;
      isDeaf = true;
      for (const other of others) network.cut(other, member);
    });
    return {
      note: `member ${member}, deaf after ${deafAfterMs} ms`,
      repair: () => {
        isOver = true;
        for (const other of others) {
          network.mend(member, other);
          if (isDeaf) network.mend(other, member);
        }
        return true;
      },
    };
  },
};

export const partition: Fault = {
  kind: 'partition',
  strike({ ensemble, random }) {
    const { network, voters } = ensemble;
    const isOne = new Map(voters.map((voter) => [voter, random.chance(0.5)]));
    const pairs = voters.flatMap((from) =>
      voters.filter((to) => isOne.get(from) !== isOne.get(to)).map((to) => [from, to] as const),
    );
    if (pairs.length === 0) return undefined;
    for (const [from, to] of pairs) network.cut(from, to);
    return {
      note: `${voters.filter((voter) => isOne.get(voter)).join(' ')} | ${voters.filter((voter) => !isOne.get(voter)).join(' ')}`,
      repair: () => {
        for (const [from, to] of pairs) network.mend(from, to);
        return true;
      },
    };
  },
};

/** Two members cannot reach each other, and everybody else can reach both. */
export const bridge: Fault = {
  kind: 'bridge',
  strike(scene, member) {
    const { network } = scene.ensemble;
    const other = scene.random.pick(othersOf(scene, member));
    network.cut(member, other);
    network.cut(other, member);
    return {
      note: `${member} and ${other}`,
      repair: () => {
        network.mend(member, other);
        network.mend(other, member);
        return true;
      },
    };
  },
};

export const loss: Fault = {
  kind: 'loss',
  strike({ ensemble, random }) {
    const { network } = ensemble;
    const share = random.pick(SHARES_LOST);
    const only = random.chance(0.3) ? 'VOTE' : undefined;
    network.loses = ({ message }) =>
      (only === undefined || message.type === only) && random.chance(share);
    return {
      note: `${share} of all ${only === undefined ? 'messages' : 'votes'}`,
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
