import type { Zxid } from './zxid.ts';

/** When proposals were made, until every disk that is waited for has them: a disk that hangs shows by it (reference §11.5). */
export class ProposalTimes {
  #times: { readonly zxid: Zxid; readonly atMs: number }[] = [];

  /** @param zxid last of a run */
  add(zxid: Zxid, atMs: number): void {
    this.#times.push({ zxid, atMs });
  }

  /** When the oldest of the proposals after `zxid` was made; `undefined` where there is none. */
  oldestAfter(zxid: Zxid): number | undefined {
    return this.#times.find((proposal) => proposal.zxid > zxid)?.atMs;
  }

  /** Forgets what is on every disk. */
  release(through: Zxid): void {
    const first = this.#times.findIndex((proposal) => proposal.zxid > through);
    this.#times.splice(0, first < 0 ? this.#times.length : first);
  }
}
