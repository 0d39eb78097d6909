import { execFileSync } from 'node:child_process';
import { statfsSync } from 'node:fs';
import type { ClusterMember } from './cluster.ts';

const SIZE_MB = 1024;
/** Less than a member insists on. */
const LEFT_MB = 16;
const MB = 2 ** 20;

/** A file system in memory for one member, which can be full from one moment to the next. */
export class SmallDisk {
  readonly member: ClusterMember;

  /** @throws Error where nothing may be mounted */
  constructor(member: ClusterMember) {
    this.member = member;
    mount('-t', 'tmpfs', '-o', `size=${SIZE_MB}m,mode=700`, 'tmpfs', member.disk);
    // Who may mount may not always change what is mounted: known here, not in the middle of the run.
    this.free();
  }

  /** As large as what is on it, and a little more. */
  fill(): void {
    const { blocks, bfree, bsize } = statfsSync(this.member.disk);
    this.#resize(Math.ceil(((blocks - bfree) * bsize) / MB) + LEFT_MB);
  }

  free(): void {
    this.#resize(SIZE_MB);
  }

  #resize(megabytes: number): void {
    mount('-o', `remount,size=${megabytes}m`, this.member.disk);
  }
}

function mount(...words: string[]): void {
  execFileSync('mount', words, { stdio: ['ignore', 'ignore', 'pipe'] });
}
