import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';

/** A program that is spoken to line by line, as a person at a terminal would. */
export class Dialogue {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #ended: Promise<number | null>;
  #output = '';
  #wake: () => void = () => undefined;

  constructor(file: string, args: readonly string[]) {
    this.#child = spawn(file, args, { stdio: 'pipe' });
    const hear = (text: Buffer) => {
      this.#output += text.toString();
      this.#wake();
    };
    this.#child.stdout.on('data', hear);
    this.#child.stderr.on('data', hear);
    this.#child.stdin.on('error', () => undefined);
    this.#ended = new Promise((resolve) => {
      this.#child.on('exit', (code) => {
        resolve(code);
        this.#wake();
      });
      this.#child.on('error', (error) => {
        this.#output += error.message;
        resolve(null);
        this.#wake();
      });
    });
  }

  /** Says a line and waits until what came since matches; that text. Throws after `withinMs`. */
  async say(line: string, answer: RegExp, withinMs = 15_000): Promise<string> {
    this.#output = '';
    if (line !== '') this.#child.stdin.write(`${line}\n`);
    const deadline = performance.now() + withinMs;
    while (!answer.test(this.#output)) {
      const left = deadline - performance.now();
      if (left <= 0 || this.#child.exitCode !== null) {
        throw new Error(`'${line}' was answered by:\n${this.#output}`);
      }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    return this.#output;
  }

  /** Says a last line; the exit code. */
  leave(line: string): Promise<number | null> {
    this.#child.stdin.end(`${line}\n`);
    return this.#ended;
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }
}
