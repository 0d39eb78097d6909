import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listenerFor, until } from './client-fixture.ts';

test('what a slow reader is owed stays as it was written while others are answered', async (context) => {
  const { handler, client } = await listenerFor(context, { congestedBytes: 100_000_000 });
  const slow = client();
  slow.socket.pause();
  const owed = await handler.connection(0);
  const quick = client();
  const other = await handler.connection(1);
  const bytes = 60_000;
  const times = 400;
  for (let time = 0; time < times; time++) {
    for (const [connection, content] of [
      [owed, time % 200],
      [other, 255],
    ] as const) {
      connection.outbox.raw(Buffer.alloc(bytes, content));
      connection.flush();
    }
  }
  assert(owed.unsentBytes > bytes, 'it is behind');
  slow.socket.resume();
  await until(() => slow.received.length === times * bytes, 'all of it');
  await until(() => quick.received.length === times * bytes, 'all of the other');
  const { received } = slow;
  for (let time = 0; time < times; time++) {
    const part = received.subarray(time * bytes, (time + 1) * bytes);
    assert(part.equals(Buffer.alloc(bytes, time % 200)), `part ${time}`);
  }
  assert(quick.received.equals(Buffer.alloc(times * bytes, 255)));
});
