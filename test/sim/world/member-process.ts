import type { Note } from '../../../machines/effect.ts';
import { Member, type MemberSettings } from '../../../runtime/member.ts';
import type { BusPort, Clock, TimerId } from '../../../runtime/ports.ts';
import type { Roster } from '../../../runtime/roster.ts';
import type { MemoryStore } from '../../../storage/memory/store.ts';
import type { EventLoop } from './event-loop.ts';
import type { Random } from './random.ts';

export interface ProcessPorts {
  readonly loop: EventLoop;
  readonly random: Random;
  readonly roster: Roster;
  readonly settings: MemberSettings;
  readonly note: (note: Note) => void;
  readonly failed: (error: unknown) => void;
  readonly clock: ProcessClock;
  /** How long it takes until the event loop has read all that waits for it. */
  readonly pollMs: () => number;
  /** Sees the member before it starts. */
  readonly attach: (member: Member) => void;
}

/** How the clocks of a machine differ from true time. */
export interface ProcessClock {
  /** Its ms for one true ms. Holds for a whole life. */
  readonly rate: number;
  /** What somebody has added to the wall clock, ms; may change at any time. */
  wallOffsetMs: number;
}

const WALL_MS = 1_700_000_000_000;

/** One life of a member: from its start to its crash. Nothing of it is called after that. */
export class MemberProcess implements Clock {
  readonly #ports: ProcessPorts;
  #isAlive = true;
  #frozenMs: number | undefined;
  #stalledMs = 0;
  readonly #deferred: (() => void)[] = [];
  readonly #afterCallback: (() => void)[] = [];
  readonly #timers = new Map<TimerId, { dueMs: number; readonly fn: () => void; at: number }>();
  #lastTimer = 0;
  #depth = 0;
  #member: Member | undefined;
  readonly store: MemoryStore;

  constructor(ports: ProcessPorts, store: MemoryStore) {
    this.#ports = ports;
    this.store = store;
  }

  get member(): Member {
    if (this.#member === undefined) throw new Error('the member has not started');
    return this.#member;
  }

  start(bus: BusPort): void {
    const { roster, settings, random, note, failed, loop, pollMs } = this.#ports;
    // What the constructor reads from the disk may be damaged: the process ends with a sentence.
    const orFail = (fn: () => void) => () => {
      try {
        fn();
      } catch (error) {
        failed(error);
      }
    };
    const begin = () => {
      const member = new Member(roster, settings, {
        store: this.store,
        bus,
        clock: this,
        turns: {
          afterCallback: (fn) => this.#afterCallback.push(fn),
          // The rest of a long work waits behind what came meanwhile.
          afterPoll: (fn) => loop.at(loop.nowMs + pollMs(), () => this.inside(fn)),
        },
        stopwatchMs: () => loop.nowMs,
        random: (count) => random.bytes(count),
        note,
        failed,
        fourLetterWord: () => '',
      });
      this.#member = member;
      this.#ports.attach(member);
      member.start();
    };
    this.inside(orFail(begin));
  }

  /** Runs one callback of the member's event loop, and what is due right after it. */
  inside = (fn: () => void): void => {
    if (!this.#isAlive) return;
    if (this.#frozenMs !== undefined) {
      this.#deferred.push(fn);
      return;
    }
    this.#depth += 1;
    fn();
    this.#depth -= 1;
    if (this.#depth > 0) return;
    for (let next = this.#afterCallback.shift(); next !== undefined && this.#isAlive; ) {
      next();
      next = this.#afterCallback.shift();
    }
  };

  get isFrozen(): boolean {
    return this.#frozenMs !== undefined;
  }

  kill(): void {
    this.#isAlive = false;
  }

  /** The process is stopped: it neither reads nor writes, and its own time stands still. */
  freeze(): void {
    this.#frozenMs ??= this.#ports.loop.nowMs;
    for (const timer of this.#timers.values()) this.#ports.loop.cancel(timer.at);
  }

  thaw(): void {
    if (this.#frozenMs === undefined) return;
    this.#stalledMs += this.#ports.loop.nowMs - this.#frozenMs;
    this.#frozenMs = undefined;
    for (const [id, timer] of this.#timers) this.#arm(id, timer);
    for (const fn of this.#deferred.splice(0)) this.inside(fn);
  }

  // --- Clock: time in which the process did not run does not count

  now(): number {
    const { loop, clock } = this.#ports;
    return ((this.#frozenMs ?? loop.nowMs) - this.#stalledMs) * clock.rate;
  }

  wallMs(): number {
    const { loop, clock } = this.#ports;
    return Math.floor(WALL_MS + loop.nowMs * clock.rate + clock.wallOffsetMs);
  }

  setTimeout(fn: () => void, delayMs: number): TimerId {
    this.#lastTimer += 1;
    const timer = { dueMs: this.now() + Math.max(delayMs, 1), fn, at: 0 };
    this.#timers.set(this.#lastTimer, timer);
    this.#arm(this.#lastTimer, timer);
    return this.#lastTimer;
  }

  clearTimeout(id: TimerId): void {
    const timer = this.#timers.get(id);
    if (timer === undefined) return;
    this.#timers.delete(id);
    this.#ports.loop.cancel(timer.at);
  }

  #arm(id: TimerId, timer: { dueMs: number; readonly fn: () => void; at: number }): void {
    const { loop, clock } = this.#ports;
    timer.at = loop.at(timer.dueMs / clock.rate + this.#stalledMs, () => {
      this.#timers.delete(id);
      this.inside(timer.fn);
    });
  }
}
