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
    const others = cluster.members.filter((member) => member !== first);
    const smaller = Math.floor((cluster.members.length - 1) / 2);
    const isQuorumLost = random.chance(0.25);
    const count = isQuorumLost ? smaller + 1 : 1 + random.below(smaller);
    const cut = [first, ...others.slice(0, count - 1)];
    const note = await called(scene, first);
    for (const member of cut) network.cut(member.id, 'bus');
    return {
      member: first.id,
      note: count === 1 ? `${note}, alone` : `${count} members, each alone`,
      heal: () => heal(network),
    };
  },
};
