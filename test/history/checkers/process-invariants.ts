import type { Checker } from '../checker.ts';
import type { HistoryEvent } from '../event.ts';
import { epochOf, zxidText } from '../zxid-text.ts';

/**
 * Process invariants of reference §11.10, of what is on the disk: acceptedEpoch >= currentEpoch >= epoch of the last
 * record, none of the epochs ever goes back, and a checkpoint never holds more than the log has been through.
 */
export class ProcessInvariants implements Checker {
  readonly name = 'process invariants';
  readonly #epochs = new Map<number, { readonly accepted: number; readonly current: number }>();

  see(event: HistoryEvent): string | undefined {
    if (event.type === 'wiped') this.#epochs.delete(event.member);
    if (event.type !== 'durable') return undefined;
    const { member, lastZxid, acceptedEpoch, currentEpoch, treeZxid } = event;
    const before = this.#epochs.get(member) ?? { accepted: 0, current: 0 };
    this.#epochs.set(member, { accepted: acceptedEpoch, current: currentEpoch });
    const onDisk = `member ${member} has on its disk acceptedEpoch ${acceptedEpoch}, currentEpoch ${currentEpoch}, last zxid ${zxidText(lastZxid)}, a checkpoint of ${zxidText(treeZxid)}`;
    if (acceptedEpoch < currentEpoch || currentEpoch < epochOf(lastZxid)) return onDisk;
    if (treeZxid > lastZxid) return `${onDisk}: the checkpoint is ahead of the log`;
    if (acceptedEpoch < before.accepted || currentEpoch < before.current) {
      return `${onDisk}: before it had epochs ${before.accepted} and ${before.current}`;
    }
    return undefined;
  }

  end(): undefined {}
}
