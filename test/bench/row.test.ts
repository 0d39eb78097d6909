import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { bySetting } from './rounds.ts';
import { resized } from './row-size.ts';
import { allRows, chooseRows } from './rows/all-rows.ts';

describe('the rows of the bench', () => {
  test('have names that --rows can tell apart', () => {
    const names = allRows.map(({ name }) => name);
    assert.equal(new Set(names).size, names.length);
    assert.deepEqual(
      names.filter((name) => name.includes(',')),
      [],
    );
  });

  test('are all measured on Vivarium, and on whomever a target holds it against', () => {
    for (const { name, peers, targets } of allRows) {
      assert.equal(peers[0], 'vivarium', name);
      for (const { against } of targets) {
        assert.ok(against === 'itself' || peers.includes(against), `${name}: ${against}`);
      }
    }
  });

  test('are chosen by a part of their name, within a group', () => {
    assert.deepEqual(
      chooseRows('compare', ['RESTART', 'watch one']).map(({ name }) => name),
      ['restart with a million nodes', '10000 sessions watch one node'],
    );
    const one = chooseRows('compare', ['set 100 B 32x32']).map(({ name }) => name);
    assert.deepEqual(one, ['set 100 B 32x32'], 'not the observers, whose row has this in its name');
    assert.ok(chooseRows('scale', []).length > 10);
    assert.deepEqual(chooseRows('scale', ['restart']), []);
  });

  test('that fill a tree come before those that read it, on the same members', () => {
    const groups = bySetting(chooseRows('compare', []));
    const tree = groups.find((rows) => rows.some(({ work }) => work.kind === 'restart'));
    assert.deepEqual(
      tree?.map(({ work }) => work.kind),
      ['fill', 'load', 'memory', 'restart'],
    );
  });

  test('that start their own members share them with nobody', () => {
    for (const rows of bySetting(allRows)) {
      if (rows[0]?.setting.lasts === 'row') assert.equal(rows.length, 1);
    }
  });

  test('become smaller to be tried, down to what still shows something', () => {
    const nodes = chooseRows('compare', ['restart']).map((row) => resized(row, 0.1).setting.nodes);
    assert.deepEqual(nodes, [100_000]);
    const [watches] = chooseRows('compare', ['watch one']).map((row) => resized(row, 0.001).work);
    assert.deepEqual(watches, { kind: 'watches', sessions: 100, changes: 20 });
    const [load] = chooseRows('compare', ['set 1 KB']);
    assert.ok(load);
    assert.deepEqual(resized(load, 0.01), load);
  });
});
