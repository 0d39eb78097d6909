import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { JuteWriter } from '../client/jute-writer.ts';
import { arrivalText } from './field.ts';
import { Line } from './line.ts';
import { ReplyDecoder } from './reply-fields.ts';

const LATE_MS = 30_000;
const UNIMPLEMENTED = -6;
const SYNC_XID = 1_900_000_000;

/** A line to a server whose half of the socket the test has in its hand. */
async function withLine(use: (line: Line, server: Socket) => Promise<void>): Promise<void> {
  const listener = createServer();
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const address = listener.address();
  assert.ok(address !== null && typeof address === 'object');
  const decoder = new ReplyDecoder(String);
  const line = new Line('a', 'a.1', { host: '127.0.0.1', port: address.port }, decoder, () => ({
    kind: 'welcome',
    fields: [],
  }));
  const [server]: Socket[] = await once(listener, 'connection');
  try {
    assert.ok(server !== undefined);
    server.write(new JuteWriter().int(0).frame());
    await line.settle(LATE_MS);
    line.take();
    await use(line, server);
  } finally {
    line.drop();
    listener.close();
    server?.destroy();
  }
}

function reply(xid: number, error: number): Buffer {
  return new JuteWriter().int(xid).long(5n).int(error).frame();
}

/** What the server has read of so many bytes. */
async function heard(server: Socket, bytes: number): Promise<void> {
  for (let count = 0; count < bytes; ) {
    const [piece]: Buffer[] = await once(server, 'data');
    count += piece?.length ?? 0;
  }
}

test('a request that is refused with the connection is over when that has ended', async () => {
  await withLine(async (line, server) => {
    const frame = line.frame(7, 'opcode 99', 99, Buffer.alloc(0), 0);
    line.send(frame);
    await heard(server, frame.length);
    const settled = line.settle(LATE_MS);
    server.end(reply(7, UNIMPLEMENTED));
    await settled;
    assert.deepEqual(line.take().map(arrivalText), [
      'reply 1: error=UNIMPLEMENTED zxid=0x5',
      'the connection was closed',
    ]);
  });
});

test('what may go without an answer is over when something behind it has one', async () => {
  await withLine(async (line, server) => {
    const frame = line.frame(7, 'check', 13, Buffer.alloc(0), 0, true);
    line.send(frame);
    await line.settle(LATE_MS);
    line.rest('sync');
    await heard(server, frame.length);
    server.write(new JuteWriter().int(SYNC_XID).long(5n).int(0).string('/').frame());
    await line.settle(LATE_MS);
    assert.deepEqual(line.take().map(arrivalText), ['at rest error=OK zxid=0x5 path="/"']);
    server.write(reply(7, 0));
    line.rest('sync');
    server.write(new JuteWriter().int(SYNC_XID).long(5n).int(0).string('/').frame());
    await line.settle(LATE_MS);
    const [late] = line.take();
    assert.match(late === undefined ? '' : arrivalText(late), /which nobody asked/);
  });
});
