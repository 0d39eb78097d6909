import { type CrowdOrder, type CrowdReport, monotonicMs } from './crowd-message.ts';
import { type Onlooker, WatchingSession } from './watching-session.ts';

/** Handshakes at a time: more would only fill the members' backlog. */
const HANDSHAKES = 64;
/** Sessions of one client address, each of which has some thirty thousand ports. */
const SESSIONS_PER_ADDRESS = 1000;
const PROBLEMS_TOLD = 10;
/** Each session pings once in so many seconds; every second a part of them. */
const PING_SECONDS = 8;

/** A process full of clients, told what to do by the one that measures. */
class Crowd implements Onlooker {
  #sessions: WatchingSession[] = [];
  #open = 0;
  #problems: string[] = [];
  #problemCount = 0;
  #awaited = 0;
  /** Sessions that were not told of as much as is awaited. */
  #untold = 0;
  #unanswered = 0;
  #pingsDue = 0;
  #isClosing = false;
  #toldMs = 0;
  #answeredMs = 0;
  #connectNext: () => void = () => undefined;
  /** What is said when what was ordered last is done; `undefined` until it is. */
  #outcome: () => CrowdReport | undefined = () => undefined;

  obey(order: CrowdOrder): void {
    switch (order.order) {
      case 'connect':
        this.#connect(order);
        break;
      case 'arm':
        for (const session of this.#sessions) session.arm(order.variant, order.watches);
        this.#outcome = () =>
          this.#unanswered === 0 ? { done: 'arm', atMs: monotonicMs() } : undefined;
        break;
      case 'await':
        this.#await(order.events);
        break;
      case 'judge':
        // Whatever is on its way to a session reaches it before the answer to its ping.
        for (const session of this.#sessions) this.#ping(session);
        this.#outcome = () => (this.#pingsDue === 0 ? this.#judged(order.zxids) : undefined);
        break;
      case 'close':
        this.#isClosing = true;
        for (const session of this.#sessions) session.close();
        this.#outcome = () =>
          this.#open === 0 ? { done: 'close', atMs: monotonicMs() } : undefined;
    }
    this.#check();
  }

  /** Goes on until the process ends. */
  keepAlive(): void {
    let second = 0;
    setInterval(() => {
      second += 1;
      for (let at = second % PING_SECONDS; at < this.#open; at += PING_SECONDS) {
        const session = this.#sessions[at];
        if (session !== undefined) this.#ping(session);
      }
    }, 1000).unref();
  }

  connected(): void {
    this.#open += 1;
    this.#connectNext();
    this.#check();
  }

  told(session: WatchingSession): void {
    this.#toldMs = monotonicMs();
    if (session.told.length === this.#awaited) this.#untold -= 1;
    this.#check();
  }

  asked(): void {
    this.#unanswered += 1;
  }

  answered(): void {
    this.#unanswered -= 1;
    if (this.#unanswered > 0) return;
    this.#answeredMs = monotonicMs();
    this.#check();
  }

  ponged(): void {
    this.#pingsDue -= 1;
    this.#check();
  }

  closed(): void {
    this.#open -= 1;
    // Nobody would ever be told what such a session should have been told.
    if (!this.#isClosing) tell({ done: 'failed', problem: this.#problems.join('; ') });
    this.#check();
  }

  problem(text: string): void {
    this.#problemCount += 1;
    if (this.#problems.length < PROBLEMS_TOLD) this.#problems.push(text);
  }

  #connect(order: Extract<CrowdOrder, { order: 'connect' }>): void {
    const { members, first, sessions, timeoutMs } = order;
    this.#connectNext = () => {
      while (this.#sessions.length < sessions && this.#sessions.length - this.#open < HANDSHAKES) {
        const number = first + this.#sessions.length;
        const address = members[number % members.length];
        if (address === undefined) throw new RangeError('no members');
        const local = `127.0.0.${2 + (Math.floor(number / SESSIONS_PER_ADDRESS) % 250)}`;
        this.#sessions.push(new WatchingSession(number, address, local, timeoutMs, this));
      }
    };
    this.#connectNext();
    this.#outcome = () =>
      this.#open === sessions ? { done: 'connect', atMs: monotonicMs() } : undefined;
  }

  #await(events: number): void {
    this.#awaited = events;
    this.#untold = this.#sessions.filter(({ told }) => told.length < events).length;
    this.#outcome = () => {
      if (this.#untold > 0 || this.#unanswered > 0) return undefined;
      const armedAtMs = Math.max(this.#toldMs, this.#answeredMs);
      return { done: 'await', atMs: this.#toldMs, armedAtMs };
    };
  }

  #ping(session: WatchingSession): void {
    this.#pingsDue += 1;
    session.ping();
  }

  #judged(zxids: readonly number[]): CrowdReport {
    let events = 0;
    for (const { number, told } of this.#sessions) {
      events += told.length;
      const wrong = zxids.findIndex((zxid, at) => told[at] !== zxid);
      if (wrong >= 0) {
        this.problem(
          `session ${number}: event ${wrong + 1} is ${told[wrong]}, not ${zxids[wrong]}`,
        );
      } else if (told.length > zxids.length) {
        this.problem(`session ${number}: ${told.length} events of ${zxids.length} changes`);
      }
    }
    const problems = this.#problems;
    return { done: 'judge', events, problems, problemCount: this.#problemCount };
  }

  #check(): void {
    const report = this.#outcome();
    if (report === undefined) return;
    this.#outcome = () => undefined;
    tell(report);
  }
}

/** Nobody may be there any more to be told: then this process ends, and has nothing to say of it. */
function tell(report: CrowdReport): void {
  process.send?.(report, undefined, undefined, () => undefined);
}

function isOrder(value: unknown): value is CrowdOrder {
  return typeof value === 'object' && value !== null && 'order' in value;
}

const crowd = new Crowd();
crowd.keepAlive();
process.on('message', (message) => {
  if (isOrder(message)) crowd.obey(message);
});
process.on('disconnect', () => process.exit(0));
