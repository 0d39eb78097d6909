import { performance } from 'node:perf_hooks';
import type { Clock, TimerId } from './ports.ts';
import { TimerQueue } from './timer-queue.ts';

/**
 * How fine timers are: those due shortly after another run with it, so that the process is not woken for each. Only one
 * that is set for less wakes it by itself.
 */
const STEP_MS = 10;
const SHORTEST_MS = 1;
/** It is never asleep for longer: the time that may count while nobody looks has a bound. */
const LONGEST_SLEEP_MS = 50;
/** A loop that turns wakes up no later than that. Whatever is beyond it is a stall. */
const LATENESS_MS = 40;
/** Timers of Node.js are in whole milliseconds, and may be early by the rest of one. */
const EARLINESS_MS = 1;

/** The time of the process, and one alarm in it. */
export interface Alarm {
  nowMs(): number;
  /** Takes the place of the alarm that is set. */
  set(ring: () => void, delayMs: number): void;
  clear(): void;
}

/**
 * The time that this process lived. A stretch in which its event loop did not turn (stopped by a signal, a
 * long pause) counts for little more than the sleep it began in, so that after it nobody is blamed for a silence in
 * which this member was deaf: what waits in the sockets is read before the next alarm (DESIGN §5).
 */
export class LivedClock implements Clock {
  readonly #alarm: Alarm;
  readonly #timers = new TimerQueue();
  #isStopped = false;
  /** While the timers that are due are run. */
  #isAwake = false;
  /** Lived until it was last looked at, and when that was. */
  #livedMs = 0;
  #lookedMs: number;
  /** On the lived time: when the alarm rings. */
  #wakesMs = 0;
  /** When the first timer is due that was set for less than a step. */
  #shortDueMs = Number.POSITIVE_INFINITY;

  constructor(alarm: Alarm = processAlarm()) {
    this.#alarm = alarm;
    this.#lookedMs = alarm.nowMs();
    this.#sleep();
  }

  now(): number {
    return this.#livedMs + this.#counted(this.#alarm.nowMs() - this.#lookedMs);
  }

  wallMs(): number {
    return Date.now();
  }

  setTimeout(fn: () => void, delayMs: number): TimerId {
    // What repeats itself keeps its pace, however long its turn takes.
    const fromMs = this.#isAwake ? this.#livedMs : this.now();
    const dueMs = fromMs + Math.max(delayMs, SHORTEST_MS);
    if (delayMs < STEP_MS) this.#shortDueMs = Math.min(this.#shortDueMs, dueMs);
    const id = this.#timers.add(dueMs, fn);
    if (dueMs < this.#wakesMs) {
      this.#look();
      this.#sleep();
    }
    return id;
  }

  clearTimeout(id: TimerId): void {
    this.#timers.remove(id);
  }

  stop(): void {
    this.#isStopped = true;
    this.#alarm.clear();
  }

  #wake(): void {
    this.#look();
    this.#isAwake = true;
    this.#timers.runDue(this.#livedMs + EARLINESS_MS);
    this.#isAwake = false;
    if (this.#shortDueMs <= this.#livedMs + EARLINESS_MS)
      this.#shortDueMs = Number.POSITIVE_INFINITY;
    this.#sleep();
  }

  #look(): void {
    const nowMs = this.#alarm.nowMs();
    this.#livedMs += this.#counted(nowMs - this.#lookedMs);
    this.#lookedMs = nowMs;
  }

  #counted(elapsedMs: number): number {
    return Math.min(elapsedMs, this.#wakesMs - this.#livedMs + LATENESS_MS);
  }

  #sleep(): void {
    if (this.#isStopped) return;
    const dueMs = this.#timers.nextDueMs ?? Number.POSITIVE_INFINITY;
    const nowMs = this.now();
    const soonestMs = Math.min(Math.max(dueMs, nowMs + STEP_MS), this.#shortDueMs);
    const delayMs = Math.min(Math.max(soonestMs - nowMs, SHORTEST_MS), LONGEST_SLEEP_MS);
    this.#wakesMs = nowMs + delayMs;
    this.#alarm.set(() => this.#wake(), delayMs);
  }
}

function processAlarm(): Alarm {
  let timer: NodeJS.Timeout | undefined;
  return {
    nowMs: () => performance.now(),
    set: (ring, delayMs) => {
      clearTimeout(timer);
      timer = setTimeout(ring, Math.ceil(delayMs));
    },
    clear: () => clearTimeout(timer),
  };
}
