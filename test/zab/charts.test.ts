import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AnyStateMachine, AnyStateNode } from 'xstate';
import { sessionMachine } from '../../machines/session/session.ts';
import { electorMachine } from '../../machines/zab/elector.ts';
import { followerMachine } from '../../machines/zab/follower.ts';
import { leaderMachine } from '../../machines/zab/leader.ts';
import { loggerMachine } from '../../machines/zab/logger.ts';
import { memberMachine } from '../../machines/zab/member.ts';

/**
 * The charts as they are drawn. Their guards look at data, which a walk over states cannot make up, so every
 * guard is taken to hold: this finds states that no data could reach, or leave.
 */
const CHARTS: readonly AnyStateMachine[] = [
  memberMachine,
  electorMachine,
  leaderMachine,
  followerMachine,
  loggerMachine,
  sessionMachine,
];

function childrenOf(node: AnyStateNode): AnyStateNode[] {
  return Object.values(node.states);
}

function nodesOf(root: AnyStateNode): AnyStateNode[] {
  return [root, ...childrenOf(root).flatMap(nodesOf)];
}

/** A state and those inside it that are entered with it. */
function entered(node: AnyStateNode): AnyStateNode[] {
  if (childrenOf(node).length === 0) return [node];
  return [node, ...(node.initial.target ?? []).flatMap(entered)];
}

function ancestorsOf(node: AnyStateNode): AnyStateNode[] {
  return node.parent === undefined ? [] : [node.parent, ...ancestorsOf(node.parent)];
}

/** Where the transitions of a state lead, on one event or on any. */
function targetsOf(node: AnyStateNode, event?: string): AnyStateNode[] {
  const transitions =
    event === undefined
      ? [...[...node.transitions.values()].flat(), ...(node.always ?? [])]
      : (node.transitions.get(event) ?? []);
  return transitions.flatMap(({ target }) => target ?? []);
}

/** The same for a state and those around it: the innermost that knows the event has the word. */
function targetsOn(node: AnyStateNode, event: string): AnyStateNode[] {
  const knows = [node, ...ancestorsOf(node)].find(({ transitions }) => transitions.has(event));
  return knows === undefined ? [] : targetsOf(knows, event);
}

function ids(nodes: readonly AnyStateNode[]): string[] {
  return nodes.map(({ id }) => id);
}

for (const chart of CHARTS) {
  const nodes = nodesOf(chart.root);

  test(`every state of the ${chart.id} can be reached`, () => {
    const reached = new Set<AnyStateNode>();
    const waiting = entered(chart.root);
    for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
      if (reached.has(node)) continue;
      reached.add(node);
      for (const target of targetsOf(node)) {
        waiting.push(...entered(target), ...ancestorsOf(target));
      }
    }
    assert.deepEqual(ids(nodes.filter((node) => !reached.has(node))), []);
  });

  test(`every state of the ${chart.id} can be left, but for the final ones`, () => {
    const isDeadEnd = (node: AnyStateNode) =>
      childrenOf(node).length === 0 &&
      node.type !== 'final' &&
      [node, ...ancestorsOf(node)].flatMap((one) => targetsOf(one)).every((to) => to === node);
    assert.deepEqual(ids(nodes.filter(isDeadEnd)), []);
  });
}

for (const [chart, busy] of [
  [followerMachine, 'follower.following'],
  [leaderMachine, 'leader.leading'],
] as const) {
  for (const event of ['LINK_DOWN', 'ABANDON', 'TICK']) {
    test(`from every state of the ${chart.id} ${event} may lead back to idle`, () => {
      const leaves = nodesOf(chart.root).filter(
        (node) => node.id.startsWith(`${busy}.`) && childrenOf(node).length === 0,
      );
      assert.ok(leaves.length >= 6);
      for (const leaf of leaves) {
        assert.ok(ids(targetsOn(leaf, event)).includes(`${chart.id}.idle`), leaf.id);
      }
    });
  }
}

/** What only the member's own chart orders, and reports that nobody asked for. */
const NEVER = new Map([
  ['leader', 'LEAD'],
  ['follower', 'FOLLOW'],
  ['logger', 'FLUSHED'],
]);

/** Whether the event is answered there whatever the guards say. */
function expects(leaf: AnyStateNode, event: string): boolean {
  return [leaf, ...ancestorsOf(leaf)].some((node) =>
    node.transitions.get(event)?.some(({ guard }) => guard === undefined),
  );
}

for (const chart of [leaderMachine, followerMachine, loggerMachine, electorMachine]) {
  test(`no event in no state is a surprise for the ${chart.id}, which would stop the member`, () => {
    const nodes = nodesOf(chart.root);
    const events = new Set(nodes.flatMap((node) => [...node.transitions.keys()]));
    const surprises = nodes
      .filter((node) => childrenOf(node).length === 0)
      .flatMap((leaf) =>
        [...events]
          .filter((event) => event !== '*' && !event.startsWith('xstate.'))
          .filter((event) => event !== NEVER.get(chart.id) && !expects(leaf, event))
          .map((event) => `${leaf.id} ${event}`),
      );
    assert.deepEqual(surprises, []);
  });
}
