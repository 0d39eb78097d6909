import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseWhitelist } from '../../runtime/wire/four-letter-word.ts';
import { fourLetterAnswer } from '../../runtime/word/answer.ts';
import { FOLLOWER, LEADER, sourceOf } from './fixture.ts';
import { deviation, SHAPES } from './shapes.ts';

const ALL = parseWhitelist('*');

test('every word has a shape, and every shape a word', () => {
  assert.deepEqual([...ALL].sort(), Object.keys(SHAPES).sort());
});

for (const [name, status] of [
  ['a leader', LEADER],
  ['a follower', FOLLOWER],
] as const) {
  test(`every answer of ${name} has the lines that ZooKeeper's has`, () => {
    for (const word of ALL) {
      assert.equal(deviation(word, fourLetterAnswer(word, ALL, sourceOf(status))), undefined);
    }
  });
}

test('a shape refuses what ZooKeeper does not say', () => {
  const srvr = fourLetterAnswer('srvr', ALL, sourceOf(LEADER));
  assert.match(deviation('srvr', srvr.replace('Mode: leader', 'Mode: king')) ?? '', /Mode: king/);
  assert.match(deviation('srvr', `${srvr}more\n`) ?? '', /"more"/);
  assert.match(deviation('srvr', srvr.trimEnd()) ?? '', /without a newline/);
  assert.match(deviation('dirs', 'datadir_size: 1\n') ?? '', /line 2 is undefined/);
});
