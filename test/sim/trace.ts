import { createHash, type Hash } from 'node:crypto';
import { closeSync, openSync, writeSync } from 'node:fs';
import type { HistoryEvent } from '../history/event.ts';
import { traceLine } from './trace-line.ts';

const FILE_BUFFER_CHARACTERS = 1 << 20;
const HASHED_AT_ONCE_CHARACTERS = 1 << 14;

/** Everything that happens in one life: its hash, its last lines, and where wanted a file of all of it. */
export class Trace {
  readonly #hash: Hash | undefined;
  readonly #last: HistoryEvent[] = [];
  readonly #kept: number;
  readonly #file: number | undefined;
  #unhashed = '';
  #unwritten: string[] = [];
  #unwrittenLength = 0;
  #next = 0;
  #count = 0;

  /**
   * @param kept how many of the last lines are remembered
   * @param isHashed whether anybody asks for the hash: a tenth of a life is spent on it
   * @param file written as NDJSON, one line an event
   */
  constructor(kept: number, isHashed: boolean, file?: string) {
    this.#kept = kept;
    this.#hash = isHashed ? createHash('sha256') : undefined;
    this.#file = file === undefined ? undefined : openSync(file, 'w');
  }

  take(event: HistoryEvent): void {
    this.#count += 1;
    if (this.#kept > 0) {
      this.#last[this.#next] = event;
      this.#next = (this.#next + 1) % this.#kept;
    }
    if (this.#hash === undefined && this.#file === undefined) return;
    const line = `${JSON.stringify(event)}\n`;
    this.#unhashed += line;
    if (this.#unhashed.length > HASHED_AT_ONCE_CHARACTERS) this.#hashAll();
    if (this.#file === undefined) return;
    this.#unwritten.push(line);
    this.#unwrittenLength += line.length;
    if (this.#unwrittenLength > FILE_BUFFER_CHARACTERS) this.#write();
  }

  get count(): number {
    return this.#count;
  }

  /** The last events, oldest first, for a reader. */
  lastLines(): string[] {
    return [...this.#last.slice(this.#next), ...this.#last.slice(0, this.#next)].map(traceLine);
  }

  /** Ends the trace. @returns the hash of all of it, where it was wanted */
  end(): string | undefined {
    if (this.#file !== undefined) {
      this.#write();
      closeSync(this.#file);
    }
    this.#hashAll();
    return this.#hash?.digest('hex');
  }

  #hashAll(): void {
    this.#hash?.update(this.#unhashed);
    this.#unhashed = '';
  }

  #write(): void {
    if (this.#file !== undefined) writeSync(this.#file, this.#unwritten.join(''));
    this.#unwritten = [];
    this.#unwrittenLength = 0;
  }
}
