import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Client } from '../client/client.ts';
import { Connection, connectFrame, type Hello, type Reply } from '../client/connection.ts';
import { errorName, SessionExpired } from '../client/error.ts';
import { RawSocket } from '../client/raw-socket.ts';
import { MODE, OP } from '../client/record.ts';
import {
  createBody,
  multi,
  multiBody,
  pathBody,
  readBody,
  setAclBody,
  setDataBody,
  versionBody,
} from '../client/request.ts';
import { fourLetterWord, mntr } from '../ensemble/four-letter-word.ts';
import { eventually } from '../ensemble/wait.ts';
import { Ensemble, type Member } from '../ensemble.ts';
import { foreignChecks } from './foreign-program.ts';
import { missing } from './requirement.ts';

/** A member as a process that lost its leader, and what it is good for until there is one (reference §9.7). */

const LONG_MS = 60_000;
/** Long enough for a session to outlive the time without a leader on a busy machine. */
const TIMEOUT_MS = 40_000;
const PYTHON = '/usr/bin/python3';
const HELD = Buffer.from('held');
const NO_KAZOO = missing([PYTHON, '/usr/lib/python3/dist-packages/kazoo']);

/** Everything that takes a leader. */
const WRITES: readonly (readonly [opcode: number, body: Buffer])[] = [
  [OP.create, createBody('/b', null)],
  [OP.create, createBody('/e', null, { mode: MODE.ephemeral })],
  [OP.create2, createBody('/b', null)],
  [OP.createContainer, createBody('/b', null, { mode: MODE.container })],
  [OP.delete, versionBody('/a', -1)],
  [OP.setData, setDataBody('/a', Buffer.from('y'), -1)],
  [OP.setAcl, setAclBody('/a', [{ perms: 1, scheme: 'world', id: 'anyone' }], -1)],
  [OP.multi, multiBody([multi.set('/a', 'y')])],
  [OP.check, versionBody('/a', -1)],
  [OP.sync, pathBody('/')],
];

interface Scene {
  readonly ensemble: Ensemble;
  /** The one that is left: it does not lead at first. */
  readonly alone: Member;
  readonly others: readonly Member[];
}

async function running(localSessions: boolean): Promise<Scene> {
  const ensemble = await Ensemble.start({
    settings: {
      'readonlymode.enabled': 'true',
      localSessionsEnabled: String(localSessions),
      localSessionsUpgradingEnabled: String(localSessions),
    },
    javaProperties: { 'readonlymode.enabled': 'true' },
  });
  const [alone] = await ensemble.followers();
  assert.ok(alone !== undefined);
  return { ensemble, alone, others: ensemble.members.filter((member) => member !== alone) };
}

async function says(member: Member, word: string): Promise<void> {
  await eventually(`isro is ${word}`, LONG_MS, async () =>
    (await fourLetterWord(member, 'isro')) === word ? true : undefined,
  );
}

async function loseQuorum({ alone, others }: Scene): Promise<void> {
  for (const other of others) await other.process.kill();
  await says(alone, 'ro');
}

async function comeBack({ ensemble, alone }: Scene): Promise<void> {
  await ensemble.startAll();
  await says(alone, 'rw');
}

function open(member: Member, hello: Partial<Hello> = {}): Promise<Connection> {
  return Connection.open(member, { timeoutMs: TIMEOUT_MS, readOnly: true, ...hello });
}

async function hangsUp(member: Member, hello: Partial<Hello>): Promise<void> {
  const socket = await RawSocket.open(member);
  socket.send(connectFrame({ timeoutMs: TIMEOUT_MS, ...hello }));
  assert.ok(await socket.closes(LONG_MS));
  assert.equal(socket.received.length, 0);
}

async function dataOf(connection: Connection, path: string): Promise<string | undefined> {
  return textOf(await connection.submit(OP.getData, readBody(path, false)));
}

function textOf(reply: Reply): string | undefined {
  assert.equal(errorName(reply.error), 'OK');
  return reply.body.buffer()?.toString();
}

async function refusesWrites(connection: Connection): Promise<void> {
  const replies = await Promise.all(
    WRITES.map(([opcode, body]) => connection.submit(opcode, body)),
  );
  const names = replies.map(({ error }) => errorName(error));
  assert.deepEqual(
    names,
    WRITES.map(() => 'NOTREADONLY'),
  );
}

async function sets(connection: Connection, path: string, data: string): Promise<void> {
  const body = setDataBody(path, Buffer.from(data), -1);
  assert.equal(errorName((await connection.submit(OP.setData, body)).error), 'OK');
}

test('two of three are killed: the third serves readers, and everybody when they are back', {
  timeout: 240_000,
}, async (context) => {
  const scene = await running(false);
  const { ensemble, alone } = scene;
  context.after(() => ensemble.stop());
  await says(alone, 'rw');
  const writer = await Client.connect([alone]);
  await writer.create('/a', 'first');
  await writer.set('/a', 'last');
  writer.abandon();
  const held = await open(alone);
  assert.equal(held.isReadOnly, false);
  const hold = createBody('/held', HELD, { mode: MODE.ephemeral });
  assert.equal(errorName((await held.submit(OP.create, hold)).error), 'OK');
  await loseQuorum(scene);
  await held.closed;
  const { sessionId, password } = held;

  const srvr = await alone.srvr();
  assert.equal(srvr?.mode, 'read-only');
  assert.match(srvr.text, /READ-ONLY mode; serving only read-only clients/);
  assert.equal((await mntr(alone)).get('server_state'), 'read-only');

  const reader = await open(alone);
  assert.equal(reader.isReadOnly, true);
  assert.equal(await dataOf(reader, '/a'), 'last');
  assert.equal(await dataOf(reader, '/held'), 'held', 'nobody may say that its session is over');
  await refusesWrites(reader);
  assert.equal(await dataOf(reader, '/a'), 'last');
  assert.equal((await reader.ping()).error, 0);
  await hangsUp(alone, { readOnly: false });
  await hangsUp(alone, { readOnlyByte: false });
  await hangsUp(alone, { readOnly: true, sessionId, password });

  // What it shows after a start is what it knows to be committed, from its disk alone.
  await alone.process.kill();
  await reader.closed;
  alone.process.start();
  await says(alone, 'ro');
  const later = await open(alone);
  assert.equal(await dataOf(later, '/a'), 'last');
  await refusesWrites(later);

  await comeBack(scene);
  await later.closed;
  await assert.rejects(
    open(alone, { sessionId: later.sessionId, password: later.password }),
    SessionExpired,
  );
  const again = await open(alone, { sessionId, password });
  assert.equal(again.sessionId, sessionId);
  assert.equal(await dataOf(again, '/held'), 'held');
  const fresh = await open(alone);
  assert.equal(fresh.isReadOnly, false);
  await sets(fresh, '/a', 'and on');
  assert.equal(await dataOf(again, '/a'), 'and on');
  for (const connection of [again, fresh]) await connection.close();
});

test('a local session reads on where it is, and writes again; one that became global is hung up on', {
  timeout: 240_000,
}, async (context) => {
  const scene = await running(true);
  const { ensemble, alone } = scene;
  context.after(() => ensemble.stop());
  const local = await open(alone);
  assert.equal(errorName((await local.submit(OP.create, createBody('/a', null))).error), 'OK');
  await sets(local, '/a', 'last');
  const global = await open(alone);
  const hold = createBody('/held', HELD, { mode: MODE.ephemeral });
  assert.equal(errorName((await global.submit(OP.create, hold)).error), 'OK');
  await loseQuorum(scene);
  await Promise.all([local.closed, global.closed]);

  const { sessionId, password } = local;
  await hangsUp(alone, { sessionId, password, readOnly: false });
  await hangsUp(alone, {
    sessionId: global.sessionId,
    password: global.password,
    readOnly: true,
  });
  const reading = await open(alone, { sessionId, password });
  assert.equal(reading.sessionId, sessionId);
  assert.equal(reading.isReadOnly, true);
  assert.equal(await dataOf(reading, '/a'), 'last');
  await refusesWrites(reading);

  await comeBack(scene);
  await reading.closed;
  const writing = await open(alone, { sessionId, password });
  assert.equal(writing.sessionId, sessionId);
  assert.equal(writing.isReadOnly, false);
  await sets(writing, '/a', 'and on');
  const moved = await open(await ensemble.leader(), {
    sessionId: global.sessionId,
    password: global.password,
  });
  assert.equal(moved.sessionId, global.sessionId);
  assert.equal(await dataOf(moved, '/held'), 'held');
  for (const connection of [writing, moved]) await connection.close();
});

test("Debian's python3-kazoo as a read-only client", {
  timeout: 240_000,
  skip: NO_KAZOO,
}, async (context) => {
  const { ensemble } = await running(false);
  context.after(() => ensemble.stop());
  const file = fileURLToPath(new URL('./kazoo/read_only.py', import.meta.url));
  const args = ['-B', file, ensemble.connectString];
  await foreignChecks(context, { file: PYTHON, args }, ensemble, 2);
});
