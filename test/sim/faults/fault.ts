import type { Crowd } from '../clients/crowd.ts';
import type { Ensemble } from '../world/ensemble.ts';
import type { Random } from '../world/random.ts';

/** What faults reach. */
export interface Scene {
  readonly ensemble: Ensemble;
  readonly crowd: Crowd;
  readonly random: Random;
  /** Members that may have lost what they told others they had, and are still to be replaced. */
  readonly unsound: Set<number>;
}

/** Something that has gone wrong, and how it is put right. */
export interface Strike {
  /** The member that it happens to, where it is one: it goes with the process where that ends. */
  readonly member?: number;
  readonly note?: string;
  /** Puts it right. `false`: not now, it has to be tried again. Missing: it was over at once. */
  readonly repair?: () => boolean;
  /** Whether it outlives the process of the member. */
  readonly isLasting?: boolean;
}

/** One kind of fault. */
export interface Fault {
  readonly kind: string;
  /** Lets it happen to the member. `undefined`: it cannot happen now. */
  strike(scene: Scene, member: number): Strike | undefined;
}

export function othersOf(scene: Scene, member: number): number[] {
  return scene.ensemble.members.filter((other) => other !== member);
}
