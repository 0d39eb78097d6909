import { connect, type KV, type NatsConnection, StorageType } from 'nats';
import type { StoreClient } from './store-client.ts';

export const BUCKET = 'bench';
const REPLICAS = 3;
/** So that the first requests of a fresh cluster find its leaders elected. */
const TIMEOUT_MS = 30_000;

/** One connection to a server of JetStream, with the bucket of the bench. */
export class JetStreamClient implements StoreClient {
  readonly #connection: NatsConnection;
  readonly #bucket: KV;

  private constructor(connection: NatsConnection, bucket: KV) {
    this.#connection = connection;
    this.#bucket = bucket;
  }

  static async connect(host: string, port: number): Promise<JetStreamClient> {
    const connection = await connect({ servers: `${host}:${port}`, reconnect: false });
    const bucket = await connection.jetstream({ timeout: TIMEOUT_MS }).views.kv(BUCKET, {
      replicas: REPLICAS,
      history: 1,
      storage: StorageType.File,
      // Reads are answered by any replica, as ZooKeeper's are by any member.
      allow_direct: true,
    });
    return new JetStreamClient(connection, bucket);
  }

  async set(key: string, value: Uint8Array): Promise<void> {
    await this.#bucket.put(key, value);
  }

  async get(key: string): Promise<void> {
    if ((await this.#bucket.get(key)) === null) throw new Error(`JetStream has no key ${key}`);
  }

  close(): Promise<void> {
    return this.#connection.close();
  }
}
