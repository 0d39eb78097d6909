import { Client } from '../client/client.ts';
import type { Address } from '../client/connection.ts';

/** The victim's directory: everybody knows its name, nobody may read it. */
export const VICTIM = '/victim';
const USER = 'victim:keeps-its-secrets';
const NODES = 20;

/** A client whose nodes nobody else may read: no byte of its secret may reach an attacker. */
export class Victim {
  readonly secret: Buffer;
  readonly #text: string;
  readonly #client: Client;
  #round = 0;

  private constructor(client: Client, secret: string) {
    this.#client = client;
    this.#text = secret;
    this.secret = Buffer.from(secret);
  }

  static async start(members: readonly Address[], secret: string): Promise<Victim> {
    const client = await Client.connect(members, { timeoutMs: 30_000 });
    const victim = new Victim(client, secret);
    await client.auth('digest', USER);
    const acl = [{ perms: 31, scheme: 'auth', id: '' }];
    await client.create(VICTIM, secret, { acl });
    for (let index = 0; index < NODES; index++) {
      await client.create(victim.#path(index), `${secret}-0-${index}`, { acl });
    }
    return victim;
  }

  /** Writes and reads every node over the session it has had from the start. Throws where somebody was there. */
  async check(): Promise<void> {
    const before = this.#round;
    this.#round += 1;
    for (let index = 0; index < NODES; index++) {
      const path = this.#path(index);
      const { data } = await this.#client.get(path, true);
      if (data !== `${this.#text}-${before}-${index}`) throw new Error(`${path} holds ${data}`);
      const { version } = await this.#client.set(path, `${this.#text}-${this.#round}-${index}`);
      if (version !== this.#round) throw new Error(`somebody else wrote to ${path}`);
    }
    if (this.#client.reconnects > 0) throw new Error('the victim lost its connection');
  }

  async end(): Promise<void> {
    await this.#client.close();
  }

  /** The names are secrets as well. */
  #path(index: number): string {
    return `${VICTIM}/${this.#text}-${index}`;
  }
}
