import { called, type Fault, pickMember } from '../fault.ts';

export const killMember: Fault = {
  kind: 'kill -9 of a member',
  missing: () => undefined,
  async inject(scene) {
    const member = await pickMember(scene);
    const note = await called(scene, member);
    await member.kill();
    await scene.archive.gather(member);
    return {
      member: member.id,
      note,
      async heal() {
        member.start();
        return performance.now();
      },
    };
  },
};
