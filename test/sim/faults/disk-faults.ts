import type { Fault, Scene, Strike } from './fault.ts';
import { restart } from './process-faults.ts';

/** Nothing that is ordered gets done. */
export const diskHang: Fault = {
  kind: 'disk hang',
  strike({ ensemble }, member) {
    const disk = ensemble.disk(member);
    disk.holds = () => true;
    return {
      member,
      repair: () => {
        disk.release();
        return true;
      },
    };
  },
};

/** A write fails; the bytes may be there all the same. The member stops. */
export const writeError: Fault = { kind: 'write error', strike: (s, m) => refuse(s, m, 'failing') };

/** No room until somebody makes some. The member stops. */
export const fullDisk: Fault = { kind: 'full disk', strike: (s, m) => refuse(s, m, 'full') };

function refuse(scene: Scene, member: number, health: 'failing' | 'full'): Strike {
  const { ensemble, random } = scene;
  const disk = ensemble.disk(member);
  disk.health = health;
  disk.storesWhatItRefuses = () => random.chance(0.3);
  return {
    member,
    isLasting: true,
    repair: () => {
      disk.health = 'well';
      return restart(scene, member);
    },
  };
}

/** The last write before a crash is only half there. */
export const tornRecord: Fault = {
  kind: 'torn record',
  strike(scene, member) {
    const { ensemble, unsound } = scene;
    if (!mayBeDamaged(scene)) return undefined;
    const before = ensemble.log(member).lastZxid;
    const pending = ensemble.store(member).pendingCount;
    if (pending === 0) return undefined;
    ensemble.crash(member, { log: pending, tree: 0 });
    unsound.add(member);
    const isTorn = ensemble.log(member).lastZxid > before;
    if (isTorn) ensemble.store(member).damageLog(0);
    else unsound.delete(member);
    return {
      member,
      isLasting: true,
      note: isTorn ? 'the last record' : 'nothing of it arrived',
      repair: isTorn ? () => replace(scene, member) : () => restart(scene, member),
    };
  },
};

/** A bit of a record that is long on the disk turns over. */
export const logRot: Fault = {
  kind: 'bit rot in the log',
  strike(scene, member) {
    const { ensemble, random, unsound } = scene;
    if (!mayBeDamaged(scene)) return undefined;
    if (ensemble.store(member).damageLog(random.below(4)) === undefined) return undefined;
    unsound.add(member);
    return { member, isLasting: true, repair: () => replace(scene, member) };
  },
};

/** The same in the tree of the last checkpoint. */
export const treeRot: Fault = {
  kind: 'bit rot in the tree',
  strike(scene, member) {
    const { ensemble, random, unsound } = scene;
    if (!mayBeDamaged(scene)) return undefined;
    const { storedPaths } = ensemble.store(member);
    if (storedPaths.length === 0) return undefined;
    const path = random.pick(storedPaths);
    ensemble.store(member).damageNode(path);
    unsound.add(member);
    return { member, isLasting: true, note: path, repair: () => replace(scene, member) };
  },
};

/** A member comes back with an empty directory. */
export const wipe: Fault = {
  kind: 'wiped member',
  strike(scene, member) {
    if (!mayBeDamaged(scene) || !isDispensable(scene, member)) return undefined;
    const { ensemble } = scene;
    ensemble.crash(member);
    ensemble.wipe(member);
    return { member, isLasting: true, repair: () => restart(scene, member) };
  },
};

/** The directory of a damaged member is emptied, as soon as the others can do without it. */
function replace(scene: Scene, member: number): boolean {
  const { ensemble, unsound } = scene;
  if (ensemble.isRunning(member)) ensemble.crash(member);
  if (!isDispensable(scene, member)) return false;
  ensemble.wipe(member);
  unsound.delete(member);
  ensemble.start(member);
  return true;
}

/** One damaged disk at a time, and never half of all: no protocol survives the loss of more than a minority. */
function mayBeDamaged({ ensemble, unsound }: Scene): boolean {
  return unsound.size === 0 && ensemble.voters.length > 2;
}

/**
 * Whether every quorum that the emptied member may be part of has another member that knows all that it has promised
 * and acknowledged. Without that, emptying it is a loss that no protocol survives (it voted, and has forgotten).
 */
function isDispensable(scene: Scene, member: number): boolean {
  const { ensemble } = scene;
  const { voters } = ensemble;
  // Nobody has counted on what an observer had.
  if (!voters.includes(member)) return true;
  const others = voters.filter((voter) => voter !== member);
  // An epoch that nobody else has accepted, its own leader among them, was never established.
  const promised = Math.max(...others.map((one) => ensemble.log(one).epochs.acceptedEpoch));
  const current = Math.max(...voters.map((one) => ensemble.log(one).epochs.currentEpoch));
  const last = Math.max(...voters.map((one) => ensemble.log(one).lastZxid));
  const knowing = others.filter((one) => {
    const { epochs, lastZxid } = ensemble.log(one);
    const { acceptedEpoch, currentEpoch } = epochs;
    return acceptedEpoch === promised && currentEpoch === current && lastZxid === last;
  });
  const quorum = Math.floor(voters.length / 2) + 1;
  return knowing.length >= voters.length - quorum + 1;
}
