import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { systemReason } from '../errors.ts';
import { eachLine } from './output-lines.ts';
import { removePidFile, writePidFile } from './pid-file.ts';

/** How one process is started, again and again. */
export interface ProcessPlan {
  /** As it appears before its lines and in messages: `member-1`, `nats-1`. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly pidFile: string;
}

/** How a process ended: in words, and its exit code where it had one. */
export interface ProcessEnd {
  readonly description: string;
  readonly exitCode: number | undefined;
  readonly uptimeMs: number;
}

export interface ProcessHooks {
  line(name: string, line: string): void;
  /** Called at every end that `stop` did not ask for. The answer decides whether it is started again. */
  ended(name: string, end: ProcessEnd): 'restart' | 'leave';
  restarting(name: string, delayMs: number): void;
}

/** A process that lived this long was well: the next restart is quick again. */
const STEADY_MS = 3000;
const FIRST_DELAY_MS = 50;
const LAST_DELAY_MS = 5000;

/** Keeps one process running, with a pause before every restart that grows while it keeps dying young. */
export class SupervisedProcess {
  readonly plan: ProcessPlan;
  readonly #hooks: ProcessHooks;
  #child: ChildProcess | undefined;
  #startedAtMs = 0;
  #delayMs = FIRST_DELAY_MS;
  #timer: NodeJS.Timeout | undefined;
  #stopping = false;
  #gone: (() => void) | undefined;

  constructor(plan: ProcessPlan, hooks: ProcessHooks) {
    this.plan = plan;
    this.#hooks = hooks;
  }

  /** Whether a process exists now. */
  get running(): boolean {
    return this.#child !== undefined;
  }

  /** Whether a process exists now or will be started again. */
  get kept(): boolean {
    return this.#child !== undefined || this.#timer !== undefined;
  }

  start(): void {
    this.#timer = undefined;
    if (this.#stopping || this.#child !== undefined) return;
    mkdirSync(path.dirname(this.plan.pidFile), { recursive: true });
    // A process group of its own: Ctrl-C reaches the supervisor alone, which then stops all in order.
    // Its stdin is a pipe from here, so that it notices when the supervisor is gone.
    const child = spawn(this.plan.command, [...this.plan.args], {
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true,
    });
    this.#child = child;
    this.#startedAtMs = performance.now();
    if (child.pid !== undefined) writePidFile(this.plan.pidFile, child.pid);
    child.stdin.on('error', () => {});
    eachLine(child.stdout, (line) => this.#hooks.line(this.plan.name, line));
    eachLine(child.stderr, (line) => this.#hooks.line(this.plan.name, line));
    child.once('error', (error) => {
      if (child.pid === undefined) this.#ended(child, `could not be run: ${systemReason(error)}`);
    });
    child.once('exit', (code, signal) => {
      const description = signal === null ? `ended with exit code ${code}` : `ended by ${signal}`;
      this.#ended(child, description, code ?? undefined);
    });
  }

  /** Ends the process: SIGTERM, and SIGKILL for its whole group after `graceMs`. Resolves when it is gone. */
  async stop(graceMs: number): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const child = this.#child;
    if (child === undefined) return;
    const gone = new Promise<void>((resolve) => {
      this.#gone = resolve;
    });
    child.kill('SIGTERM');
    const killer = setTimeout(() => this.kill(), graceMs);
    await gone;
    clearTimeout(killer);
  }

  /** SIGKILL at once, for the whole group. */
  kill(): void {
    const pid = this.#child?.pid;
    if (pid === undefined) return;
    try {
      process.kill(-pid, 'SIGKILL');
    } catch {
      this.#child?.kill('SIGKILL');
    }
  }

  #ended(child: ChildProcess, description: string, exitCode?: number): void {
    if (this.#child !== child) return;
    this.#child = undefined;
    if (child.pid !== undefined) removePidFile(this.plan.pidFile, child.pid);
    if (this.#stopping) {
      this.#gone?.();
      return;
    }
    const uptimeMs = performance.now() - this.#startedAtMs;
    const answer = this.#hooks.ended(this.plan.name, { description, exitCode, uptimeMs });
    if (answer === 'leave' || this.#stopping) return;
    if (uptimeMs >= STEADY_MS) this.#delayMs = FIRST_DELAY_MS;
    this.#hooks.restarting(this.plan.name, this.#delayMs);
    this.#timer = setTimeout(() => this.start(), this.#delayMs);
    this.#delayMs = Math.min(this.#delayMs * 2, LAST_DELAY_MS);
  }
}
