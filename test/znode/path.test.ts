import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  canonicalPath,
  childOf,
  hasParent,
  isSpecialPath,
  nameOf,
  parentOf,
  validatePath,
} from '../../machines/znode/path.ts';

test('valid paths', () => {
  for (const path of [
    '/',
    '/a',
    '/a/b',
    '/...',
    '/.a',
    '/a.',
    '/..a/b..',
    '/a b',
    '/é/漢',
    '/~',
    '/\u00a0',
    '/\ud7ff',
    '/\uf900',
    '/\uffef',
    `/${'x'.repeat(100_000)}`,
  ]) {
    assert.ok(validatePath(path), JSON.stringify(path.slice(0, 20)));
  }
});

test('invalid paths', () => {
  for (const path of [
    '',
    'a',
    'a/b',
    '//',
    '//a',
    '/a/',
    '/a//b',
    '/.',
    '/..',
    '/./',
    '/a/./b',
    '/a/../b',
    '/a/.',
    '/a/..',
    '/\0',
    '/a\0b',
    '/\u0001',
    '/\u001f',
    '/\u007f',
    '/\u009f',
    '/\ud800',
    '/😀',
    '/\ue000',
    '/\uf8ff',
    '/\ufff0',
    '/\uffff',
  ]) {
    assert.ok(!validatePath(path), JSON.stringify(path));
  }
});

test('parents, names and the alias of the root', () => {
  assert.equal(parentOf('/a/b'), '/a');
  assert.equal(parentOf('/a'), '/');
  assert.equal(parentOf('/'), '/');
  assert.equal(parentOf('/a/'), '/a');
  assert.equal(parentOf('/a//b'), '/a/');
  assert.equal(nameOf('/a/b'), 'b');
  assert.equal(nameOf('/a'), 'a');
  assert.equal(childOf('/', 'a'), '/a');
  assert.equal(childOf('/a', 'b'), '/a/b');
  assert.equal(canonicalPath(''), '/');
  assert.equal(canonicalPath('/a/'), '/a/');
  assert.ok(!hasParent('a'));
  assert.ok(!hasParent('/a\0'));
  assert.ok(hasParent('a/b'));
});

test('special nodes', () => {
  for (const path of ['/', '/zookeeper', '/zookeeper/quota', '/zookeeper/config']) {
    assert.ok(isSpecialPath(path));
  }
  assert.ok(!isSpecialPath('/zookeeper/quota/a'));
});
