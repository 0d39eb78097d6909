import { eventually } from '../../ensemble/wait.ts';
import type { Fault } from '../fault.ts';

/** A member notices with its next write; one that looks for a leader just now writes nothing. */
const STOPS_WITHIN_MS = 30_000;

/** The member must stop with a plain sentence; the others go on. */
export const fullDisk: Fault = {
  kind: 'full disk',
  missing: ({ smallDisk }) => (smallDisk === undefined ? 'nothing may be mounted here' : undefined),
  async inject({ smallDisk, recorder, archive }) {
    if (smallDisk === undefined) throw new Error('no small disk');
    const { member } = smallDisk;
    member.mayEnd = true;
    smallDisk.fill();
    try {
      await eventually('the end', STOPS_WITHIN_MS, () => !member.process.alive);
      const line = member.lastLine();
      if (!/^vivarium: .* stopped itself: DiskFull/.test(line)) {
        recorder.violation(`member ${member.id} met a full disk and ended with: ${line}`);
      }
    } catch {
      recorder.violation(`member ${member.id} goes on with a full disk`);
      await member.kill();
    }
    await archive.gather(member);
    return {
      member: member.id,
      note: `member ${member.id}`,
      async heal() {
        smallDisk.free();
        member.start();
        return performance.now();
      },
    };
  },
};
