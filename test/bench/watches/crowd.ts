import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { CrowdOrder, CrowdReport } from './crowd-message.ts';

const PROGRAM = fileURLToPath(new URL('./crowd-process.ts', import.meta.url));

type Done = CrowdReport['done'];

function isReport(value: unknown): value is CrowdReport {
  return typeof value === 'object' && value !== null && 'done' in value;
}

function isOf<D extends Done>(report: CrowdReport, done: D): report is CrowdReport & { done: D } {
  return report.done === done;
}

/** Processes full of clients: what one of them could do by itself would measure that one. */
export class Crowds {
  readonly #processes: readonly ChildProcess[];

  /** Whatever ends the process that measures, ends these. */
  readonly #endAll = () => {
    for (const child of this.#processes) child.kill('SIGKILL');
  };

  constructor(count: number) {
    this.#processes = Array.from({ length: count }, () =>
      fork(PROGRAM, { execArgv: ['--import', 'tsx'], serialization: 'advanced' }),
    );
    // Before anybody who removes the directories that they use.
    process.prependListener('exit', this.#endAll);
  }

  get count(): number {
    return this.#processes.length;
  }

  get pids(): number[] {
    return this.#processes.flatMap(({ pid }) => pid ?? []);
  }

  /** Has every process do it; what they report, once all have. Rejects when one ends or takes longer. */
  all<D extends Done>(
    done: D,
    order: (index: number) => CrowdOrder,
    withinMs: number,
  ): Promise<(CrowdReport & { done: D })[]> {
    return Promise.all(
      this.#processes.map((child, index) => told(child, done, order(index), withinMs)),
    );
  }

  end(): void {
    process.off('exit', this.#endAll);
    this.#endAll();
  }
}

function told<D extends Done>(
  child: ChildProcess,
  done: D,
  order: CrowdOrder,
  withinMs: number,
): Promise<CrowdReport & { done: D }> {
  return new Promise((resolve, reject) => {
    const settle = () => {
      clearTimeout(late);
      child.off('message', hear);
      child.off('exit', ended);
    };
    const fail = (text: string) => {
      settle();
      reject(new Error(text));
    };
    const late = setTimeout(() => fail(`'${done}' is not done within ${withinMs} ms`), withinMs);
    const ended = () => fail(`a process of clients has ended before '${done}' was done`);
    const hear = (message: unknown) => {
      if (!isReport(message)) return;
      if (message.done === 'failed') fail(message.problem);
      if (!isOf(message, done)) return;
      settle();
      resolve(message);
    };
    child.on('message', hear);
    child.on('exit', ended);
    child.send(order);
  });
}
