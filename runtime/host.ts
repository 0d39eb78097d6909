import type { Effect } from '../machines/effect.ts';
import type { ActorEvent, RunningActor } from './actor.ts';

/** One step of one actor, for whoever inspects. */
export interface Observation {
  readonly actor: string;
  readonly event: ActorEvent;
  readonly state: unknown;
}

/** How the host shares the event loop (DESIGN §3). */
export interface Turns {
  /** When the current callback of the event loop has ended. */
  afterCallback(fn: () => void): void;
  /** When everything that is ready now has been read: gathers what many sockets bring into one batch. */
  afterPoll(fn: () => void): void;
}

/**
 * Runs the actors of a member: one event at a time, in the order they came, and the effects of each before
 * the next. Whatever throws ends it all: a member that cannot trust itself stops.
 */
export class Host {
  readonly #actors = new Map<string, RunningActor>();
  readonly #perform: (effect: Effect) => void;
  readonly #fail: (error: unknown) => void;
  readonly #turns: Turns;
  readonly #endTurn: () => void;
  #mailbox: { readonly to: string; readonly event: ActorEvent }[] = [];
  #effects: Effect[] = [];
  #isRunning = false;
  #isStopped = false;
  #turnEnds = false;
  /** Set only while someone looks: nobody looking costs nothing (DESIGN §9). */
  observe: ((observation: Observation) => void) | undefined;

  /**
   * @param perform carries out one effect
   * @param endTurn sends what the turn has gathered
   */
  constructor(
    turns: Turns,
    perform: (effect: Effect) => void,
    endTurn: () => void,
    fail: (error: unknown) => void,
  ) {
    this.#turns = turns;
    this.#perform = perform;
    this.#endTurn = endTurn;
    this.#fail = fail;
  }

  get actors(): ReadonlyMap<string, RunningActor> {
    return this.#actors;
  }

  add(actor: RunningActor): void {
    this.#actors.set(actor.name, actor);
    this.guard(() => actor.start());
  }

  /** What an actor has emitted: performed when its event is done. */
  obey(effects: readonly Effect[]): void {
    for (const effect of effects) this.#effects.push(effect);
    if (!this.#isRunning) this.guard(() => this.#run());
  }

  deliver<Event extends ActorEvent>(to: string, event: Event): void {
    if (this.#isStopped) return;
    this.#mailbox.push({ to, event });
    if (!this.#isRunning) this.guard(() => this.#run());
  }

  /** Runs something of the member's that may find an invariant broken. */
  guard(fn: () => void): void {
    if (this.#isStopped) return;
    try {
      fn();
    } catch (error) {
      this.stop();
      this.#fail(error);
    }
  }

  /** What this turn has gathered leaves at its end. */
  turnHasOutput(): void {
    if (this.#turnEnds) return;
    this.#turnEnds = true;
    this.#turns.afterCallback(() => {
      this.#turnEnds = false;
      this.guard(this.#endTurn);
    });
  }

  stop(): void {
    this.#isStopped = true;
    this.#mailbox = [];
    this.#effects = [];
    for (const actor of this.#actors.values()) actor.stop();
  }

  #run(): void {
    this.#isRunning = true;
    try {
      this.#performAll();
      for (let at = 0; at < this.#mailbox.length; at++) {
        const letter = this.#mailbox[at];
        if (letter === undefined) break;
        this.#step(letter.to, letter.event);
      }
      this.#mailbox.length = 0;
    } finally {
      this.#isRunning = false;
    }
    this.turnHasOutput();
  }

  #step(to: string, event: ActorEvent): void {
    const actor = this.#actors.get(to);
    if (actor === undefined) throw new Error(`there is no actor ${to} to tell ${event.type}`);
    actor.send(event);
    this.observe?.({ actor: to, event, state: actor.state });
    this.#performAll();
  }

  #performAll(): void {
    while (this.#effects.length > 0) {
      const effects = this.#effects;
      this.#effects = [];
      for (const effect of effects) this.#perform(effect);
    }
  }
}
