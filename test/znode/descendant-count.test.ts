import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DescendantCount } from '../../machines/znode/descendant-count.ts';
import { create, del, Leader, pathsOf, SEED, setData } from './fixture.ts';

/** A leader whose tree changes while it is counted. */
function counting(): { leader: Leader; counts: DescendantCount[] } {
  const counts: DescendantCount[] = [];
  const leader = new Leader({
    nodeCreated: (path) => {
      for (const count of counts) count.created(path);
    },
    nodeDeleted: (path) => {
      for (const count of counts) count.deleted(path);
    },
    dataChanged: () => undefined,
    childrenChanged: () => undefined,
    sessionClosed: () => undefined,
  });
  return { leader, counts };
}

const NAMES = ['a', 'b', 'c'];
const path = fc
  .array(fc.constantFrom(...NAMES), { minLength: 1, maxLength: 4 })
  .map((names) => `/${names.join('/')}`);
const step = fc.oneof(
  path.map((at) => ({ kind: 'create' as const, at })),
  path.map((at) => ({ kind: 'delete' as const, at })),
  fc.nat({ max: 3 }).map((nodes) => ({ kind: 'work' as const, nodes })),
  fc.constant({ kind: 'checkpoint' as const }),
);

test('whatever comes and goes while it counts, it is exact when it is done', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(path, { maxLength: 30 }),
      fc.constantFrom('/', '/a', '/a/b'),
      fc.array(step, { maxLength: 60 }),
      (paths, root, steps) => {
        const { leader, counts } = counting();
        for (const at of ['/a', '/a/b', ...paths]) leader.run(create(at));
        const count = new DescendantCount(leader.tree, root);
        counts.push(count);
        for (const one of steps) {
          if (one.kind === 'create') leader.run(create(one.at));
          else if (one.kind === 'delete') leader.run(del(one.at));
          else if (one.kind === 'checkpoint') leader.checkpoint();
          else count.work(one.nodes);
          if (count.isDone) break;
        }
        count.work(Number.MAX_SAFE_INTEGER);
        assert.ok(count.isDone);
        const below = (each: string) => each.startsWith(root === '/' ? '/' : `${root}/`);
        const all = pathsOf(leader.tree);
        const expected = all.filter((each) => each !== '/' && below(each)).length;
        assert.equal(count.count, all.includes(root) ? expected : undefined);
      },
    ),
    { numRuns: 1500, seed: SEED },
  );
});

test('it looks at no more nodes at a time than it is told to', () => {
  const { leader } = counting();
  leader.create('/a');
  for (let number = 0; number < 50; number++) leader.create(`/a/${number}`);
  leader.run(setData('/a'));
  leader.checkpoint();
  const count = new DescendantCount(leader.tree, '/a');
  const before = leader.reader.reads;
  let turns = 0;
  for (; !count.isDone; turns++) count.work(10);
  assert.equal(turns, 6);
  assert.ok(leader.reader.reads - before <= 50);
  assert.equal(count.count, 50);
});
