import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Client } from '../client/client.ts';
import { Connection, connectFrame } from '../client/connection.ts';
import { ConnectionLost, errorName } from '../client/error.ts';
import { RawSocket } from '../client/raw-socket.ts';
import { OP } from '../client/record.ts';
import { createBody, readBody, setDataBody } from '../client/request.ts';
import { Ensemble, type Member } from '../ensemble.ts';

const SESSIONLESS_MS = 500;
const LARGE = 1000;
const MAX_FRAME = 200_000;

/** Reference §1.8: what a member does not take, and that nobody else is the worse for it. */
describe('the limits of a member', () => {
  let ensemble: Ensemble;
  const member = (): Member => {
    const [first] = ensemble.members;
    assert.ok(first !== undefined);
    return first;
  };
  const open = (): Promise<Connection> => Connection.open(member(), { timeoutMs: 10_000 });

  before(async () => {
    ensemble = await Ensemble.start({
      members: 1,
      settings: {
        'nio.sessionlessCnxnTimeout': SESSIONLESS_MS,
        globalOutstandingLimit: 60,
        'jute.maxbuffer': MAX_FRAME,
        largeRequestThreshold: LARGE,
        largeRequestMaxBytes: 50_000,
      },
    });
  });
  after(() => ensemble?.stop());

  test('a connection without a session ends in time, one with it does not', async () => {
    const client = await open();
    const startMs = performance.now();
    const silent = await RawSocket.open(member());
    const half = await RawSocket.open(member());
    half.send(connectFrame({ timeoutMs: 5000 }).subarray(0, 20));
    assert.ok(await silent.closes(10_000));
    assert.ok(await half.closes(10_000));
    assert.ok(performance.now() - startMs >= SESSIONLESS_MS - 50);
    assert.equal(silent.received.length + half.received.length, 0);
    assert.equal((await client.ping()).error, 0);
    await client.close();
  });

  test('few requests in work at once: all are answered, in order, and others with them', async () => {
    const connections = [await open(), await open(), await open()];
    const rounds = connections.map(async (connection, index) => {
      const path = `/outstanding-${index}`;
      const replies = [connection.submit(OP.create, createBody(path, Buffer.from('-1')))];
      for (let round = 0; round < 200; round += 1) {
        replies.push(connection.submit(OP.setData, setDataBody(path, Buffer.from(`${round}`), -1)));
        replies.push(connection.submit(OP.getData, readBody(path, false)));
      }
      const answers = await Promise.all(replies);
      const read = answers.filter((_, at) => at > 0 && at % 2 === 0);
      assert.deepEqual(
        read.map(({ body }) => body.buffer()?.toString()),
        Array.from({ length: 200 }, (_, round) => `${round}`),
      );
    });
    const bystander = await Client.connect([member()]);
    for (let count = 0; count < 20; count += 1) await bystander.exists('/');
    await Promise.all(rounds);
    await bystander.close();
    for (const connection of connections) await connection.close();
  });

  test('too many bytes of large writes end their connection, and leave no debt', async () => {
    const bystander = await Client.connect([member()]);
    await bystander.create('/large', 'small');
    const body = setDataBody('/large', Buffer.alloc(LARGE + 200), -1);
    for (let round = 0; round < 3; round += 1) {
      const greedy = await open();
      const flood = Array.from({ length: 2000 }, () => greedy.submit(OP.setData, body));
      const outcomes = await Promise.allSettled(flood);
      const lost = outcomes.filter(({ status }) => status === 'rejected');
      assert.ok(lost.length > 0, 'everything was taken');
      // Those behind the last that was answered, and no other.
      assert.equal(
        outcomes.length - lost.length,
        outcomes.findIndex(({ status }) => status === 'rejected'),
      );
      await greedy.closed;
      assert.equal((await bystander.set('/large', 'still small')).dataLength, 11);
    }
    await bystander.set('/large', 'x'.repeat(40_000));
    await bystander.close();
  });

  test('a frame above jute.maxbuffer ends its connection without a word', async () => {
    const bystander = await Client.connect([member()]);
    const connection = await open();
    const frame = createBody('/frame', Buffer.alloc(MAX_FRAME));
    await assert.rejects(connection.submit(OP.create, frame), ConnectionLost);
    assert.equal(await bystander.exists('/frame'), undefined);
    await bystander.close();
  });
});

test('handshakes beyond the throttle are closed unanswered (reference §1.3 1)', async (context) => {
  const ensemble = await Ensemble.start({
    members: 1,
    settings: { connection_throttle_tokens: 2, connection_throttle_fill_time: 86_400_000 },
  });
  context.after(() => ensemble.stop());
  const [member] = ensemble.members;
  assert.ok(member !== undefined);
  const first = await Connection.open(member, { timeoutMs: 10_000 });
  const second = await Connection.open(member, { timeoutMs: 10_000 });
  for (let count = 0; count < 3; count += 1) {
    const socket = await RawSocket.open(member);
    socket.send(connectFrame({ timeoutMs: 5000 }));
    assert.ok(await socket.closes());
    assert.equal(socket.received.length, 0);
  }
  for (const connection of [first, second]) {
    const reply = await connection.submit(OP.exists, readBody('/', false));
    assert.equal(errorName(reply.error), 'OK');
    await connection.close();
  }
});
