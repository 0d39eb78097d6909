import { called, type Fault, pickMember } from '../fault.ts';
import { heal, networkMissing, networkOf } from './network-fault.ts';

export const slowNetwork: Fault = {
  kind: 'slow network',
  missing: (scene) => {
    const canSlow = scene.cluster.network?.canSlow ?? true;
    return networkMissing(scene) ?? (canSlow ? undefined : 'no tc, or no queue in this kernel');
  },
  async inject(scene) {
    const network = networkOf(scene);
    const member = await pickMember(scene);
    const note = await called(scene, member);
    network.slow(member.id);
    return { member: member.id, note: `${note}, ${network.slowness}`, heal: () => heal(network) };
  },
};
