import { once } from 'node:events';
import { type ClientHttp2Session, connect } from 'node:http2';
import { connect as connectSocket } from 'node:net';
import { putRequest, rangeCount, rangeRequest } from './etcd-message.ts';
import type { StoreClient } from './store-client.ts';

const PUT = '/etcdserverpb.KV/Put';
const RANGE = '/etcdserverpb.KV/Range';

/** One connection to a member of etcd, by gRPC over HTTP/2. */
export class EtcdClient implements StoreClient {
  readonly #session: ClientHttp2Session;

  private constructor(session: ClientHttp2Session) {
    this.#session = session;
    session.on('error', (error) => {
      throw error;
    });
  }

  static async connect(host: string, port: number): Promise<EtcdClient> {
    const session = connect(`http://${host}:${port}`, {
      createConnection: () => connectSocket({ host, port, noDelay: true }),
    });
    await once(session, 'connect');
    return new EtcdClient(session);
  }

  async set(key: string, value: Uint8Array): Promise<void> {
    await this.#call(PUT, putRequest(key, value));
  }

  async get(key: string): Promise<void> {
    const response = await this.#call(RANGE, rangeRequest(key));
    if (rangeCount(response) !== 1) throw new Error(`etcd has no key ${key}`);
  }

  async close(): Promise<void> {
    await new Promise<void>((resolve) => this.#session.close(resolve));
  }

  #call(path: string, request: Buffer): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const stream = this.#session.request({
        ':method': 'POST',
        ':path': path,
        'content-type': 'application/grpc',
        te: 'trailers',
      });
      const pieces: Buffer[] = [];
      let status: unknown;
      // A refusal without a message has its status in the head, else it stands behind the message.
      stream.on('response', (head) => {
        status = head['grpc-status'];
      });
      stream.on('trailers', (trailers) => {
        status = trailers['grpc-status'];
      });
      stream.on('data', (piece) => pieces.push(piece));
      stream.on('error', reject);
      stream.on('end', () => {
        if (status === '0') resolve(Buffer.concat(pieces));
        else reject(new Error(`etcd answered ${path} with status ${String(status)}`));
      });
      stream.end(request);
    });
  }
}
