import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

const PROGRAM = new URL('./writer-process.ts', import.meta.url).pathname;

/** The command line of a writer process. */
export function writerCommand(directory: string, mode: string, limit = 0): string[] {
  return [process.execPath, '--import', 'tsx', PROGRAM, directory, mode, String(limit)];
}

const running = new Set<Writer>();

/** Ends what a test that failed has left behind. */
export async function killWriters(): Promise<void> {
  for (const writer of running) await writer.kill();
}

/** A process that stores, and what it has reported so far. */
export class Writer {
  readonly lines: string[] = [];
  readonly #process: ChildProcess;
  readonly #watchers: (() => void)[] = [];
  readonly #exit: Promise<unknown>;

  constructor(command: readonly string[]) {
    const [program = '', ...args] = command;
    this.#process = spawn(program, args, { stdio: ['ignore', 'pipe', 'ignore'] });
    running.add(this);
    this.#exit = once(this.#process, 'close').then(() => running.delete(this));
    if (this.#process.stdout === null) throw new Error('the writer has no output');
    const lines = createInterface({ input: this.#process.stdout });
    lines.on('line', (line) => {
      this.lines.push(line);
      for (const watcher of this.#watchers) watcher();
    });
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** Resolves once it has reported `count` lines; a writer that ends before fails the test. */
  async reported(count: number): Promise<void> {
    await Promise.race([
      new Promise<void>((resolve) => {
        const look = () => {
          if (this.lines.length >= count) resolve();
        };
        this.#watchers.push(look);
        look();
      }),
      this.#exit.then(() => {
        if (this.lines.length < count) throw new Error(`it ended after: ${this.lines.join('; ')}`);
      }),
    ]);
  }

  /** Numbers of the lines that begin with `word`. */
  numbers(word: string): number[] {
    return this.lines
      .filter((line) => line.startsWith(`${word} `))
      .map((line) => Number(line.slice(word.length + 1)));
  }

  async kill(): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.#exit;
  }

  async ended(): Promise<void> {
    await this.#exit;
  }
}
