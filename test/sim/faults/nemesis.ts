import { StorageError } from '../../../storage/error.ts';
import type { Random } from '../world/random.ts';
import { clockDrift, clockJump } from './clock-faults.ts';
import {
  diskHang,
  fullDisk,
  logRot,
  tornRecord,
  treeRot,
  wipe,
  writeError,
} from './disk-faults.ts';
import type { Fault, Scene, Strike } from './fault.ts';
import {
  bridge,
  busDisconnect,
  duplication,
  fadingVoice,
  isolation,
  linkReset,
  loss,
  oneWayCut,
  partition,
  reordering,
  slowConsumer,
  slowNetwork,
  unsteadySubscriptions,
} from './network-faults.ts';
import {
  clientsCutOff,
  crash,
  majorityLost,
  pause,
  powerCut,
  voteTaken,
} from './process-faults.ts';

const COMMON: readonly Fault[] = [
  crash,
  powerCut,
  pause,
  clientsCutOff,
  isolation,
  oneWayCut,
  fadingVoice,
  partition,
  bridge,
  loss,
  duplication,
  reordering,
  unsteadySubscriptions,
  linkReset,
  busDisconnect,
  slowConsumer,
  slowNetwork,
  diskHang,
  writeError,
  fullDisk,
  tornRecord,
  logRot,
  treeRot,
  wipe,
  clockJump,
  clockDrift,
];
/** In few lives. */
const RARE: readonly Fault[] = [majorityLost, voteTaken];
const RARE_SHARE = 0.25;
export const FAULTS: readonly Fault[] = [...COMMON, ...RARE];

interface Standing extends Strike {
  readonly kind: string;
}

/** How long the others get to make a damaged member dispensable, before that counts as a failure to heal. */
const REPLACE_LIMIT_MS = 60_000;
const RETRY_MS = 50;

/** What goes wrong in one life, one thing after the other, and is put right again. */
export class Nemesis {
  readonly #scene: Scene;
  readonly #faults: readonly Fault[];
  #standing: Standing[] = [];
  readonly counts = new Map<string, number>();

  /** @param faults the kinds that this life has: more of few shows other things than few of all */
  constructor(scene: Scene, faults: readonly Fault[]) {
    this.#scene = scene;
    this.#faults = faults;
    scene.ensemble.forgives = (member, error) =>
      error instanceof StorageError &&
      (scene.unsound.has(member) ||
        scene.ensemble.disk(member).health !== 'well' ||
        scene.ensemble.disk(member).hasRefusedWith(error));
  }

  /** @param apart for what is rare: what else there is is the same with it and without */
  static choose(random: Random, apart: Random): readonly Fault[] {
    const share = random.pick([0.2, 0.5, 1]);
    const chosen = COMMON.filter(() => random.chance(share));
    const rare = RARE.filter(() => apart.chance(RARE_SHARE));
    return [...(chosen.length === 0 ? [crash] : chosen), ...rare];
  }

  /** One more thing goes wrong, or one that went wrong is put right: the more there are, the rather. */
  step(): void {
    const { random, ensemble } = this.#scene;
    const { members, leader } = ensemble;
    if (random.chance(this.#standing.length / (this.#standing.length + 1.5))) {
      this.#repair(random.pick(this.#standing));
      return;
    }
    const member = leader !== undefined && random.chance(0.3) ? leader : random.pick(members);
    if (!ensemble.isRunning(member)) return;
    const fault = random.pick(this.#faults);
    if (this.#standing.some(({ kind, member: of }) => kind === fault.kind && of === member)) return;
    const running = new Set(ensemble.running);
    const strike = fault.strike(this.#scene, member);
    if (strike === undefined) return;
    this.counts.set(fault.kind, (this.counts.get(fault.kind) ?? 0) + 1);
    const { note } = strike;
    const where = { member: strike.member ?? member, ...(note === undefined ? {} : { note }) };
    ensemble.tell({ type: 'fault', kind: fault.kind, ...where });
    // With a process goes whatever else was wrong with it.
    for (const one of running) if (!ensemble.isRunning(one)) this.#goesWith(one);
    if (strike.repair !== undefined) this.#standing.push({ ...strike, kind: fault.kind });
  }

  /** Everybody runs, everything passes. */
  repairAll(): void {
    const { loop } = this.#scene.ensemble;
    const endMs = loop.nowMs + REPLACE_LIMIT_MS;
    for (const standing of [...this.#standing]) this.#repair(standing);
    while (this.#standing.length > 0) {
      if (loop.nowMs > endMs) {
        const kinds = this.#standing.map(({ kind, member }) => `${kind} of member ${member}`);
        throw new Error(
          `after ${REPLACE_LIMIT_MS} ms this cannot be put right: ${kinds.join(', ')}`,
        );
      }
      // The others make a damaged member dispensable: all of them have to run.
      this.#startAll();
      loop.run(RETRY_MS);
      for (const standing of [...this.#standing]) this.#repair(standing);
    }
    this.#startAll();
  }

  /** Also those that stopped when the disk was well again and told them late of what it had refused. */
  #startAll(): void {
    const { ensemble, unsound } = this.#scene;
    for (const member of ensemble.members) {
      if (!ensemble.isRunning(member) && !unsound.has(member)) ensemble.start(member);
    }
  }

  #repair(standing: Standing): void {
    if (standing.repair?.() === false) return;
    this.#standing = this.#standing.filter((one) => one !== standing);
    const { kind, member } = standing;
    this.#scene.ensemble.tell({
      type: 'repaired',
      kind,
      ...(member === undefined ? {} : { member }),
    });
  }

  #goesWith(member: number): void {
    const gone = this.#standing.filter((one) => one.member === member && one.isLasting !== true);
    this.#standing = this.#standing.filter((one) => !gone.includes(one));
    for (const { kind, repair } of gone) {
      repair?.();
      this.#scene.ensemble.tell({ type: 'repaired', kind, member });
    }
  }
}
