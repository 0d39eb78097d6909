import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { Opcode } from '../../machines/jute/opcode.ts';
import { currentPage, KINDS, PAGE } from '../../ops/compatibility-page.ts';
import { root, textOf } from '../tidy/project-files.ts';

test('the page of compatibility is current', () => {
  assert.equal(readFileSync(PAGE, 'utf8'), currentPage(), 'run "npm run fix"');
});

test('every row is proven by tests that exist, and every difference has its reason', () => {
  for (const { title: kind, rows } of KINDS) {
    for (const { name, state, why, proofs } of rows) {
      assert.ok(proofs.length > 0, `${kind}: ${name} names no test`);
      assert.ok(state === 'supported' || why !== undefined, `${kind}: ${name} has no reason`);
      for (const [file, title] of proofs) {
        assert.ok(existsSync(path.join(root, file)), `${name} names ${file}`);
        assert.ok(textOf(file).includes(title), `${name}: ${file} has no test "${title}"`);
      }
    }
  }
});

test('no row stands twice in its table, and every opcode has one', () => {
  for (const { title, rows } of KINDS) {
    const names = rows.map(({ name }) => name);
    assert.deepEqual(names, [...new Set(names)], title);
  }
  const opcodes = KINDS.find(({ title }) => title === 'Opcodes');
  assert.equal(opcodes?.rows.length, Object.keys(Opcode).length);
});
