import { createWriteStream, type WriteStream } from 'node:fs';
import type { Happening } from '../history/event.ts';

/**
 * Writes down what the clients see, in the order in which they see it, on one monotonic clock. Straight to a file: the
 * history of a long run does not fit into memory.
 */
export class Recorder {
  readonly file: string;
  /** Wall clock at 0 ms of the history. */
  readonly startedWallMs = Date.now();
  readonly violations: string[] = [];
  acknowledgedWrites = 0;
  answered = 0;
  /** Requests whose connection ended before the answer. */
  unknown = 0;
  readonly #startedMs = performance.now();
  readonly #stream: WriteStream;
  #connections = 0;

  constructor(file: string) {
    this.file = file;
    this.#stream = createWriteStream(file, { mode: 0o600 });
  }

  get nowMs(): number {
    return performance.now() - this.#startedMs;
  }

  /** A number for a connection, never given twice. */
  nextConnection(): number {
    this.#connections += 1;
    return this.#connections;
  }

  tell(happening: Happening): void {
    const atMs = Math.round(this.nowMs * 1000) / 1000;
    this.#stream.write(`${JSON.stringify({ atMs, ...happening })}\n`);
  }

  /** Something that no client and no member may ever do, seen while it happened. */
  violation(sentence: string): void {
    this.violations.push(`at ${(this.nowMs / 1000).toFixed(1)} s: ${sentence}`);
  }

  /** Resolves when everything told is in the file. */
  close(): Promise<void> {
    return new Promise((resolve) => this.#stream.end(() => resolve()));
  }
}
