import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { play } from './golden/play.ts';
import { headOf, parseScript, renderScript } from './golden/script.ts';

/**
 * What members say to each other, write down and answer, as scripts to be read. After a change that is meant:
 *   GOLDEN=rewrite node --import tsx --test test/zab/golden.test.ts
 * and then read every line that is different.
 */
const folder = new URL('./golden/', import.meta.url);
const isRewriting = process.env.GOLDEN === 'rewrite';

const scripts = readdirSync(folder).filter((name) => name.endsWith('.txt'));

function textOf(script: string): string {
  return readFileSync(new URL(script, folder), 'utf8');
}

for (const name of scripts) {
  test(`golden script ${name}`, () => {
    const text = textOf(name);
    assert.match(headOf(text), /^# .*§\d+/s, 'it begins by saying what it shows, and which rule');
    const played = play(text);
    if (isRewriting) writeFileSync(fileURLToPath(new URL(name, folder)), played);
    else assert.equal(played, text);
  });
}

test('what a script shows comes from the members, not from the script', () => {
  const text = textOf('broadcast-write-by-follower.txt');
  const silent = parseScript(text).map((block) => ({ ...block, output: [] }));
  assert.equal(play(renderScript(silent)), text);
});

test('a script with a word that nobody knows, or without its separator, is no script', () => {
  assert.throws(() => play('ensemble 3\ndance 1\n----\n'), /after "dance 1"/);
  assert.throws(() => play('start 1\n----\n'), /begins with ensemble/);
  assert.throws(() => play('ensemble 3\nstart 1\n\nrun 5\n----\n'), /line 3: ---- is missing/);
});
