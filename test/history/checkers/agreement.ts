import { type Checker, OF_CLIENTS } from '../checker.ts';
import type { HistoryEvent } from '../event.ts';
import { zxidText } from '../zxid-text.ts';

/**
 * Agreement of reference §11.10: if f delivers a and g delivers b, then g delivers a or f delivers b. Of two members
 * one has delivered all that the other has: by zxid in what they delivered, or by the snapshot that they stand on.
 */
export class Agreement implements Checker {
  readonly name = 'agreement';
  readonly ignores = OF_CLIENTS;
  readonly #delivered = new Map<number, Set<number>>();
  readonly #base = new Map<number, number>();

  see(event: HistoryEvent): string | undefined {
    switch (event.type) {
      case 'started':
      case 'installed': {
        // Everything up to there is in the checkpoint or snapshot.
        const base = event.zxid ?? 0;
        this.#base.set(event.member, base);
        const delivered = [...(this.#delivered.get(event.member) ?? [])];
        this.#delivered.set(event.member, new Set(delivered.filter((zxid) => zxid > base)));
        return undefined;
      }
      case 'wiped':
        this.#delivered.delete(event.member);
        this.#base.delete(event.member);
        return undefined;
      case 'delivered':
        this.#of(event.member).add(event.zxid);
        return undefined;
      default:
        return undefined;
    }
  }

  end(): string | undefined {
    for (const [member, delivered] of this.#delivered) {
      for (const [other, othersDelivered] of this.#delivered) {
        if (other <= member) continue;
        const one = this.#firstMissing(delivered, other, othersDelivered);
        const two = this.#firstMissing(othersDelivered, member, delivered);
        if (one !== undefined && two !== undefined) {
          return `member ${member} delivered ${zxidText(one)} and not ${zxidText(two)}, member ${other} the other way round`;
        }
      }
    }
    return undefined;
  }

  #of(member: number): Set<number> {
    const delivered = this.#delivered.get(member) ?? new Set();
    this.#delivered.set(member, delivered);
    return delivered;
  }

  #firstMissing(of: Set<number>, at: number, among: Set<number>): number | undefined {
    const base = this.#base.get(at) ?? 0;
    for (const zxid of of) if (zxid > base && !among.has(zxid)) return zxid;
    return undefined;
  }
}
