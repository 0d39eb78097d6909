import { connect, type Socket } from 'node:net';
import type { Address } from '../client/connection.ts';

const LENGTH_BYTES = 4;

export interface FrameListener {
  /** One whole frame, without its length. */
  received(payload: Buffer): void;
  /** Once, whoever ended it. */
  ended(): void;
}

/** A socket that cuts what comes into frames, and knows nothing of what is in them. */
export class FrameSocket {
  readonly #socket: Socket;
  #rest: Buffer = Buffer.alloc(0);
  #isOpen = true;

  constructor(address: Address, listener: FrameListener) {
    this.#socket = connect({ host: address.host, port: address.port, noDelay: true });
    this.#socket.on('error', () => undefined);
    this.#socket.on('close', () => {
      this.#isOpen = false;
      listener.ended();
    });
    this.#socket.on('data', (bytes) => {
      this.#rest = Buffer.concat([this.#rest, bytes]);
      while (this.#rest.length >= LENGTH_BYTES) {
        const end = LENGTH_BYTES + this.#rest.readInt32BE(0);
        if (end > this.#rest.length) break;
        const payload = this.#rest.subarray(LENGTH_BYTES, end);
        this.#rest = this.#rest.subarray(end);
        listener.received(payload);
      }
    });
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  send(bytes: Uint8Array): void {
    if (this.#isOpen) this.#socket.write(bytes);
  }

  destroy(): void {
    this.#socket.destroy();
  }
}
