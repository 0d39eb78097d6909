import { Client } from '../client/client.ts';
import type { Address } from '../client/connection.ts';
import { ReplyError } from '../client/error.ts';
import { OPEN_ACL } from '../client/record.ts';
import { VICTIM } from './victim.ts';

/** `super:keeper`, as the members' superDigest has it. */
export const SUPER_DIGEST = 'super:XJmS5SMZFA2k2noBzC1+z3IrJ24=';
const SUPER = 'super:keeper';
const SYSTEM = ['/zookeeper', '/zookeeper/config', '/zookeeper/quota'];
const OWN = ['/fuzz', '/fuzz/a', '/fuzz/c'];
const AT_ONCE = 200;

/** Removes what attackers leave behind and opens what they have locked, so that the next ones get as far. */
export class Keeper {
  readonly #client: Client;

  private constructor(client: Client) {
    this.#client = client;
  }

  static async start(members: readonly Address[]): Promise<Keeper> {
    const client = await Client.connect(members, { timeoutMs: 30_000 });
    await client.auth('digest', SUPER);
    return new Keeper(client);
  }

  /** How many nodes were removed. */
  async tidy(): Promise<number> {
    const client = this.#client;
    await client.setAcl('/', OPEN_ACL);
    const removed = await this.#empty('/', [VICTIM, '/zookeeper']);
    await this.#empty('/zookeeper', SYSTEM);
    await this.#empty('/zookeeper/quota', []);
    for (const path of OWN) await this.#create(path);
    return removed;
  }

  async end(): Promise<void> {
    await this.#client.close();
  }

  /** An attacker may have been faster. */
  async #create(path: string): Promise<void> {
    try {
      await this.#client.create(path, 'x');
    } catch (error) {
      if (!(error instanceof ReplyError)) throw error;
    }
  }

  async #empty(path: string, spared: readonly string[]): Promise<number> {
    let removed = 0;
    const names = await this.#client.children(path);
    for (let from = 0; from < names.length; from += AT_ONCE) {
      const removals = names.slice(from, from + AT_ONCE).map(async (name) => {
        const child = path === '/' ? `/${name}` : `${path}/${name}`;
        if (!spared.includes(child)) removed += await this.#remove(child);
      });
      await Promise.all(removals);
    }
    return removed;
  }

  async #remove(path: string): Promise<number> {
    try {
      await this.#client.delete(path);
      return 1;
    } catch (error) {
      if (!(error instanceof ReplyError)) throw error;
      // Gone by itself: ephemeral, container, TTL.
      if (error.code === -101) return 0;
      if (error.code !== -111) throw error;
    }
    return (await this.#empty(path, [])) + (await this.#remove(path));
  }
}
