import type { Effect, Note } from '../machines/effect.ts';
import { InvariantViolation } from '../machines/invariant.ts';
import type { Zxid } from '../machines/zab/zxid.ts';
import type { Clock, Done, SnapshotSink, Store } from './ports.ts';
import { PROGRESS_MS } from './progress.ts';

export interface SnapshotReceiverPorts {
  readonly store: Store;
  readonly clock: Clock;
  readonly note: (note: Note) => void;
  readonly fail: (error: Error) => void;
  readonly pieceStored: (bytes: number) => void;
}

/** Takes in the snapshot that a leader sends. Nothing of it counts before it is installed. */
export class SnapshotReceiver {
  readonly #ports: SnapshotReceiverPorts;
  #sink: SnapshotSink | undefined;
  #receivedBytes = 0;
  #toldMs = 0;

  constructor(ports: SnapshotReceiverPorts) {
    this.#ports = ports;
  }

  begin(zxid: Zxid): void {
    this.abort();
    this.#sink = this.#ports.store.receiveSnapshot(zxid);
    this.#receivedBytes = 0;
    this.#toldMs = this.#ports.clock.now();
  }

  store(bytes: Uint8Array): void {
    const sink = this.#sink;
    if (sink === undefined) throw new InvariantViolation('a piece without a snapshot');
    sink.write(bytes, (error) => {
      // Given up in the meantime (ZOOKEEPER-3642): what became of it does not matter any more.
      if (sink !== this.#sink) return;
      if (error !== undefined) {
        this.#ports.fail(error);
        return;
      }
      this.#receivedBytes += bytes.length;
      this.#tellProgress();
      this.#ports.pieceStored(bytes.length);
    });
  }

  install(history: Extract<Effect, { type: 'adopt' }>, done: Done): void {
    const sink = this.#sink;
    if (sink === undefined) throw new InvariantViolation('a snapshot to install that never came');
    this.#sink = undefined;
    const { runs: entries, currentEpoch, committedZxid } = history;
    sink.install({ entries, currentEpoch, committedZxid }, done);
  }

  abort(): void {
    this.#sink?.abort();
    this.#sink = undefined;
  }

  #tellProgress(): void {
    const now = this.#ports.clock.now();
    if (now - this.#toldMs < PROGRESS_MS) return;
    this.#toldMs = now;
    const megabytes = (this.#receivedBytes / 2 ** 20).toFixed(0);
    this.#ports.note({ level: 'info', text: `receiving a snapshot: ${megabytes} MB so far` });
  }
}
