import { StorageError } from '../../../storage/error.ts';
import type { DiskOrder } from '../../../storage/memory/disk.ts';
import type { EventLoop } from './event-loop.ts';

/** The disk of one member: it takes its time, and does nothing while a test holds it. */
export class Disk {
  readonly #loop: EventLoop;
  readonly #latencyMs: () => number;
  readonly #inside: (fn: () => void) => void;
  #held: DiskOrder[] = [];
  /** Such an order waits for `release`, and with it all that come later on its device. */
  holds: (order: DiskOrder) => boolean = () => false;

  constructor(loop: EventLoop, latencyMs: () => number, inside: (fn: () => void) => void) {
    this.#loop = loop;
    this.#latencyMs = latencyMs;
    this.#inside = inside;
  }

  get held(): readonly DiskOrder[] {
    return this.#held;
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
    this.#loop.at(this.#loop.nowMs + this.#latencyMs(), () => this.#inside(order.complete));
  }
}
