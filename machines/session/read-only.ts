import { Opcode } from '../jute/opcode.ts';

/** Everything that takes a leader, for sessions that take none (reference §3.1). */
const TAKES_LEADER: ReadonlySet<number> = new Set([
  Opcode.sync,
  Opcode.create,
  Opcode.create2,
  Opcode.createTtl,
  Opcode.createContainer,
  Opcode.delete,
  Opcode.deleteContainer,
  Opcode.setData,
  Opcode.setAcl,
  Opcode.reconfig,
  Opcode.multi,
  Opcode.check,
]);

/** Whether a member without a leader refuses requests of that kind unread (reference §9.7). */
export function takesLeader(opcode: number): boolean {
  return TAKES_LEADER.has(opcode);
}
