import assert from 'node:assert/strict';
import { test } from 'node:test';
import { redialDelayMs } from '../../runtime/bus/backoff.ts';
import { isEnsembleName, MAX_MEMBER_ID, subjectsOf } from '../../runtime/bus/subjects.ts';

test('subjects of an ensemble', () => {
  const subjects = subjectsOf('orders-eu');
  assert.equal(subjects.votes, 'viv.orders-eu.votes');
  assert.equal(subjects.broadcast(1), 'viv.orders-eu.broadcast.1');
  assert.equal(subjects.member(255), 'viv.orders-eu.member.255');
  assert.equal(subjects.inbox(MAX_MEMBER_ID), 'viv.orders-eu.inbox.4294967295');
});

test('a name that is no token of a subject is refused', () => {
  for (const name of ['', 'a.b', 'a b', '*', '>', 'a\n', 'é', 'x'.repeat(65)]) {
    assert.equal(isEnsembleName(name), false);
    assert.throws(() => subjectsOf(name), RangeError);
  }
  for (const name of ['a', 'A_9-z', 'x'.repeat(64)]) assert.equal(isEnsembleName(name), true);
});

test('a member id is a uint32', () => {
  const subjects = subjectsOf('test');
  for (const member of [-1, 1.5, MAX_MEMBER_ID + 1, Number.NaN]) {
    assert.throws(() => subjects.member(member), /uint32/);
  }
});

test('redials start at once and never wait longer than 60 ms', () => {
  assert.equal(redialDelayMs(1, 0), 2.5);
  assert.equal(redialDelayMs(1, 1), 5);
  assert.equal(redialDelayMs(4, 1), 40);
  for (const attempt of [5, 100, 1_000_000]) assert.equal(redialDelayMs(attempt, 1), 60);
});
