import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { eventually } from './eventually.ts';

/** A member that runs in a process of its own (see child.ts). */
export class ChildMember {
  readonly #process: ChildProcess;
  /** The statuses that its bus reported. */
  readonly said: string[] = [];
  #errors = '';

  constructor(server: string, member: number, manner: 'echo' | 'listen' | 'throw') {
    const file = fileURLToPath(new URL('./child.ts', import.meta.url));
    this.#process = fork(file, [server, String(member), manner], {
      execArgv: ['--import', 'tsx'],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.#process.on('message', (line) => this.said.push(String(line)));
    this.#process.stderr?.on('data', (text) => {
      this.#errors += String(text);
    });
  }

  get errors(): string {
    return this.#errors;
  }

  get exitCode(): number | null {
    return this.#process.exitCode;
  }

  async says(...lines: string[]): Promise<void> {
    await eventually(`the child says ${lines.join(', ')}`, () =>
      lines.every((line, index) => this.said[index] === line),
    );
  }

  freeze(): void {
    this.#process.kill('SIGSTOP');
  }

  thaw(): void {
    this.#process.kill('SIGCONT');
  }

  async kill(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const exited = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    await exited;
  }
}
