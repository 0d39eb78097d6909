import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { eventually } from '../ensemble/wait.ts';

/** One system call. Times in seconds since 1970, as strace saw the thread stop at its entry and at its exit. */
export interface SystemCall {
  readonly name: string;
  /** What the first argument's descriptor is: a path, or `TCP:[a:p->b:q]`. */
  readonly target: string;
  readonly descriptor: number;
  readonly argumentsText: string;
  readonly entered: number;
  readonly left: number;
}

const WRITES = ['write', 'pwrite64', 'writev', 'pwritev', 'pwritev2', 'sendto', 'sendmsg'];
const FLUSHES = ['fdatasync', 'fsync', 'msync', 'sync_file_range'];

export function isWrite(call: SystemCall): boolean {
  return WRITES.includes(call.name);
}

export function isFlush(call: SystemCall): boolean {
  return call.name === 'fdatasync' || call.name === 'fsync';
}

/**
 * strace on all threads of a live process: its writes and flushes, each flush held back by `flushDelayMs` before it begins.
 * A thread is stopped while strace notes an entry or an exit. Hence what a thread does after a call has returned is noted
 * later than the return, and a time here is never earlier for a cause than for its effect.
 */
export class SystemCallTrace {
  readonly #strace: ChildProcess;
  readonly #file: string;
  readonly #ended: Promise<void>;

  private constructor(strace: ChildProcess, file: string) {
    this.#strace = strace;
    this.#file = file;
    this.#ended = new Promise((resolve) => strace.on('exit', () => resolve()));
  }

  static async attach(pid: number, file: string, flushDelayMs: number): Promise<SystemCallTrace> {
    const options = [
      '-f',
      '-q',
      '-ttt',
      '-T',
      '-yy',
      '-s',
      '100000',
      '-o',
      file,
      '-p',
      String(pid),
    ];
    options.push('-e', `trace=${[...WRITES, ...FLUSHES].join(',')}`, '-e', 'signal=none');
    if (flushDelayMs > 0) {
      options.push('-e', `inject=${FLUSHES.join(',')}:delay_enter=${flushDelayMs * 1000}`);
    }
    const strace = spawn('strace', options, { stdio: ['ignore', 'ignore', 'inherit'] });
    const trace = new SystemCallTrace(strace, file);
    await eventually('strace to attach', 10_000, () =>
      /^TracerPid:\s*[1-9]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8')),
    );
    return trace;
  }

  /** Lets the process go; what it did meanwhile, in the order of the entries. */
  async detach(): Promise<SystemCall[]> {
    this.#strace.kill('SIGINT');
    await this.#ended;
    return parseTrace(readFileSync(this.#file, 'latin1'));
  }
}

const LINE = /^(\d+) +(\d+\.\d+) (.*)$/;
const CALL = /^(\w+)\((\d+)<(.+?)>([,) ].*)$/s;
const DURATION = /<(\d+\.\d+)>$/;

/** Calls whose first argument is no open descriptor, and those that were cut off by the end, are left out. */
export function parseTrace(text: string): SystemCall[] {
  const calls: SystemCall[] = [];
  const unfinished = new Map<string, { readonly text: string; readonly entered: number }>();
  for (const line of text.split('\n')) {
    const [, thread, stamp, rest] = line.match(LINE) ?? [];
    if (thread === undefined || stamp === undefined || rest === undefined) continue;
    const time = Number(stamp);
    const cut = rest.endsWith('<unfinished ...>');
    if (cut) {
      unfinished.set(thread, { text: rest, entered: time });
      continue;
    }
    const resumed = /^<\.\.\. \w+ resumed>/.test(rest);
    const begun = resumed ? unfinished.get(thread) : undefined;
    if (resumed && begun === undefined) continue;
    unfinished.delete(thread);
    const duration = Number(rest.match(DURATION)?.[1] ?? 0);
    const call = describe(
      begun?.text ?? rest,
      begun?.entered ?? time,
      resumed ? time : time + duration,
    );
    if (call !== undefined) calls.push(call);
  }
  return calls.sort((a, b) => a.entered - b.entered);
}

function describe(text: string, entered: number, left: number): SystemCall | undefined {
  const [, name, descriptor, target, argumentsText] = text.match(CALL) ?? [];
  if (name === undefined || target === undefined || argumentsText === undefined) return undefined;
  return { name, descriptor: Number(descriptor), target, argumentsText, entered, left };
}
