import { called, type Fault, pickMember } from '../fault.ts';
import { heal, networkMissing, networkOf } from './network-fault.ts';

/** Machines are cut off from each other; their clients still reach them all, a deposed leader as well. */
export const partition: Fault = {
  kind: 'partition',
  missing: networkMissing,
  async inject(scene) {
    const { cluster, random } = scene;
    const network = networkOf(scene);
    const first = await pickMember(scene);
    const others = cluster.voters.filter((member) => member !== first);
    // Of those that vote; an observer that is cut off as well costs no quorum.
    const smaller = Math.floor((cluster.voters.length - 1) / 2);
    const isQuorumLost = random.chance(0.25);
    const count = isQuorumLost ? smaller + 1 : 1 + random.below(smaller);
    const cut = [first, ...others.slice(0, first.votes ? count - 1 : count)];
    const note = await called(scene, first);
    for (const member of cut) network.cut(member.id, 'bus');
    return {
      member: first.id,
      note: cut.length === 1 ? `${note}, alone` : `${cut.length} members, each alone`,
      heal: () => heal(network),
    };
  },
};
