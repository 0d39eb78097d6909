import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ClientSession } from './client-session.ts';

const DELETED = 2;
const CHILDREN_CHANGED = 4;
const NO_NODE = -101;

test('watches that replies have registered are set again, fired ones are not', () => {
  const session = new ClientSession(4000);
  session.lastZxidSeen = 77;
  assert.equal(session.watches(), undefined);
  session.learn({ op: 'getData', path: '/a', watch: true }, 0);
  session.learn({ op: 'getData', path: '/unwatched', watch: false }, 0);
  session.learn({ op: 'getData', path: '/refused', watch: true }, NO_NODE);
  session.learn({ op: 'exists', path: '/absent', watch: true }, NO_NODE);
  session.learn({ op: 'exists', path: '/there', watch: true }, 0);
  session.learn({ op: 'getChildren2', path: '/a', watch: true }, 0);
  session.learn({ op: 'getChildren', path: '/b', watch: true }, 0);
  session.notified(CHILDREN_CHANGED, '/b');
  session.notified(DELETED, '/there');
  assert.deepEqual(session.watches(), {
    op: 'setWatches',
    relativeZxid: 77,
    data: ['/a'],
    exist: ['/absent'],
    child: ['/a'],
  });
  session.notified(DELETED, '/a');
  session.notified(1, '/absent');
  assert.equal(session.watches(), undefined);
});
