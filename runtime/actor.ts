import { type AnyActor, type AnyStateMachine, createActor } from 'xstate';
import type { Effect } from '../machines/effect.ts';
import type { LinkEvent, Tick } from '../machines/zab/event.ts';
import type { HistoryView } from '../machines/zab/history.ts';
import type { LinkMessage, StreamMessage } from '../machines/zab/message.ts';
import type { ReapingOptions } from '../machines/zab/reaper.ts';
import type { ReplicatedState } from '../machines/zab/replicated-state.ts';
import type { Notification } from '../machines/zab/vote.ts';
import type { Clock } from './ports.ts';

/** What an actor may know of its member when it starts. */
export interface MemberEnvironment {
  readonly self: number;
  readonly voters: readonly number[];
  readonly incarnation: number;
  readonly history: HistoryView;
  readonly state: ReplicatedState;
  readonly timing: Timing;
  readonly reaping: ReapingOptions;
  readonly counterLimit: number | undefined;
  readonly batchWorth: number | undefined;
}

/** Times of the protocol, ms. */
export interface Timing {
  readonly heartbeatMs: number;
  readonly silenceMs: number;
  readonly establishMs: number;
  readonly finalizeWaitMs: number;
  readonly announceMinMs: number;
  readonly announceMaxMs: number;
  readonly sessionExpiryIntervalMs: number;
  /** Of looking for a leader, after which whoever only reads is served; `undefined`: nobody is. */
  readonly readOnlyAfterMs?: number | undefined;
}

export interface ActorEvent {
  readonly type: string;
}

/**
 * How messages become an actor's events. Each is offered what comes from outside; `undefined` where it is
 * not for this actor.
 */
export interface Ears {
  vote?(notification: Notification, from: number): ActorEvent | undefined;
  link?(message: LinkMessage, from: number, link: number, wallMs: number): ActorEvent | undefined;
  stream?(
    message: StreamMessage,
    from: number,
    stream: number,
    sequence: number,
  ): ActorEvent | undefined;
  fact?(fact: LinkEvent): ActorEvent | undefined;
  time?(tick: Tick): ActorEvent | undefined;
}

/** An actor: its chart, what it is told at the start, what it hears, and the small picture of it that others may see. */
export interface ActorDefinition {
  /** Other actors of the member speak to it by this name. */
  readonly name: string;
  readonly chart: AnyStateMachine;
  input(environment: MemberEnvironment): unknown;
  /** A few plain fields of the chart's context, for the inspector. */
  view(context: unknown): unknown;
  /** What is told only to somebody who asks for all of it, because it may be long. */
  detail?(context: unknown): unknown;
  readonly ears: Ears;
}

/** One running chart. Every actor is its own root: the roster is the registry (DESIGN §3). */
export class RunningActor<Order = Effect> {
  readonly name: string;
  readonly definition: Pick<ActorDefinition, 'chart' | 'view' | 'detail'>;
  readonly #actor: AnyActor;
  #failure: unknown;
  #hasFailed = false;

  /** @param obey gets the effects of each transition, once its snapshot is committed */
  constructor(
    name: string,
    definition: Pick<ActorDefinition, 'chart' | 'view' | 'detail'>,
    input: unknown,
    clock: Clock,
    obey: (effects: readonly Order[]) => void,
  ) {
    this.name = name;
    this.definition = definition;
    this.#actor = createActor(definition.chart, { input, clock: clockOf(clock) });
    this.#actor.subscribe({
      error: (error) => {
        this.#failure = error;
        this.#hasFailed = true;
      },
    });
    this.#actor.on('orders', (emitted) => {
      if (hasOrders<Order>(emitted) && emitted.effects.length > 0) obey(emitted.effects);
    });
  }

  start(): void {
    this.#actor.start();
    this.#check();
  }

  /** Throws what an action or a guard has thrown: the member stops with it. */
  send(event: ActorEvent): void {
    this.#actor.send(event);
    this.#check();
  }

  stop(): void {
    this.#actor.stop();
  }

  get state(): unknown {
    return this.#actor.getSnapshot().value;
  }

  get status(): string {
    return this.#actor.getSnapshot().status;
  }

  get isDone(): boolean {
    return this.status !== 'active';
  }

  get view(): unknown {
    return this.definition.view(this.#actor.getSnapshot().context);
  }

  get detail(): unknown {
    return this.definition.detail?.(this.#actor.getSnapshot().context);
  }

  #check(): void {
    if (this.#hasFailed) throw this.#failure;
  }
}

/** The chart's own `emitted` type says what the orders are; a chart that is only known by its definition has lost it. */
function hasOrders<Order>(emitted: object): emitted is { readonly effects: readonly Order[] } {
  return 'effects' in emitted && Array.isArray(emitted.effects);
}

/** XState's clock is ours: `after` follows the time that the member lives. */
function clockOf(clock: Clock): {
  setTimeout(fn: (...args: unknown[]) => void, timeout: number): unknown;
  clearTimeout(id: unknown): void;
} {
  return {
    setTimeout: (fn, timeout) => clock.setTimeout(() => fn(), timeout),
    clearTimeout: (id) => {
      if (typeof id === 'number') clock.clearTimeout(id);
    },
  };
}

/** An actor of which every client connection has one; its chart speaks `SessionOrders`. */
export type ConnectionActorDefinition = Pick<ActorDefinition, 'name' | 'chart' | 'view'>;
