import { called, type Fault, pickMember } from '../fault.ts';

export const pauseMember: Fault = {
  kind: 'SIGSTOP of a member',
  missing: () => undefined,
  async inject(scene) {
    const member = await pickMember(scene);
    const note = await called(scene, member);
    member.process.signal('SIGSTOP');
    return {
      member: member.id,
      note,
      async heal() {
        member.process.signal('SIGCONT');
        return performance.now();
      },
    };
  },
};
