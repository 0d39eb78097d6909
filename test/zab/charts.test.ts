import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AnyStateNode } from 'xstate';
import { ancestorsOf, branchesOf, leavesOf } from '../../ops/chart-walk.ts';
import { loadRoster } from '../../runtime/roster.ts';
import { pathOf } from './graph-walk.ts';

/** The charts as they are drawn, whatever their data. What they do when they run is in graph.test.ts. */

const { actors, connectionActors } = await loadRoster();
const charts = new Map(
  [...actors, ...connectionActors.values()].map(({ name, chart }) => [name, chart]),
);

for (const [name, chart] of charts) {
  test(`every state of the ${name} can be left, but for the final ones`, () => {
    const isDeadEnd = (leaf: AnyStateNode) =>
      leaf.type !== 'final' &&
      [leaf, ...ancestorsOf(leaf)]
        .flatMap(branchesOf)
        .every(({ target }) => target === undefined || target === leaf);
    assert.deepEqual(leavesOf(chart.root).filter(isDeadEnd).map(pathOf), []);
  });
}

/** Whether the event is answered there whatever the guards say. */
function expects(leaf: AnyStateNode, event: string): boolean {
  return [leaf, ...ancestorsOf(leaf)]
    .flatMap(branchesOf)
    .some(({ kind, on, guard }) => kind === 'event' && on === event && guard === undefined);
}

/**
 * Every event in every state but these is expected. They cannot come: each is the answer to an order of
 * another state, or comes from a part of the member that knows the state.
 */
const IMPOSSIBLE: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  follower: {
    'following.*': 'FOLLOW',
  },
  leader: {
    'leading.*': 'LEAD',
  },
  logger: {
    idle: 'FLUSHED',
    // The log was drained before the member looked, and each of these waits for the report of the one before.
    flushing: 'ADOPT SAVE_EPOCHS',
  },
  elector: {
    'looking.*': 'LOOK',
    // A member says UNSETTLED first.
    settled: 'LOOK',
  },
  member: {
    stopped: 'DRAINED ELECTED ESTABLISHED LOST',
    'looking.settling': 'START ELECTED ESTABLISHED',
    'looking.electing': 'START DRAINED ESTABLISHED',
    'looking.readOnly': 'START DRAINED ESTABLISHED',
    'following.joining': 'START DRAINED ELECTED',
    'following.serving': 'START DRAINED ELECTED ESTABLISHED',
    'leading.establishing': 'START DRAINED ELECTED',
    'leading.serving': 'START DRAINED ELECTED ESTABLISHED',
  },
  session: {
    greeting: 'CREATED REVALIDATED CLOSED',
    // A handshake that waits is not looked at before the member serves: some guard of SERVING holds then.
    waiting: 'CONNECT SERVING CREATED REVALIDATED CLOSED',
    creating: 'CONNECT REVALIDATED CLOSED',
    reviving: 'CONNECT CREATED CLOSED',
    open: 'CONNECT CREATED REVALIDATED',
    readOnly: 'CONNECT CREATED REVALIDATED',
  },
};

for (const [name, chart] of charts) {
  test(`no event that can come to the ${name} is a surprise, which would stop the member`, () => {
    const leaves = leavesOf(chart.root).filter(({ type }) => type !== 'final');
    const events = [chart.root, ...leaves.flatMap((leaf) => [leaf, ...ancestorsOf(leaf)])]
      .flatMap(branchesOf)
      .filter(({ kind, on }) => kind === 'event' && on !== '*')
      .map(({ on }) => on);
    const surprises = leaves.flatMap((leaf) =>
      [...new Set(events)]
        .filter((event) => !expects(leaf, event))
        .map((event) => `${pathOf(leaf)} ${event}`),
    );
    const impossible = Object.entries(IMPOSSIBLE[name] ?? {}).flatMap(([pattern, named]) =>
      leaves
        .map(pathOf)
        .filter(
          (path) =>
            path === pattern || (pattern.endsWith('.*') && path.startsWith(pattern.slice(0, -1))),
        )
        .flatMap((path) => named.split(' ').map((event) => `${path} ${event}`)),
    );
    assert.deepEqual(surprises.sort(), impossible.sort());
  });
}
