import assert from 'node:assert/strict';
import { Client } from '../client/client.ts';
import { EVENT, MODE } from '../client/record.ts';
import { eventually } from '../ensemble/wait.ts';
import type { Member } from '../ensemble.ts';

/** A well-behaved client at the member that a test ill-treats: one connection, an ephemeral, a watch, writes and reads. */
export class Bystander {
  readonly member: Member;
  readonly #client: Client;
  #rounds = 0;

  private constructor(member: Member, client: Client) {
    this.member = member;
    this.#client = client;
  }

  static async start(member: Member): Promise<Bystander> {
    const client = await Client.connect([member], { timeoutMs: 20_000 });
    await client.create('/bystander', '0', { mode: MODE.ephemeral });
    return new Bystander(member, client);
  }

  /** Writes, reads and is notified over the connection it has had from the start. */
  async check(): Promise<void> {
    this.#rounds += 1;
    const client = this.#client;
    const value = `${this.#rounds}`;
    const seen = client.events.length;
    await client.get('/bystander', true);
    const { version } = await client.set('/bystander', value);
    assert.equal(version, this.#rounds, 'somebody else wrote');
    assert.equal((await client.get('/bystander')).data, value);
    await eventually('the watch', 2000, () => client.events.length === seen + 1);
    assert.equal(client.events.at(-1)?.type, EVENT.dataChanged);
    assert.equal(client.reconnects, 0);
    assert.deepEqual(client.regressions, []);
  }

  async end(): Promise<void> {
    await this.#client.close();
  }
}
