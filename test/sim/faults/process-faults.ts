import type { Fault, Scene } from './fault.ts';

/** The process ends where it is; what was on its way to the disk is lost, or only nobody heard that it arrived. */
export const crash: Fault = {
  kind: 'crash',
  strike(scene, member) {
    const survivors = survivorsOf(scene);
    scene.ensemble.crash(member, survivors);
    return {
      member,
      isLasting: true,
      note: `orders that survive: log ${survivors.log}, tree ${survivors.tree}`,
      repair: () => restart(scene, member),
    };
  },
};

/** Every member loses its power in the same moment. */
export const powerCut: Fault = {
  kind: 'power cut',
  strike(scene) {
    const { running } = scene.ensemble;
    for (const member of running) scene.ensemble.crash(member, survivorsOf(scene));
    return {
      isLasting: true,
      note: `members ${running.join(', ')}`,
      repair: () => {
        for (const member of running) restart(scene, member);
        return true;
      },
    };
  },
};

/** More than half of those who vote are gone in one moment, and the rest has no leader for as long as it takes. */
export const majorityLost: Fault = {
  kind: 'majority lost',
  strike(scene) {
    const { ensemble, random } = scene;
    const { voters } = ensemble;
    const first = random.below(voters.length);
    const order = [...voters.slice(first), ...voters.slice(0, first)];
    const lost = order
      .slice(0, Math.floor(voters.length / 2) + 1)
      .filter((voter) => ensemble.isRunning(voter));
    if (lost.length === 0) return undefined;
    for (const member of lost) ensemble.crash(member, survivorsOf(scene));
    return {
      isLasting: true,
      note: `members ${lost.join(', ')}`,
      repair: () => {
        for (const member of lost) restart(scene, member);
        return true;
      },
    };
  },
};

/**
 * A member is started anew without its vote, while the others run on with settings in which it has one (reference §9.6).
 * Only of an odd number: then every quorum with it shares a member with every quorum without.
 */
export const voteTaken: Fault = {
  kind: 'vote taken',
  strike(scene, member) {
    const { ensemble, unsound } = scene;
    const { voters } = ensemble;
    if (!voters.includes(member) || voters.length % 2 === 0 || unsound.size > 0) return undefined;
    ensemble.crash(member, survivorsOf(scene));
    ensemble.takeVote(member);
    ensemble.start(member);
    return { note: `member ${member}` };
  },
};

/** The process is stopped, and goes on later as if nothing had been. */
export const pause: Fault = {
  kind: 'pause',
  strike({ ensemble }, member) {
    const process = ensemble.process(member);
    if (process.isFrozen) return undefined;
    process.freeze();
    return {
      member,
      repair: () => {
        process.thaw();
        return true;
      },
    };
  },
};

/** Clients of a member lose it without being told, as behind a firewall that forgets them. */
export const clientsCutOff: Fault = {
  kind: 'clients cut off',
  strike({ crowd, random }, member) {
    const count = crowd.cutOff(member, random.pick([0.3, 1]));
    return count === 0 ? undefined : { note: `${count} connections` };
  },
};

export function survivorsOf({ random }: Scene): { log: number; tree: number } {
  return { log: random.below(3), tree: random.below(3) };
}

/** A member whose disk is not sound waits until that is put right. */
export function restart({ ensemble, unsound }: Scene, member: number): boolean {
  if (!ensemble.isRunning(member) && !unsound.has(member)) ensemble.start(member);
  return true;
}
