import { called, type Fault, pickMember } from '../fault.ts';
import { heal, networkMissing, networkOf } from './network-fault.ts';

/** What a machine sends is lost while it still hears the others, or the other way round. */
export const oneWayPartition: Fault = {
  kind: 'one-way partition',
  missing: networkMissing,
  async inject(scene) {
    const network = networkOf(scene);
    const member = await pickMember(scene);
    const isMute = scene.random.chance(0.5);
    const note = await called(scene, member);
    for (const other of scene.cluster.members) {
      if (other === member) continue;
      if (isMute) network.cutOneWay(member.id, other.id);
      else network.cutOneWay(other.id, member.id);
    }
    return {
      member: member.id,
      note: `${note}, ${isMute ? 'hears and is not heard' : 'is heard and hears nothing'}`,
      heal: () => heal(network),
    };
  },
};
