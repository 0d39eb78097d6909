import { type AnyActor, type AnyStateMachine, type AnyStateNode, createActor } from 'xstate';
import { InvariantViolation } from '../../machines/invariant.ts';
import { childrenOf, nodesOf } from '../../ops/chart-walk.ts';
import { EventLoop } from '../sim/world/event-loop.ts';

/** What a move comes to: an event, or so many ms that pass; `undefined` where it cannot be made now. */
export type Happening<Event> = Event | number | undefined;

/** A chart, and the world around it as far as it matters to the chart. */
export interface Scene<Event, Order extends { readonly type: string }> {
  readonly chart: AnyStateMachine;
  readonly input: unknown;
  /** What may happen next, by name. Making a move may change the world: what is on the disk, say. */
  readonly moves: Readonly<Record<string, () => Happening<Event>>>;
  /** The chart's orders change the world, too. */
  obey?(order: Order): void;
  /** What besides the state decides what happens next. */
  key(context: unknown): unknown;
}

interface Orders<Order> {
  readonly effects: readonly Order[];
}

/** One run of a chart through its scene. */
export class Walk<
  Event extends { readonly type: string },
  Order extends { readonly type: string },
> {
  readonly scene: Scene<Event, Order>;
  /** Branches taken, as `branchNames` calls them. */
  readonly taken = new Set<string>();
  /** Names of the events that have come. */
  readonly sent = new Set<string>();
  /** Orders of the last move. */
  orders: Order[] = [];
  readonly #actor: AnyActor;
  readonly #loop = new EventLoop();
  #failure: unknown;

  constructor(scene: Scene<Event, Order>, names: ReadonlyMap<object, string>) {
    this.scene = scene;
    this.#actor = createActor(scene.chart, {
      input: scene.input,
      clock: {
        setTimeout: (fn, delayMs) => this.#loop.at(this.#loop.nowMs + delayMs, () => fn()),
        clearTimeout: (id) => this.#loop.cancel(id),
      },
      inspect: (inspected) => {
        if (inspected.type !== '@xstate.microstep') return;
        for (const transition of inspected._transitions) {
          const name = names.get(transition);
          if (name !== undefined) this.taken.add(name);
        }
      },
    });
    this.#actor.subscribe({
      error: (error) => {
        this.#failure = error;
      },
    });
    this.#actor.on('orders', (emitted) => {
      if (!hasOrders<Order>(emitted)) return;
      this.orders.push(...emitted.effects);
      for (const order of emitted.effects) scene.obey?.(order);
    });
    this.#actor.start();
  }

  /** `false` where the move cannot be made, or its event stops the chart. */
  make(move: string): boolean {
    const happening = this.scene.moves[move]?.();
    if (happening === undefined || !this.isActive) return false;
    this.orders = [];
    if (typeof happening === 'number') this.#loop.run(happening);
    else {
      this.sent.add(happening.type);
      this.#actor.send(happening);
    }
    if (this.#failure !== undefined && !(this.#failure instanceof InvariantViolation)) {
      throw this.#failure;
    }
    return this.#failure === undefined;
  }

  get isActive(): boolean {
    return this.#actor.getSnapshot().status === 'active';
  }

  /** The innermost state, by its path. */
  get state(): string {
    const nodes: readonly AnyStateNode[] = this.#actor.getSnapshot()._nodes;
    return nodes
      .filter((node) => childrenOf(node).length === 0)
      .map(pathOf)
      .join();
  }

  get key(): string {
    return JSON.stringify([this.state, this.scene.key(this.#actor.getSnapshot().context)]);
  }
}

export interface Exploration {
  /** The shortest way to each configuration: a state, and what of the data decides what comes next. */
  readonly ways: readonly { readonly moves: readonly string[]; readonly state: string }[];
  readonly states: ReadonlySet<string>;
  readonly taken: ReadonlySet<string>;
  readonly sent: ReadonlySet<string>;
}

/** Everything that can happen to a chart in its scene, one move after the other, in breadth. */
export function explore<
  Event extends { readonly type: string },
  Order extends { readonly type: string },
>(create: () => Scene<Event, Order>, depth: number): Exploration {
  const names = branchNames(create().chart);
  const start = new Walk(create(), names);
  const known = new Set([start.key]);
  const ways = [{ moves: [] as string[], state: start.state }];
  const states = new Set([start.state]);
  const taken = new Set<string>();
  const sent = new Set<string>();
  for (const way of ways) {
    for (const move of Object.keys(create().moves)) {
      const walk = walkTo(create(), names, way.moves);
      const goesOn = walk.make(move);
      for (const branch of walk.taken) taken.add(branch);
      for (const event of walk.sent) sent.add(event);
      if (!goesOn || known.has(walk.key)) continue;
      known.add(walk.key);
      states.add(walk.state);
      if (way.moves.length < depth) ways.push({ moves: [...way.moves, move], state: walk.state });
    }
  }
  return { ways, states, taken, sent };
}

export function walkTo<
  Event extends { readonly type: string },
  Order extends { readonly type: string },
>(
  scene: Scene<Event, Order>,
  names: ReadonlyMap<object, string>,
  moves: readonly string[],
): Walk<Event, Order> {
  const walk = new Walk(scene, names);
  for (const move of moves) walk.make(move);
  return walk;
}

/** Every branch of a chart under the name that a person would look for, but for the answer to unknown events. */
export function branchNames(chart: AnyStateMachine): Map<object, string> {
  const names = new Map<object, string>();
  for (const node of nodesOf(chart.root)) {
    for (const [event, transitions] of node.transitions) {
      if (event === '*') continue;
      transitions.forEach((transition, at) => {
        names.set(transition, `${pathOf(node)}: ${event} ${transition.guard ?? `(${at})`}`);
      });
    }
    for (const always of node.always ?? []) names.set(always, `${pathOf(node)}: ${always.guard}`);
  }
  return names;
}

export function pathOf(node: AnyStateNode): string {
  return node.path.join('.');
}

function hasOrders<Order>(emitted: object): emitted is Orders<Order> {
  return 'effects' in emitted && Array.isArray(emitted.effects);
}
