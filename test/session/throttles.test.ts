import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  ConnectionThrottle,
  NO_CONNECTION_THROTTLE,
} from '../../machines/session/connection-throttle.ts';
import { LargeRequests, NO_LARGE_REQUESTS } from '../../machines/session/large-requests.ts';

test('handshakes cost tokens, and time brings them back, never more than fit', () => {
  const throttle = new ConnectionThrottle({ tokens: 3, fillTimeMs: 100, fillCount: 2 }, 1000);
  const admitted = (nowMs: number): number => {
    let count = 0;
    while (count < 100 && throttle.admits(nowMs)) count += 1;
    return count;
  };
  assert.equal(throttle.deficit, 0);
  assert.equal(admitted(1000), 3);
  assert.equal(throttle.deficit, 3);
  assert.equal(admitted(1099), 0);
  assert.equal(admitted(1100), 2);
  // The 50 ms that no token has come of are not lost.
  assert.equal(admitted(1250), 2);
  assert.equal(admitted(1300), 2);
  assert.equal(admitted(90_000), 3);
});

test('without a throttle everybody comes in', () => {
  const throttle = new ConnectionThrottle(NO_CONNECTION_THROTTLE, 0);
  for (let count = 0; count < 1000; count += 1) assert.ok(throttle.admits(0));
});

test('large requests fit in together, small ones always', () => {
  const large = new LargeRequests({ threshold: 10, maxBytes: 50 });
  large.began(10);
  assert.equal(large.bytes, 0);
  large.began(30);
  assert.ok(large.admits(20));
  assert.ok(!large.admits(21));
  assert.ok(large.admits(10));
  large.ended(30);
  assert.equal(large.bytes, 0);
  assert.ok(large.admits(50));
  assert.ok(!large.admits(51));
  assert.equal(large.rejected, 2);
  assert.ok(new LargeRequests(NO_LARGE_REQUESTS).admits(2 ** 31));
});
