import { type Checker, OF_CLIENTS } from '../checker.ts';
import type { HistoryEvent } from '../event.ts';
import { zxidText } from '../zxid-text.ts';

/** Members that have applied the same txns have the same tree (reference §10.5). */
export class EqualDigests implements Checker {
  readonly name = 'equal digests';
  readonly ignores = OF_CLIENTS;
  readonly #digests = new Map<number, readonly [member: number, digest: number]>();

  see(event: HistoryEvent): string | undefined {
    if (event.type !== 'digest') return undefined;
    const { member, zxid, digest } = event;
    const known = this.#digests.get(zxid);
    if (known === undefined) this.#digests.set(zxid, [member, digest]);
    else if (known[1] !== digest) {
      return `members ${known[0]} and ${member} have different trees after ${zxidText(zxid)}`;
    }
    return undefined;
  }

  end(): undefined {}
}
