import type { AnyStateNode } from 'xstate';

/** A way out of a state, or an answer given in it, as the chart defines it. */
export interface Branch {
  readonly kind: 'event' | 'always' | 'after';
  /** Name of the event, or of the delay; empty for `always`. */
  readonly on: string;
  readonly guard: string | undefined;
  /** Undefined where the state is not left. */
  readonly target: AnyStateNode | undefined;
  /** Whether it does anything: a branch without target and actions ignores its event. */
  readonly acts: boolean;
}

const TIMER_EVENT = 'xstate.';

export function childrenOf(node: AnyStateNode): AnyStateNode[] {
  return Object.values(node.states);
}

/** The state and all inside it, in the order of the definition. */
export function nodesOf(root: AnyStateNode): AnyStateNode[] {
  return [root, ...childrenOf(root).flatMap(nodesOf)];
}

/** The states without states inside: a chart is always in one of them. */
export function leavesOf(root: AnyStateNode): AnyStateNode[] {
  return nodesOf(root).filter((node) => childrenOf(node).length === 0);
}

/** From the innermost to the root. */
export function ancestorsOf(node: AnyStateNode): AnyStateNode[] {
  return node.parent === undefined ? [] : [node.parent, ...ancestorsOf(node.parent)];
}

/** A state and those inside it that are entered with it. */
export function entered(node: AnyStateNode): AnyStateNode[] {
  if (childrenOf(node).length === 0) return [node];
  return [node, ...(node.initial.target ?? []).flatMap(entered)];
}

/** In the order in which they are tried: `always` after every event, the others on theirs. */
export function branchesOf(node: AnyStateNode): Branch[] {
  const branches: Branch[] = [];
  for (const [event, transitions] of node.transitions) {
    if (event.startsWith(TIMER_EVENT)) continue;
    for (const transition of transitions) branches.push(branchOf('event', event, transition));
  }
  for (const transition of node.always ?? []) branches.push(branchOf('always', '', transition));
  for (const transition of node.after) {
    branches.push(branchOf('after', String(transition.delay), transition));
  }
  return branches;
}

/** Actions of a state itself; XState adds its own where the state has a timer. */
export function hasOwnActions(actions: AnyStateNode['entry']): boolean {
  return actions.some((action) => {
    const type = typeof action === 'string' ? action : Reflect.get(action, 'type');
    return type !== 'xstate.raise' && type !== 'xstate.cancel';
  });
}

function branchOf(
  kind: Branch['kind'],
  on: string,
  {
    guard,
    target = [],
    actions,
  }: {
    readonly guard?: unknown;
    readonly target: readonly AnyStateNode[] | undefined;
    readonly actions: readonly unknown[];
  },
): Branch {
  if (guard !== undefined && typeof guard !== 'string') {
    throw new Error(`a guard of ${on} has no name: it cannot be drawn`);
  }
  if (target.length > 1) throw new Error(`${on} has several targets: they cannot be drawn`);
  return { kind, on, guard, target: target[0], acts: actions.length > 0 };
}
