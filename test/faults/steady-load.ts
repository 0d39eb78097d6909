import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from '../client/client.ts';
import type { Address } from '../client/connection.ts';
import { ConnectionLost } from '../client/error.ts';

/** A node whose creation was acknowledged. */
export interface AcknowledgedNode {
  readonly name: string;
  readonly data: string;
  readonly czxid: number;
}

const CLOCK = '/load/clock';

/**
 * One client that writes steadily: a new node each time, now and then its own register and the clock that all share,
 * and reads of the clock, which must never run backwards for one client.
 */
export class Writer {
  readonly directory: string;
  readonly client: Client;
  readonly acknowledged: AcknowledgedNode[] = [];
  /** Names of nodes whose creation ended with the connection: they may be there or not. */
  readonly unknown = new Set<string>();
  /** Values of the register in the order in which they were set; acknowledged or not. */
  readonly registerSets: { readonly value: string; readonly acknowledged: boolean }[] = [];
  readonly faults: string[] = [];
  lastAcknowledgedMs = 0;
  #clock = { version: -1, mzxid: -1 };
  #count = 0;

  constructor(directory: string, client: Client) {
    this.directory = directory;
    this.client = client;
  }

  /** One round; `onAcknowledged` is called at each acknowledged write. */
  async step(onAcknowledged: () => void): Promise<void> {
    this.#count += 1;
    const done = () => {
      this.lastAcknowledgedMs = performance.now();
      onAcknowledged();
    };
    await this.#create(done);
    if (this.#count % 4 === 0) await this.#setRegister(done);
    if (this.#count % 8 === 0) await this.#orLost(this.client.set(CLOCK, `${this.#count}`), done);
    if (this.#count % 3 === 0) await this.#readClock();
  }

  async #create(done: () => void): Promise<void> {
    const name = `n${String(this.#count).padStart(7, '0')}`;
    const data = `${this.directory}#${this.#count}`;
    this.unknown.add(name);
    const result = await this.#orLost(this.client.create(`${this.directory}/${name}`, data), done);
    if (result === undefined) return;
    this.unknown.delete(name);
    this.acknowledged.push({ name, data, czxid: result.stat.czxid });
  }

  async #setRegister(done: () => void): Promise<void> {
    const value = `${this.#count}`;
    const stat = await this.#orLost(this.client.set(this.directory, value), done);
    this.registerSets.push({ value, acknowledged: stat !== undefined });
  }

  async #readClock(): Promise<void> {
    const read = await this.#orLost(this.client.get(CLOCK), () => undefined);
    if (read === undefined) return;
    const { version, mzxid } = read.stat;
    if (version < this.#clock.version || mzxid < this.#clock.mzxid) {
      this.faults.push(`the clock went from ${this.#clock.version} back to ${version}`);
    }
    this.#clock = { version, mzxid };
  }

  async #orLost<T>(result: Promise<T>, done: () => void): Promise<T | undefined> {
    try {
      const value = await result;
      done();
      return value;
    } catch (error) {
      if (error instanceof ConnectionLost) return undefined;
      throw error;
    }
  }
}

export interface LoadOptions {
  /** Default 8. */
  readonly clients?: number;
  /** Between two rounds of one client; default 10. */
  readonly pauseMs?: number;
  readonly timeoutMs?: number;
}

/** Clients that write until they are told to stop, spread over all members. */
export class SteadyLoad {
  readonly writers: readonly Writer[];
  /** When each write was acknowledged, ms of `performance.now()`, ascending. */
  readonly acknowledgedMs: number[] = [];
  readonly #pauseMs: number;
  #running = true;
  #ended: Promise<unknown> = Promise.resolve();

  private constructor(writers: readonly Writer[], pauseMs: number) {
    this.writers = writers;
    this.#pauseMs = pauseMs;
  }

  static async start(
    addresses: readonly Address[],
    options: LoadOptions = {},
  ): Promise<SteadyLoad> {
    const setup = await Client.connect(addresses);
    await setup.create('/load');
    await setup.create(CLOCK, '0');
    const writers: Writer[] = [];
    for (let index = 0; index < (options.clients ?? 8); index += 1) {
      const directory = `/load/w${index}`;
      await setup.create(directory, '0');
      const timeoutMs = options.timeoutMs ?? 10_000;
      writers.push(new Writer(directory, await Client.connect(addresses, { timeoutMs }, index)));
    }
    await setup.close();
    const load = new SteadyLoad(writers, options.pauseMs ?? 10);
    load.#ended = Promise.all(writers.map((writer) => load.#drive(writer)));
    return load;
  }

  get acknowledgedCount(): number {
    return this.acknowledgedMs.length;
  }

  /** Stops writing and waits for what is under way; the sessions stay open. */
  async stop(): Promise<void> {
    this.#running = false;
    await this.#ended;
  }

  async close(): Promise<void> {
    await this.stop();
    await Promise.all(this.writers.map(({ client }) => client.close()));
  }

  /** Drops everything at once, for a test that has failed. */
  abandon(): void {
    this.#running = false;
    for (const { client } of this.writers) client.abandon();
  }

  /** The longest time without any acknowledged write in an interval, ms. */
  longestSilenceMs(fromMs: number, toMs: number): number {
    const times = this.acknowledgedMs.filter((time) => time >= fromMs && time <= toMs);
    let last = fromMs;
    let longest = 0;
    for (const time of [...times, toMs]) {
      longest = Math.max(longest, time - last);
      last = time;
    }
    return longest;
  }

  async #drive(writer: Writer): Promise<void> {
    try {
      while (this.#running) {
        await writer.step(() => this.acknowledgedMs.push(performance.now()));
        await sleep(this.#pauseMs);
      }
    } catch (error) {
      writer.faults.push(
        error instanceof Error ? `${error.name}: ${error.message}` : String(error),
      );
    }
  }
}
