import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createConnection, createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { clearLeftovers } from '../../runtime/supervisor/leftovers.ts';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const DEADLINE_MS = 60_000;

export interface CommandEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A command of Vivarium that runs as a process of its own. */
export class RunningCommand {
  readonly process: ChildProcess;
  readonly ended: Promise<CommandEnd>;
  stdout = '';
  stderr = '';

  constructor(
    context: TestContext,
    args: readonly string[],
    options: { program?: string; environment?: NodeJS.ProcessEnv; cwd?: string } = {},
  ) {
    const program = path.join(root, options.program ?? 'test/cli/fake-vivarium.ts');
    const environment = { ...process.env, ...options.environment };
    this.process = spawn(
      process.execPath,
      ['--import', import.meta.resolve('tsx'), program, ...args],
      { env: environment, cwd: options.cwd ?? root, stdio: ['pipe', 'pipe', 'pipe'] },
    );
    this.process.stdin?.on('error', () => {});
    this.process.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
    });
    this.process.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
    this.ended = new Promise((resolve) => {
      this.process.once('close', (code, signal) => resolve({ code, signal }));
    });
    context.after(async () => {
      this.process.kill('SIGKILL');
      await this.ended;
    });
  }

  /** The exit code; throws when the process takes too long. */
  async exitCode(): Promise<number | null> {
    const end = await Promise.race([this.ended, delay(DEADLINE_MS, undefined, { ref: false })]);
    if (end === undefined) throw new Error(`still runs\n${this.stdout}\n${this.stderr}`);
    return end.code;
  }

  async stdoutLine(pattern: RegExp): Promise<string> {
    await until(`${pattern} on stdout`, () => pattern.test(this.stdout) || this.#failIfEnded());
    return pattern.exec(this.stdout)?.[0] ?? '';
  }

  async stderrLine(pattern: RegExp): Promise<void> {
    await until(`${pattern} on stderr`, () => pattern.test(this.stderr) || this.#failIfEnded());
  }

  #failIfEnded(): false {
    if (this.process.exitCode === null && this.process.signalCode === null) return false;
    throw new Error(`ended too early\n${this.stdout}\n${this.stderr}`);
  }
}

/** Runs a command to its end. */
export async function runCommand(
  context: TestContext,
  args: readonly string[],
  options?: { program?: string; environment?: NodeJS.ProcessEnv; cwd?: string },
) {
  const command = new RunningCommand(context, args, options);
  const code = await command.exitCode();
  return { code, stdout: command.stdout, stderr: command.stderr };
}

/** Waits for a condition, looking often; throws with its name after a minute. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
): Promise<void> {
  const deadline = performance.now() + DEADLINE_MS;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`waited too long for ${what}`);
    await delay(10);
  }
}

/** A directory of the test's own. Whatever process still works in it when the test ends is ended. */
export function ensembleDirectory(context: TestContext): string {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'vivarium-'));
  context.after(async () => {
    await clearLeftovers(directory);
    rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
  });
  return directory;
}

/** Where the next search for ports begins: processes that test at the same time begin elsewhere. */
let nextPort = 10_000 + ((process.pid * 67) % 18_000);

/**
 * First of `count` free ports in a row on loopback, below the range of outgoing connections: a member
 * that is started again must find its port free.
 */
export async function freePortRow(count: number): Promise<number> {
  for (;;) {
    const first = nextPort;
    nextPort = first + count < 30_000 ? first + count : 10_000;
    const row = Array.from({ length: count }, (_, index) => first + index);
    if (!(await Promise.all(row.map(isFree))).includes(false)) return first;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  const bound = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => resolve(true));
  });
  if (bound) await new Promise((resolve) => server.close(resolve));
  return bound;
}

/** Sends a word to a fake member and gives its answer, '' when it closes without one. */
export function tell(port: number, word: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(port, '127.0.0.1', () => socket.write(`${word}\n`));
    let answer = '';
    socket.on('data', (data) => {
      answer += data.toString();
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(answer));
  });
}
