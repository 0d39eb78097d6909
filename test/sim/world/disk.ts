import { DiskFull, StorageError } from '../../../storage/error.ts';
import type { DiskOrder } from '../../../storage/memory/disk.ts';
import type { EventLoop } from './event-loop.ts';

/** What a disk does with the orders that it is given: carries them out, or refuses them. */
export type DiskHealth = 'well' | 'failing' | 'full';

/** The disk of one member: it takes its time, does nothing while a test holds it, and may fail. */
export class Disk {
  readonly #loop: EventLoop;
  readonly #latencyMs: () => number;
  readonly #inside: (fn: () => void) => void;
  #held: DiskOrder[] = [];
  /** Such an order waits for `release`, and with it all that come later on its device. */
  holds: (order: DiskOrder) => boolean = () => false;
  health: DiskHealth = 'well';
  /** Whether the bytes of an order that is refused have reached the disk all the same. */
  storesWhatItRefuses: () => boolean = () => false;
  readonly #refusals = new WeakSet<object>();

  constructor(loop: EventLoop, latencyMs: () => number, inside: (fn: () => void) => void) {
    this.#loop = loop;
    this.#latencyMs = latencyMs;
    this.#inside = inside;
  }

  get held(): readonly DiskOrder[] {
    return this.#held;
  }

  /** Whether that error is of this disk: a member that was paused hears of it when the disk is well again. */
  hasRefusedWith(error: object): boolean {
    return this.#refusals.has(error);
  }

  take(order: DiskOrder): void {
    if (this.holds(order) || this.#held.some(({ device }) => device === order.device)) {
      this.#held.push(order);
    } else this.#complete(order);
  }

  /** Whatever was held is done, and nothing is held any more. */
  release(): void {
    this.holds = () => false;
    const orders = this.#held;
    this.#held = [];
    for (const order of orders) this.#complete(order);
  }

  /** The next order on its way fails, and all after it. */
  fail(): void {
    this.holds = () => true;
    for (const order of this.#held) this.#inside(() => order.fail(new StorageError('no space')));
  }

  #complete(order: DiskOrder): void {
    this.#loop.at(this.#loop.nowMs + this.#latencyMs(), () => {
      if (this.health === 'well') this.#inside(order.complete);
      else {
        const error =
          this.health === 'full'
            ? new DiskFull('no space left on the disk')
            : new StorageError('input/output error');
        this.#refusals.add(error);
        const isStored = this.storesWhatItRefuses();
        this.#inside(() => order.fail(error, isStored));
      }
    });
  }
}
