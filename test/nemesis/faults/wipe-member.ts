import { called, type Fault, pickMember } from '../fault.ts';
import { killBeforeLoss, startAnew } from './lost-disk.ts';

export const wipeMember: Fault = {
  kind: 'wiped member',
  missing: () => undefined,
  async inject(scene) {
    const member = await pickMember(scene);
    const note = await called(scene, member);
    await killBeforeLoss(scene, member);
    return { member: member.id, note, heal: () => startAnew(member) };
  },
};
