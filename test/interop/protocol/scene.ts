import assert from 'node:assert/strict';
import { Client } from '../../client/client.ts';
import { Connection } from '../../client/connection.ts';
import { errorName, ReplyError } from '../../client/error.ts';
import type { Ensemble, Member } from '../../ensemble.ts';

/** What one group of protocol tests works with: the ensemble, its members by role, and clients that end with the test. */
export class Scene {
  readonly ensemble: Ensemble;
  readonly leader: Member;
  readonly follower: Member;
  readonly otherFollower: Member;
  #paths = 0;
  readonly #ends: (() => Promise<void> | void)[] = [];

  private constructor(ensemble: Ensemble, leader: Member, followers: readonly Member[]) {
    const [follower, otherFollower] = followers;
    assert.ok(follower && otherFollower);
    this.ensemble = ensemble;
    this.leader = leader;
    this.follower = follower;
    this.otherFollower = otherFollower;
  }

  static async of(ensemble: Ensemble): Promise<Scene> {
    return new Scene(ensemble, await ensemble.leader(), await ensemble.followers());
  }

  /** A path that no other test uses. */
  path(): string {
    this.#paths += 1;
    return `/protocol-${this.#paths}`;
  }

  async client(member: Member = this.follower, timeoutMs = 10_000): Promise<Client> {
    const client = await Client.connect([member], { timeoutMs });
    this.#ends.push(() => client.close());
    return client;
  }

  /** A bare connection that keeps everything that arrives, in order. */
  async connection(member: Member = this.follower): Promise<Connection> {
    const connection = await Connection.open(member, { timeoutMs: 10_000 });
    connection.recording = true;
    this.#ends.push(() => connection.close().catch(() => undefined));
    return connection;
  }

  async end(): Promise<void> {
    for (const end of this.#ends.splice(0)) await end();
  }
}

/** That the server answers with this error and nothing else. */
export async function refuses(name: string, work: Promise<unknown>): Promise<void> {
  const outcome = await work.then(
    () => 'OK',
    (error) => (error instanceof ReplyError ? errorName(error.code) : String(error)),
  );
  assert.equal(outcome, name);
}
