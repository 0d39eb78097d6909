import { connect, type Socket } from 'node:net';
import type { Address } from './connection.ts';

/** A bare socket for input that no client sends; keeps what comes back. */
export class RawSocket {
  readonly #socket: Socket;
  readonly #ended: Promise<void>;
  readonly #pieces: Buffer[] = [];

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (piece) => this.#pieces.push(piece));
    socket.on('error', () => undefined);
    this.#ended = new Promise((resolve) => socket.on('close', () => resolve()));
  }

  static open(address: Address): Promise<RawSocket> {
    return new Promise((resolve, reject) => {
      const socket = connect({ host: address.host, port: address.port, noDelay: true });
      socket.once('error', reject);
      socket.once('connect', () => resolve(new RawSocket(socket)));
    });
  }

  send(bytes: Uint8Array): void {
    this.#socket.write(bytes);
  }

  get received(): Buffer {
    return Buffer.concat(this.#pieces);
  }

  /** Whether the other side closes within `withinMs`. */
  async closes(withinMs = 3000): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<false>((resolve) => {
      timer = setTimeout(() => resolve(false), withinMs);
    });
    const closed = await Promise.race([this.#ended.then(() => true), late]);
    clearTimeout(timer);
    return closed;
  }

  destroy(): void {
    this.#socket.destroy();
  }
}
