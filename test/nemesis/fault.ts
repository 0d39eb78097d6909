import type { Random } from '../sim/world/random.ts';
import type { Cluster, ClusterMember } from './cluster.ts';
import type { Recorder } from './recorder.ts';
import type { ServiceProbe } from './service-probe.ts';
import type { SmallDisk } from './small-disk.ts';
import type { TxnArchive } from './txn-archive.ts';

/** Everything that a fault may lay hands on. All members serve when it begins. */
export interface Scene {
  readonly cluster: Cluster;
  readonly random: Random;
  readonly recorder: Recorder;
  readonly archive: TxnArchive;
  readonly service: ServiceProbe;
  readonly smallDisk: SmallDisk | undefined;
}

/** What was done, and how it is put right. */
export interface Injury {
  readonly member?: number;
  /** Who, and in which way. */
  readonly note: string;
  /** Puts everything right; when that was done, ms of `performance.now()`: a process counts from its start. */
  heal(): Promise<number>;
}

/** One kind of fault. */
export interface Fault {
  readonly kind: string;
  /** Why it cannot be done here; `undefined` where it can. */
  missing(scene: Scene): string | undefined;
  inject(scene: Scene): Promise<Injury>;
}

/** The leader half of the time, else any member. */
export async function pickMember({ cluster, random }: Scene): Promise<ClusterMember> {
  const wantsLeader = random.chance(0.5);
  const any = random.pick(cluster.members);
  return wantsLeader ? ((await cluster.leader()) ?? any) : any;
}

/** How a member is called in notes. */
export async function called({ cluster }: Scene, member: ClusterMember): Promise<string> {
  const leader = await cluster.leader();
  if (!member.votes) return `observer ${member.id}`;
  return `member ${member.id}${leader === member ? ', which led' : ''}`;
}
