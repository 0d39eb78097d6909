import type { ClusterMember } from '../cluster.ts';
import type { Scene } from '../fault.ts';

const WITHOUT_IT_MS = 20_000;

/**
 * Kills a member whose disk is about to lose something. Not before every other member has acknowledged a write without
 * it may the disk be touched: a txn that only this member and one other have on disk would be left on one, and a
 * majority that never had it could be formed with the emptied one (reference §11.1). No protocol survives that.
 */
export async function killBeforeLoss(scene: Scene, member: ClusterMember): Promise<void> {
  await member.kill();
  await scene.archive.gather(member);
  const others = scene.cluster.members.filter((other) => other !== member);
  const ms = await scene.service.throughAll(others, performance.now(), WITHOUT_IT_MS);
  if (ms === undefined) {
    scene.recorder.violation(`the other members do not serve without member ${member.id}`);
  }
}

/** Starts it as a new member with the same id; when it was started, ms. */
export async function startAnew(member: ClusterMember): Promise<number> {
  await member.kill();
  member.wipe();
  member.start();
  return performance.now();
}
