import assert from 'node:assert/strict';
import { test } from 'node:test';
import { replyEmpty } from '../../machines/jute/reply.ts';
import { bytesOf, frameOf, requestFrame } from './bytes.ts';
import { listenerFor, until } from './client-fixture.ts';

const A = frameOf(bytesOf('0a'));
const B = frameOf(bytesOf('0b0b'));
const C = frameOf(bytesOf('0c'));

test('frames arrive whole, in order, however they are cut', async (context) => {
  const { handler, client } = await listenerFor(context);
  const { socket } = client();
  const stream = Buffer.concat([A, B, C]);
  for (const byte of stream) socket.write(Buffer.of(byte));
  await until(() => handler.payloads.length === 3, 'three frames');
  socket.write(Buffer.concat([stream, stream]));
  await until(() => handler.payloads.length === 9, 'six more');
  assert.deepEqual(handler.payloads.slice(0, 6), ['0a', '0b0b', '0c', '0a', '0b0b', '0c']);
  const connection = await handler.connection(0);
  assert.equal(connection.received, 9);
  assert.equal(connection.remoteAddress, '127.0.0.1');
  assert.equal(connection.remotePort, socket.localPort);
  assert.equal(connection.openedMs, 1_700_000_000_000);
});

test('what a frame leaves in the outbox is sent without being asked for', async (context) => {
  const { handler, client } = await listenerFor(context);
  handler.onFrame = (connection, payload) => replyEmpty(connection.outbox, payload.length, 7);
  const { socket, received } = client();
  assert.equal(received.length, 0);
  const raw = client();
  raw.socket.write(Buffer.concat([A, B]));
  await until(() => raw.received.length === 40, 'two replies');
  assert.deepEqual(
    raw.received,
    bytesOf(
      '00000010 00000001 0000000000000007 00000000 00000010 00000002 0000000000000007 00000000',
    ),
  );
  await until(() => handler.connections.length === 2, 'both');
  const answered = handler.connections.find((each) => each.received === 2);
  assert.equal(answered?.sent, 2);
  assert.equal(answered?.unsentBytes, 0);
  socket.destroy();
});

test('frames that came before the handshake was answered wait for it', async (context) => {
  const { handler, client } = await listenerFor(context);
  handler.onFrame = (connection) => {
    if (handler.payloads.length === 1) connection.pause();
  };
  const { socket } = client();
  socket.write(Buffer.concat([A, B]));
  await until(() => handler.payloads.length === 1, 'the first frame');
  socket.write(C);
  const connection = await handler.connection(0);
  assert.equal(connection.reading, false);
  // A second client is served while the first one waits.
  client().socket.write(C);
  await until(() => handler.payloads.length === 2, 'the frame of another client');
  assert.deepEqual(handler.payloads, ['0a', '0c']);
  connection.established();
  connection.resume();
  assert.deepEqual(handler.payloads, ['0a', '0c'], 'not within the call');
  await until(() => handler.payloads.length === 4, 'the rest');
  assert.deepEqual(handler.payloads, ['0a', '0c', '0b0b', '0c']);
});

test('a frame handler may pause and resume at once', async (context) => {
  const { handler, client } = await listenerFor(context);
  handler.onFrame = (connection) => {
    connection.pause();
    connection.pause();
    connection.resume();
  };
  client().socket.write(Buffer.concat([A, B, C]));
  await until(() => handler.payloads.length === 3, 'all');
  assert.deepEqual(handler.payloads, ['0a', '0b0b', '0c']);
});

test('no frame is delivered after close or destroy', async (context) => {
  const { handler, client } = await listenerFor(context);
  handler.onFrame = (connection) => {
    replyEmpty(connection.outbox, 1, 1);
    if (handler.connections.indexOf(connection) === 0) connection.close();
    else connection.destroy();
    connection.resume();
  };
  const first = client();
  first.socket.write(Buffer.concat([A, B, C]));
  await until(() => first.over, 'the end of the first');
  assert.equal(first.received.length, 20, 'close lets the reply leave');
  assert.equal(first.reset, false);
  first.socket.write(A);
  first.socket.end();
  const second = client();
  second.socket.write(Buffer.concat([A, B, C]));
  await until(() => handler.gone.length === 2, 'both gone');
  assert.equal(second.received.length, 0, 'destroy does not');
  assert.deepEqual(handler.payloads, ['0a', '0a']);
  assert.equal(handler.connections[0]?.end, 'ended by the member');
});

test('a frame beyond the limit ends the connection, without a reply', async (context) => {
  const { handler, client } = await listenerFor(context, { maxFrameBytes: 100 });
  for (const length of ['00000065', 'ffffffff', '80000000', 'fff4fffd', '7a7a7a7a']) {
    const raw = client();
    raw.socket.write(bytesOf(length));
    await until(() => raw.over, length);
    assert.equal(raw.received.length, 0);
  }
  await until(() => handler.gone.length === 5, 'all gone');
  for (const connection of handler.gone) {
    assert.equal(connection.end, 'frame length out of bounds');
  }
  assert.equal(handler.payloads.length, 0);
});

test('a frame of exactly the limit is taken', async (context) => {
  const { handler, client } = await listenerFor(context);
  client().socket.write(frameOf(Buffer.alloc(0xfffff)));
  await until(() => handler.payloads.length === 1, 'the frame');
  assert.equal(handler.payloads[0]?.length, 2 * 0xfffff);
});

test('four-letter words are answered as first bytes, whole and without a reset', async (context) => {
  const { handler, client } = await listenerFor(context);
  for (const text of ['ruok', 'mntr\n', 'stmk12345678']) {
    const raw = client();
    raw.socket.write(text.slice(0, 3));
    await handler.connection(handler.gone.length);
    raw.socket.write(text.slice(3));
    await until(() => raw.ended, text);
    assert.equal(raw.received.toString(), `<${text.slice(0, 4)}>\n`);
    raw.socket.end();
    await until(() => raw.closed, 'closed');
    assert.equal(raw.reset, false);
    await until(() => handler.gone.length === handler.connections.length, 'gone');
  }
  assert.equal(handler.gone[0]?.end, 'four-letter word answered');
  assert.equal(handler.payloads.length, 0);
});

test('a word from a client that has already said its last', async (context) => {
  const { client } = await listenerFor(context);
  const raw = client();
  raw.socket.end('ruok');
  await until(() => raw.closed, 'closed');
  assert.equal(raw.received.toString(), '<ruok>\n');
});

test('stmk takes the eight bytes behind it, however they come', async (context) => {
  const { client, handler } = await listenerFor(context);
  const raw = client();
  raw.socket.write('stmk\0\0\0');
  await until(() => handler.connections.length === 1, 'the connection');
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(raw.received.length, 0);
  raw.socket.write('\0\0\0\x02\x01\n');
  await until(() => raw.over, 'the end');
  assert.equal(raw.received.toString(), '<stmk>\n');
  assert.equal(handler.argument, '0000000000000201');
});

test('what comes and goes is counted, of connections that are gone as well', async (context) => {
  const { client, handler, listener } = await listenerFor(context);
  handler.onFrame = (connection) => {
    connection.outbox.beginFrame();
    connection.outbox.int(7);
    connection.outbox.endFrame();
  };
  const first = client();
  first.socket.write(Buffer.concat([A, B]));
  await until(() => first.received.length === 16, 'two replies');
  const second = client();
  second.socket.write('ruok');
  await until(() => second.over, 'the word');
  first.socket.destroy();
  second.socket.destroy();
  await until(() => handler.gone.length === 2, 'the end of both');
  const { packetsReceived, packetsSent, bytesReceived, bytesSent } = listener.counters;
  assert.deepEqual([packetsReceived, packetsSent], [3, 3]);
  assert.deepEqual([bytesReceived, bytesSent], [A.length + B.length + 4, 16 + '<ruok>\n'.length]);
  const { last, min, max } = listener.responseSizes;
  assert.deepEqual([last, min, max], [4, 4, 4]);
});

test('after the first frame a word is a length out of bounds', async (context) => {
  const { handler, client } = await listenerFor(context);
  const raw = client();
  raw.socket.write(Buffer.concat([A, Buffer.from('ruok')]));
  await until(() => raw.over, 'the end');
  assert.equal(raw.received.length, 0);
  assert.deepEqual(handler.payloads, ['0a']);
});

test('connections over the limit of their address are closed, others are not', async (context) => {
  const { handler, client, listener } = await listenerFor(context, { maxClientCnxns: 3 });
  const first = [client(), client(), client()];
  await handler.connection(2);
  const flood = Array.from({ length: 50 }, () => client());
  await until(() => flood.every((each) => each.over), 'the end of the flood');
  assert.equal(handler.connections.length, 3);
  const { connectionRequestCount, connectionRejected, acceptErrors } = listener.counters;
  assert.deepEqual([connectionRequestCount, connectionRejected, acceptErrors], [53, 50, 0]);
  first[0]?.socket.write(A);
  await until(() => handler.payloads.length === 1, 'a frame of one that was there before');
  first[1]?.socket.end();
  await until(() => handler.gone.length === 1, 'one gone');
  assert.equal(listener.counters.connectionDropCount, 1, 'whom the member ends does not count');
  client().socket.write(B);
  await until(() => handler.payloads.length === 2, 'the frame of one in its place');
});

test('connections over the limit of all are closed, until one of the others ends', async (context) => {
  const { handler, client, listener } = await listenerFor(context, {
    maxClientCnxns: 0,
    maxCnxns: 2,
  });
  const first = [client(), client()];
  await handler.connection(1);
  const third = client();
  await until(() => third.over, 'the end of the third');
  assert.deepEqual([third.received.length, listener.counters.connectionRejected], [0, 1]);
  first[0]?.socket.end();
  await until(() => handler.gone.length === 1, 'one gone');
  client().socket.write(A);
  first[1]?.socket.write(B);
  await until(() => handler.payloads.length === 2, 'frames of the two that are there');
});

test('without a limit any number may come', async (context) => {
  const { handler, client, listener } = await listenerFor(context, { maxClientCnxns: 0 });
  for (let count = 0; count < 100; count += 1) client();
  await until(() => handler.connections.length === 100, 'a hundred');
  assert.equal(listener.connectionCount, 100);
  assert.equal(new Set([...listener.connections()].map((each) => each.id)).size, 100);
});

test('a connection without a handshake is dropped in time, one with it stays', async (context) => {
  const { handler, client, clock, listener } = await listenerFor(context);
  const silent = client();
  const dribbling = client();
  const established = client();
  established.socket.write(A);
  dribbling.socket.write(B.subarray(0, 5));
  handler.onFrame = (connection) => connection.established();
  await until(() => handler.payloads.length === 1 && handler.connections.length === 3, 'three');
  clock.advance(9_999);
  assert.equal(handler.connections.filter((each) => each.end !== undefined).length, 0);
  clock.advance(1);
  await until(() => silent.over && dribbling.over, 'two dropped');
  await until(() => handler.gone.length === 2, 'two gone');
  assert.equal(listener.counters.sessionlessConnectionsExpired, 2);
  assert.equal(handler.gone[0]?.end, 'no handshake in time');
  clock.advance(1_000_000);
  established.socket.write(C);
  await until(() => handler.payloads.length === 2, 'the other still served');
});

test('a peer that does not follow the end is cut off in bounded time', async (context) => {
  const { handler, client, clock } = await listenerFor(context);
  const raw = client();
  raw.socket.write(A);
  const connection = await handler.connection(0);
  await until(() => handler.payloads.length === 1, 'the frame');
  replyEmpty(connection.outbox, 1, 1);
  connection.close();
  connection.close();
  await until(() => raw.ended && raw.received.length === 20, 'the reply and the end');
  raw.socket.write(B);
  clock.advance(4_999);
  assert.equal(handler.gone.length, 0);
  clock.advance(1);
  await until(() => handler.gone.length === 1, 'gone');
  assert.deepEqual(handler.payloads, ['0a']);
});

test('a client that vanishes is closed once, whatever way it goes', async (context) => {
  const { handler, client } = await listenerFor(context);
  const polite = client();
  const rude = client();
  await handler.connection(1);
  polite.socket.end(A);
  rude.socket.resetAndDestroy();
  await until(() => handler.gone.length === 2, 'both gone');
  assert.deepEqual(handler.payloads, ['0a']);
  for (const connection of handler.gone) {
    connection.outbox.raw(A);
    connection.flush();
    connection.pause();
    connection.resume();
    connection.close();
    connection.destroy();
  }
});

test('a slow reader keeps no more than a bound, and hinders nobody', async (context) => {
  const { handler, client } = await listenerFor(context, { congestedBytes: 200_000 });
  const reply = Buffer.alloc(50_000, 1);
  handler.onFrame = (connection) => connection.outbox.buffer(reply);
  const slow = client();
  slow.socket.pause();
  const requests = 2_000;
  const stream = Buffer.concat(
    Array.from({ length: requests }, (_, xid) => requestFrame(xid, 4, () => {})),
  );
  slow.socket.write(stream);
  const connection = await handler.connection(0);
  let most = 0;
  await until(() => {
    most = Math.max(most, connection.unsentBytes);
    return !connection.reading;
  }, 'congestion');
  // What the kernel holds between the two aside, a hundred megabytes were asked for.
  assert(most < 500_000, `${most} bytes unsent`);
  assert(connection.received < requests, 'not all was answered');
  const before = connection.received;

  const other = client();
  other.socket.write(A);
  await until(() => other.received.length === reply.length + 4, 'the reply of another');
  assert.equal(connection.received, before, 'the slow one asked for no more');

  let taken = 0;
  slow.socket.on('data', (chunk: Buffer) => {
    taken += chunk.length;
    most = Math.max(most, connection.unsentBytes);
  });
  slow.socket.resume();
  await until(() => taken === requests * (reply.length + 4), 'all replies');
  assert.equal(connection.received, requests);
  assert(most < 500_000, `${most} bytes unsent`);
  assert.equal(connection.reading, true);
});

test('events for a client that never reads end it', async (context) => {
  const { handler, client } = await listenerFor(context, {
    ...{ congestedBytes: 100_000, maxUnsentBytes: 1_000_000 },
  });
  const raw = client();
  raw.socket.pause();
  const connection = await handler.connection(0);
  const events = Buffer.alloc(100_000);
  let most = 0;
  for (let flushed = 0; connection.end === undefined; flushed += 1) {
    assert(flushed < 10_000, 'never cut off');
    connection.outbox.raw(events);
    connection.flush();
    most = Math.max(most, connection.unsentBytes);
    if (flushed % 10 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  assert.equal(connection.end, 'client does not read');
  assert(most <= 1_200_000, `${most} bytes unsent`);
  await until(() => handler.gone.length === 1, 'gone');
});

test('closing the listener ends the clients, and lets what was replied leave', async (context) => {
  const { handler, client, listener, port } = await listenerFor(context);
  const raw = client();
  const connection = await handler.connection(0);
  replyEmpty(connection.outbox, 1, 1);
  await listener.close();
  assert.equal(handler.gone.length, 1);
  await until(() => raw.over && raw.received.length === 20, 'the reply and the end');
  const late = client();
  await until(() => late.closed, 'nobody listens');
  assert.equal(late.reset, true);
  assert(port > 0);
});

test('a port that is taken is an error of listen', async (context) => {
  const { port } = await listenerFor(context);
  const { listener } = await listenerFor(context);
  await listener.close();
  await assert.rejects(listener.listen(port, '127.0.0.1'), { code: 'EADDRINUSE' });
});
