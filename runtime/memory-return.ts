import { Session } from 'node:inspector';

export interface MemoryReturnOptions {
  /** How often it looks, ms. */
  readonly intervalMs: number;
  /** Looks in a row at which the process has to be quiet. */
  readonly looks: number;
  /** Less than this share of a processor is quiet. */
  readonly quietShare: number;
  /** By so much the resident memory must have grown since the last time, bytes. */
  readonly growthBytes: number;
  /** Nothing is returned so shortly after the last time, ms. */
  readonly pauseMs: number;
}

const DEFAULTS: MemoryReturnOptions = {
  intervalMs: 1000,
  looks: 3,
  quietShare: 0.1,
  growthBytes: 32 * 2 ** 20,
  pauseMs: 30_000,
};

/** What it sees of the process, and does to it. */
export interface ProcessMemory {
  residentBytes(): number;
  /** Processor time used so far, ms. */
  processorMs(): number;
  nowMs(): number;
  /** Collects all garbage, and makes the heap no larger than what is left needs. */
  collect(): void;
}

/**
 * Gives the system back what a burst of work has left behind. V8 collects when something is allocated: a process that
 * has become quiet would keep a heap of garbage for as long as it is quiet. Now nobody waits for the pause.
 */
export class MemoryReturn {
  readonly #memory: ProcessMemory;
  readonly #rest: () => void;
  readonly #options: MemoryReturnOptions;
  readonly #timer: NodeJS.Timeout;
  #processorMs: number;
  #lastMs: number;
  #quietLooks = 0;
  #returnedMs = Number.NEGATIVE_INFINITY;
  /** The least that was resident since the last time. */
  #leastBytes: number;

  /** @param rest lets go of what is kept only because it may be asked for soon */
  constructor(memory: ProcessMemory, rest: () => void, options: Partial<MemoryReturnOptions> = {}) {
    this.#memory = memory;
    this.#rest = rest;
    this.#options = { ...DEFAULTS, ...options };
    this.#processorMs = memory.processorMs();
    this.#lastMs = memory.nowMs();
    this.#leastBytes = memory.residentBytes();
    this.#timer = setInterval(() => this.look(), this.#options.intervalMs);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  look(): void {
    const { looks, quietShare, growthBytes, pauseMs } = this.#options;
    const processorMs = this.#memory.processorMs();
    const nowMs = this.#memory.nowMs();
    const share = (processorMs - this.#processorMs) / (nowMs - this.#lastMs);
    this.#processorMs = processorMs;
    this.#lastMs = nowMs;
    this.#quietLooks = share < quietShare ? this.#quietLooks + 1 : 0;
    const residentBytes = this.#memory.residentBytes();
    this.#leastBytes = Math.min(this.#leastBytes, residentBytes);
    if (this.#quietLooks < looks || residentBytes < this.#leastBytes + growthBytes) return;
    if (nowMs - this.#returnedMs < pauseMs) return;
    this.#rest();
    this.#memory.collect();
    this.#quietLooks = 0;
    this.#returnedMs = nowMs;
    // The pages go behind this, on other threads: the next look finds what is left.
    this.#leastBytes = Number.POSITIVE_INFINITY;
  }
}

/** This process. */
export const processMemory: ProcessMemory = {
  residentBytes: () => process.memoryUsage.rss(),
  processorMs: () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  },
  nowMs: () => performance.now(),
  // A collection by `gc` would leave the young heap as large as it ever was.
  collect: () => {
    const session = new Session();
    session.connect();
    session.post('HeapProfiler.collectGarbage', () => {
      // V8 answers while it holds a lock of the session, which ends only by taking that lock.
      setImmediate(() => session.disconnect());
    });
  },
};
