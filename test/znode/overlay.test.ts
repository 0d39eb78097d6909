import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OPEN_ACL } from '../../machines/znode/acl.ts';
import { Overlay } from '../../machines/znode/overlay.ts';
import type { Znode } from '../../machines/znode/znode.ts';
import { initialNode } from '../../machines/znode/znode-change.ts';

const BASE = 100;

function node(czxid: number): Znode {
  return { ...initialNode(OPEN_ACL, 0, 0), czxid };
}

/** Counts what is done to it. */
class CountedSet extends Set<string> {
  changes = 0;

  override add(value: string): this {
    this.changes++;
    return super.add(value);
  }

  override delete(value: string): boolean {
    this.changes++;
    return super.delete(value);
  }
}

test('a child that comes and goes a thousand times is looked at once', () => {
  const overlay = new Overlay(BASE);
  overlay.remove('/p/stored', '/p', node(BASE));
  for (let at = 1; at <= 1000; at++) {
    overlay.insert('/p/new', '/p', node(BASE + at));
    overlay.remove('/p/new', '/p', node(BASE + at));
    overlay.insert('/p/stored', '/p', node(BASE + at));
    overlay.remove('/p/stored', '/p', node(BASE + at));
  }
  const names = new CountedSet();
  names.add('stored');
  names.changes = 0;
  overlay.correct('/p', names);
  assert.deepEqual([...names], []);
  assert.equal(names.changes, 2);
});

test('a child that was changed before it was deleted is known to have gone', () => {
  const overlay = new Overlay(BASE);
  overlay.put('/p/c', node(BASE));
  overlay.remove('/p/c', '/p', node(BASE));
  const names = new Set(['c', 'd']);
  overlay.correct('/p', names);
  overlay.correct('/other', names);
  assert.deepEqual([...names], ['d']);
});
