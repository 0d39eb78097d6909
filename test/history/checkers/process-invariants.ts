import { type Checker, OF_CLIENTS } from '../checker.ts';
import type { HistoryEvent } from '../event.ts';
import { epochOf, zxidText } from '../zxid-text.ts';

type Message = Extract<HistoryEvent, { type: 'message' }>;

/**
 * Process invariants of reference §11.10, of what is on the disk: acceptedEpoch >= currentEpoch >= epoch of the last
 * record, none of the epochs ever goes back, and a checkpoint never holds more than the log has been through. A
 * learner has currentEpoch not before the history of its leader (ZOOKEEPER-4643, 4785).
 */
export class ProcessInvariants implements Checker {
  readonly name = 'process invariants';
  readonly ignores = OF_CLIENTS;
  readonly #epochs = new Map<number, { readonly accepted: number; readonly current: number }>();
  /** Who has proposed which epoch; by epoch and member the end of the history that NEWLEADER first told it of. */
  readonly #proposed = new Set<string>();
  readonly #histories = new Map<number, Map<number, number>>();
  /** A member alone tells nobody what it proposes. */
  readonly #isAlone: boolean;

  constructor(voters: readonly number[]) {
    this.#isAlone = voters.length === 1;
  }

  see(event: HistoryEvent): string | undefined {
    if (event.type === 'wiped') this.#epochs.delete(event.member);
    if (event.type === 'message') this.#hear(event);
    if (event.type !== 'durable') return undefined;
    const { member, lastZxid, acceptedEpoch, currentEpoch, treeZxid } = event;
    const before = this.#epochs.get(member) ?? { accepted: 0, current: 0 };
    this.#epochs.set(member, { accepted: acceptedEpoch, current: currentEpoch });
    if (acceptedEpoch < currentEpoch || currentEpoch < epochOf(lastZxid)) return onDisk(event);
    if (treeZxid > lastZxid) return `${onDisk(event)}: the checkpoint is ahead of the log`;
    if (acceptedEpoch < before.accepted || currentEpoch < before.current) {
      return `${onDisk(event)}: before it had epochs ${before.accepted} and ${before.current}`;
    }
    if (
      !this.#isAlone &&
      currentEpoch > before.current &&
      !this.#proposed.has(`${member} ${currentEpoch}`)
    ) {
      const history = this.#histories.get(currentEpoch)?.get(member);
      if (history === undefined) return `${onDisk(event)}: it was not told NEWLEADER of that epoch`;
      if (lastZxid < history) return `${onDisk(event)}: its epoch begins with ${zxidText(history)}`;
    }
    return undefined;
  }

  end(): undefined {}

  #hear({ from, to, message, epoch = 0, zxid = 0 }: Message): void {
    if (message === 'LEADERINFO') this.#proposed.add(`${from} ${epoch}`);
    if (message !== 'NEWLEADER' || to === undefined) return;
    const histories = this.#histories.get(epoch) ?? new Map<number, number>();
    this.#histories.set(epoch, histories);
    if (!histories.has(to)) histories.set(to, zxid);
  }
}

function onDisk(event: Extract<HistoryEvent, { type: 'durable' }>): string {
  const { member, lastZxid, acceptedEpoch, currentEpoch, treeZxid } = event;
  return `member ${member} has on its disk acceptedEpoch ${acceptedEpoch}, currentEpoch ${currentEpoch}, last zxid ${zxidText(lastZxid)}, a checkpoint of ${zxidText(treeZxid)}`;
}
