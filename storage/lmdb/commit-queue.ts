import type { Done } from '../../runtime/ports.ts';
import type { StorageError } from '../error.ts';
import type { Environment } from './environment.ts';
import { asStorageError } from './failure.ts';

export interface CommitOrder {
  /** Puts and removes; runs when everything ordered before is durable, so what it reads is settled. */
  write(): void;
  /** Runs once it is durable, before any `done`. */
  committed(): void;
  readonly done: Done[];
}

/**
 * The writes of one environment, one commit at a time, in the order given. The first failure is the last word:
 * what comes after it must not become durable, or the history would have a gap.
 */
export class CommitQueue {
  readonly #environment: Environment;
  readonly #failed: (failure: StorageError) => void;
  readonly #waiting: CommitOrder[] = [];
  #isRunning = false;
  #failure: StorageError | undefined;
  readonly #idle: (() => void)[] = [];

  /** @param failed told once, of the first failure */
  constructor(environment: Environment, failed: (failure: StorageError) => void) {
    this.#environment = environment;
    this.#failed = failed;
  }

  submit(order: CommitOrder): void {
    this.#waiting.push(order);
    if (this.#isRunning) return;
    this.#isRunning = true;
    // What is ordered later in the same turn may still join the order that waits.
    queueMicrotask(() => void this.#run());
  }

  /** The order that the next commit begins with, if it waits: more of its kind may be added to it. */
  get lastWaiting(): CommitOrder | undefined {
    return this.#waiting[this.#waiting.length - 1];
  }

  /** Refuses everything from now on. */
  stop(reason: StorageError): void {
    this.#failure ??= reason;
  }

  /** Calls back when nothing is under way any more. */
  whenIdle(callback: () => void): void {
    if (this.#isRunning) this.#idle.push(callback);
    else queueMicrotask(callback);
  }

  async #run(): Promise<void> {
    for (;;) {
      const order = this.#waiting.shift();
      if (order === undefined) break;
      const failure = this.#failure ?? (await this.#perform(order));
      for (const done of order.done) {
        if (failure === undefined) done();
        else done(failure);
      }
    }
    this.#isRunning = false;
    for (const callback of this.#idle.splice(0)) callback();
  }

  async #perform(order: CommitOrder): Promise<StorageError | undefined> {
    try {
      await this.#environment.commit(order.write);
      order.committed();
      return undefined;
    } catch (error) {
      const failure = asStorageError(error, `cannot write ${this.#environment.file}`);
      this.#failure = failure;
      this.#failed(failure);
      return failure;
    }
  }
}
