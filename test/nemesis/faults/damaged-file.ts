import {
  closeSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readdirSync,
  readSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../../sim/world/random.ts';
import type { ClusterMember } from '../cluster.ts';
import { called, type Fault, pickMember } from '../fault.ts';
import { killBeforeLoss, startAnew } from './lost-disk.ts';

const PAGE_BYTES = 4096;
/** How long the member is given to find out; what it does not read, it cannot find. */
const LOOKED_AT_MS = 2500;

/** Damages an open file; what was done, in words. */
type Damage = (file: number, bytes: number, random: Random) => string;

export const truncate: Damage = (file, bytes, random) => {
  const pages = Math.floor(bytes / PAGE_BYTES);
  const left = Math.max(2, Math.floor(pages * (0.3 + 0.7 * random.next())) - 1);
  ftruncateSync(file, left * PAGE_BYTES);
  return `${left} of ${pages} pages left`;
};

export const flip: Damage = (file, bytes, random) => {
  const count = 1 + random.below(40);
  const byte = Buffer.alloc(1);
  for (let done = 0; done < count; done += 1) {
    const at = random.below(bytes);
    readSync(file, byte, 0, 1, at);
    byte.writeUInt8(byte.readUInt8() ^ (1 << random.below(8)));
    writeSync(file, byte, 0, 1, at);
  }
  return `${count} bits flipped in ${Math.ceil(bytes / PAGE_BYTES)} pages`;
};

export function damagedFile(kind: string, room: 'log' | 'tree', damage: Damage): Fault {
  return {
    kind,
    missing: () => undefined,
    async inject(scene) {
      const member = await pickMember(scene);
      const who = await called(scene, member);
      await killBeforeLoss(scene, member);
      const what = damageOf(member, room, damage, scene.random);
      member.start();
      member.mayEnd = true;
      const code = await Promise.race([member.process.ended(), sleep(LOOKED_AT_MS, 'runs')]);
      const says = outcome(member, code);
      // A member that a signal ended has not said what is wrong with its disk.
      if (code === null) scene.recorder.violation(`${who}, ${room}: ${what}: ${says}`);
      return { member: member.id, note: `${who}, ${what}: ${says}`, heal: () => startAnew(member) };
    },
  };
}

function outcome(member: ClusterMember, code: number | null | string): string {
  if (code === 'runs') return 'it goes on';
  if (code === null) return `ended by a signal without a word; its last line: ${member.lastLine()}`;
  return `it refuses: ${member.lastLine().replace(/^.*stopped itself: /, '')}`;
}

function damageOf(
  member: ClusterMember,
  room: 'log' | 'tree',
  damage: Damage,
  random: Random,
): string {
  const folders = readdirSync(member.dataDir).filter((name) => name.startsWith(room));
  const folder = folders.sort().at(-1);
  if (folder === undefined) throw new Error(`member ${member.id} has no ${room}`);
  const file = openSync(join(member.dataDir, folder, 'data.mdb'), 'r+');
  try {
    return damage(file, fstatSync(file).size, random);
  } finally {
    closeSync(file);
  }
}
