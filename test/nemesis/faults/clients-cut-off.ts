import { called, type Fault, pickMember } from '../fault.ts';
import { heal, networkMissing, networkOf } from './network-fault.ts';

/** The member is well and reaches the others; its clients do not reach it. */
export const clientsCutOff: Fault = {
  kind: 'clients cut off from a member',
  missing: networkMissing,
  async inject(scene) {
    const network = networkOf(scene);
    const member = await pickMember(scene);
    const note = await called(scene, member);
    network.cut(member.id, 'clients');
    return { member: member.id, note, heal: () => heal(network) };
  },
};
