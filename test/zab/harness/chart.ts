import type { AnyStateMachine } from 'xstate';
import type { Effect } from '../../../machines/effect.ts';
import { RunningActor } from '../../../runtime/actor.ts';
import type { Clock, TimerId } from '../../../runtime/ports.ts';
import { EventLoop } from '../../sim/world/event-loop.ts';

/** One chart alone: events go in, the effects of each come out. Its timers run when the test says so. */
export class Chart<
  Event extends { readonly type: string },
  Order extends { readonly type: string } = Effect,
> {
  readonly #actor: RunningActor<Order>;
  readonly #loop = new EventLoop();
  #effects: Order[] = [];

  constructor(chart: AnyStateMachine, input: unknown) {
    const clock: Clock = {
      now: () => this.#loop.nowMs,
      wallMs: () => this.#loop.nowMs,
      setTimeout: (fn, delayMs): TimerId => this.#loop.at(this.#loop.nowMs + delayMs, fn),
      clearTimeout: (id) => this.#loop.cancel(id),
    };
    const definition = { chart, view: () => undefined };
    this.#actor = new RunningActor('chart', definition, input, clock, (effects) => {
      this.#effects.push(...effects);
    });
    this.#actor.start();
  }

  get state(): unknown {
    return this.#actor.state;
  }

  /** Effects of the events, in order; notes are left out. */
  send(...events: readonly Event[]): Order[] {
    for (const event of events) this.#actor.send(event);
    return this.#take();
  }

  /** Effects of the timers that are due within that time. */
  pass(forMs: number): Order[] {
    this.#loop.run(forMs);
    return this.#take();
  }

  #take(): Order[] {
    const effects = this.#effects;
    this.#effects = [];
    return effects.filter(({ type }) => type !== 'note');
  }
}

/** What goes out to another member, or to all of them, in short. */
export function messages(effects: readonly Effect[]): string[] {
  return effects.flatMap((effect) =>
    effect.type === 'send' || effect.type === 'publish' ? [effect.message.type] : [],
  );
}

export function types(effects: readonly Effect[]): string[] {
  return effects.map((effect) => (effect.type === 'tell' ? effect.event.type : effect.type));
}
