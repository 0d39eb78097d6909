import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { test } from 'node:test';
import { Client } from './client.ts';
import { Connection } from './connection.ts';
import { ConnectionLost, SessionExpired } from './error.ts';
import { JuteWriter } from './jute-writer.ts';

const HELLO_BYTES = 49;

/** A server that answers the handshake with `welcome` and then everything with `answers`, one frame for one frame. */
async function scripted(
  welcome: Buffer,
  answers: Buffer[],
): Promise<{ server: Server; port: number }> {
  const server = createServer((socket) => {
    let received = Buffer.alloc(0);
    let greeted = false;
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => {
      received = Buffer.concat([received, bytes]);
      if (!greeted && received.length >= HELLO_BYTES) {
        greeted = true;
        received = received.subarray(HELLO_BYTES);
        socket.write(welcome);
      }
      while (greeted && received.length >= 4 && received.length >= 4 + received.readInt32BE()) {
        received = received.subarray(4 + received.readInt32BE());
        const answer = answers.shift();
        if (answer === undefined) socket.destroy();
        else socket.write(answer);
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  return { server, port: address.port };
}

const welcome = (timeoutMs: number): Buffer =>
  new JuteWriter().int(0).int(timeoutMs).long(7).buffer(Buffer.alloc(16)).bool(false).frame();
const reply = (xid: number, zxid: number, body: Uint8Array = Buffer.alloc(0)): Buffer =>
  new JuteWriter().int(xid).long(zxid).int(0).raw(body).frame();

test('the client notices a zxid that goes back', async () => {
  const paths = new JuteWriter().int(0).bytes();
  const { server, port } = await scripted(welcome(30_000), [
    reply(1, 50, paths),
    reply(2, 49, paths),
  ]);
  const client = await Client.connect([{ host: '127.0.0.1', port }]);
  await client.children('/');
  assert.deepEqual(client.regressions, []);
  await client.children('/');
  assert.deepEqual(
    client.regressions.map(({ seen, next }) => [seen, next]),
    [[50, 49]],
  );
  client.abandon();
  server.close();
});

test('a connection refuses replies out of order, stray bytes, and an end in the middle', async () => {
  for (const answer of [reply(2, 1), reply(1, 1, Buffer.alloc(3)), undefined]) {
    const { server, port } = await scripted(welcome(30_000), answer === undefined ? [] : [answer]);
    const client = await Client.connect([{ host: '127.0.0.1', port }]);
    await assert.rejects(client.delete('/x'), (error) => {
      return error instanceof ConnectionLost || error instanceof RangeError;
    });
    client.abandon();
    server.close();
  }
});

test('a timeout of 0 is a session that is gone', async () => {
  const { server, port } = await scripted(welcome(0), []);
  const opening = Connection.open({ host: '127.0.0.1', port }, { timeoutMs: 1000 });
  await assert.rejects(opening, SessionExpired);
  server.close();
});
