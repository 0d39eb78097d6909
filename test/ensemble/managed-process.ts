import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readSync, statSync } from 'node:fs';

export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Whatever still runs when the test process ends, ends with it. */
const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** A process that tests start, stop, kill and freeze; its output goes to one file that grows over its lives. */
export class ManagedProcess {
  readonly name: string;
  readonly logFile: string;
  readonly #command: Command;
  #child: ChildProcess | undefined;
  #ended: Promise<number | null> = Promise.resolve(null);

  constructor(name: string, command: Command, logFile: string) {
    this.name = name;
    this.#command = command;
    this.logFile = logFile;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  get alive(): boolean {
    return this.#child !== undefined;
  }

  start(): void {
    if (this.#child !== undefined) throw new Error(`${this.name} runs already`);
    const output = openSync(this.logFile, 'a');
    const child = spawn(this.#command.file, this.#command.args, {
      stdio: ['ignore', output, output],
      env: { ...process.env, ...this.#command.env },
    });
    closeSync(output);
    this.#child = child;
    running.add(child);
    this.#ended = new Promise((resolve) => {
      const end = (code: number | null) => {
        running.delete(child);
        if (this.#child === child) this.#child = undefined;
        resolve(code);
      };
      child.on('exit', end);
      child.on('error', () => end(null));
    });
  }

  /** Resolves with the exit code when the process is gone; `null` when a signal ended it. */
  ended(): Promise<number | null> {
    return this.#ended;
  }

  signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal);
  }

  async kill(): Promise<void> {
    this.signal('SIGKILL');
    await this.#ended;
  }

  /** SIGTERM, then SIGKILL when it has not ended within `withinMs`. */
  async terminate(withinMs = 10_000): Promise<number | null> {
    this.signal('SIGCONT');
    this.signal('SIGTERM');
    const timer = setTimeout(() => this.signal('SIGKILL'), withinMs);
    const code = await this.#ended;
    clearTimeout(timer);
    return code;
  }

  /** In bytes. */
  get logLength(): number {
    return statSync(this.logFile, { throwIfNoEntry: false })?.size ?? 0;
  }

  /** All of it, or what came behind so many bytes. */
  log(from = 0): string {
    const bytes = Buffer.alloc(Math.max(0, this.logLength - from));
    if (bytes.length === 0) return '';
    const file = openSync(this.logFile, 'r');
    const length = readSync(file, bytes, 0, bytes.length, from);
    closeSync(file);
    return bytes.toString('utf8', 0, length);
  }
}
