import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { Client } from '../client/client.ts';
import { Connection } from '../client/connection.ts';
import { errorName, SessionExpired } from '../client/error.ts';
import { readMultiResults } from '../client/multi-result.ts';
import { EVENT, MODE, OP } from '../client/record.ts';
import { createBody, multi, multiBody, readBody, setDataBody } from '../client/request.ts';
import { fourLetterWord, mntr } from '../ensemble/four-letter-word.ts';
import { eventually } from '../ensemble/wait.ts';
import { Ensemble, type Member } from '../ensemble.ts';
import { deviation } from '../word/shapes.ts';

/** Sessions that only the member knows that accepted them, on real processes (reference §9.5). */

const LONG_MS = 60_000;
/** Outlives the loss of a leader on a busy machine. */
const TIMEOUT_MS = 40_000;
/** Two ticks: the least that is granted. */
const SHORT_MS = 4000;

/** Two local sessions, as `dump` of ZooKeeper tells of them, and no global one. */
const LOCAL_DUMP =
  /^SessionTracker dump:\nLocal Session Sets \([12]\)\/\(2\):\n\d+ expire at .*\n(?:\t.*\n|\d+ expire at .*\n)*Global Session(s| Sets \(0\)\/)\(0\):\n/;

async function running(context: TestContext, upgrades = true): Promise<Ensemble> {
  const ensemble = await Ensemble.start({
    settings: { localSessionsEnabled: 'true', localSessionsUpgradingEnabled: String(upgrades) },
  });
  context.after(() => ensemble.stop());
  // Before its first txn a new epoch has no zxid to count from.
  const [first] = ensemble.members;
  assert.ok(first !== undefined);
  const connection = await open(first);
  assert.equal(await asks(connection, OP.create, createBody('/first', null)), 'OK');
  await connection.close();
  return ensemble;
}

function open(member: Member, timeoutMs = TIMEOUT_MS): Promise<Connection> {
  return Connection.open(member, { timeoutMs });
}

/** The same session on another connection, where the member lets it in. */
function resume(
  member: Member,
  { sessionId, password }: Pick<Connection, 'sessionId' | 'password'>,
): Promise<Connection> {
  return Connection.open(member, { timeoutMs: TIMEOUT_MS, sessionId, password });
}

async function asks(connection: Connection, opcode: number, body?: Buffer): Promise<string> {
  return errorName((await connection.submit(opcode, body)).error);
}

function ephemeral(path: string): Buffer {
  return createBody(path, Buffer.from('e'), { mode: MODE.ephemeral });
}

function localSessions(member: Member): Promise<number> {
  return figure(member, 'local_sessions');
}

function globalSessions(member: Member): Promise<number> {
  return figure(member, 'global_sessions');
}

async function figure(member: Member, key: string): Promise<number> {
  return Number((await mntr(member)).get(key));
}

/** Asked anew as long as the member has no leader, or has not heard of the session yet. */
async function comesBack(member: Member, session: Connection): Promise<Connection> {
  return eventually('its member serves the session again', LONG_MS, () =>
    resume(member, session).catch((error: unknown) => {
      if (error instanceof SessionExpired) throw error;
      return undefined;
    }),
  );
}

test('local sessions cost no zxid, and read, write and watch like any other', {
  timeout: 240_000,
}, async (context) => {
  const ensemble = await running(context);
  const [follower] = await ensemble.followers();
  assert.ok(follower !== undefined);
  for (const member of [follower, await ensemble.leader()]) {
    const before = await ensemble.settled();
    const [one, other] = [await open(member), await open(member)];
    assert.equal(await localSessions(member), 2);
    const dump = await fourLetterWord(member, 'dump');
    assert.match(dump ?? '', LOCAL_DUMP);
    assert.equal(deviation('dump', dump ?? ''), undefined);
    assert.equal(await ensemble.settled(), before, 'a session costs no zxid');
    const path = `/of-${member.id}`;
    assert.equal(await asks(one, OP.create, createBody(path, Buffer.from('x'))), 'OK');
    assert.equal(await asks(one, OP.getData, readBody(path, true)), 'OK');
    assert.equal(await asks(other, OP.setData, setDataBody(path, Buffer.from('y'), 0)), 'OK');
    const [event] = await eventually('the watch', LONG_MS, () =>
      one.events.length > 0 ? one.events : undefined,
    );
    assert.deepEqual([event?.type, event?.path], [EVENT.dataChanged, path]);
    const written = await ensemble.settled();
    for (const connection of [one, other]) await connection.close();
    assert.equal(await localSessions(member), 0);
    assert.equal(await ensemble.settled(), written, 'nor does its end');
    assert.equal(written, before + 2);
    await assert.rejects(resume(member, one), SessionExpired);
    assert.equal(await globalSessions(member), 0);
  }
});

test('an ephemeral makes a session global under its own id: it moves, and a local one does not', {
  timeout: 240_000,
}, async (context) => {
  const ensemble = await running(context);
  const leader = await ensemble.leader();
  const [here, there] = await ensemble.followers();
  assert.ok(here !== undefined && there !== undefined);
  const local = await open(here);
  for (const member of [leader, there]) await assert.rejects(resume(member, local), SessionExpired);

  const upgraded = await open(here);
  const before = await ensemble.settled();
  assert.equal(await asks(upgraded, OP.create, ephemeral('/a')), 'OK');
  assert.equal(await ensemble.settled(), before + 2, 'one txn for the session, one for the node');
  assert.equal(await asks(upgraded, OP.create2, ephemeral('/b')), 'OK');
  assert.equal(await ensemble.settled(), before + 3, 'it is made global once');
  for (const member of ensemble.members) assert.equal(await globalSessions(member), 1);
  assert.equal(await localSessions(here), 1);

  const { sessionId } = upgraded;
  const moved = await resume(there, upgraded);
  assert.equal(moved.sessionId, sessionId);
  const witness = await Client.connect([leader]);
  assert.equal((await witness.get('/a')).stat.ephemeralOwner, sessionId);
  assert.equal(await asks(moved, OP.create, ephemeral('/c')), 'OK');
  await moved.close();
  await witness.sync('/');
  const left = (await witness.children('/')).sort();
  assert.deepEqual(left, ['first', 'zookeeper'], 'its end takes what it owned');

  const inMulti = await open(here);
  const parts = [multi.create('/d', 'd'), multi.create('/e', 'e', { mode: MODE.ephemeral })];
  assert.equal(await asks(inMulti, OP.multi, multiBody(parts)), 'OK');
  await witness.sync('/');
  assert.equal((await witness.get('/e')).stat.ephemeralOwner, inMulti.sessionId);
  await witness.close();
  for (const connection of [local, inMulti]) await connection.close();
});

test('who falls silent expires: a local session at its member without a txn, one that became global with its ephemerals', {
  timeout: 240_000,
}, async (context) => {
  const ensemble = await running(context);
  const [member] = await ensemble.followers();
  assert.ok(member !== undefined);
  const witness = await Client.connect([await ensemble.leader()], { timeoutMs: TIMEOUT_MS });
  const [local, upgraded] = [await open(member, SHORT_MS), await open(member, SHORT_MS)];
  assert.equal(await asks(upgraded, OP.create, ephemeral('/e')), 'OK');
  assert.equal((await witness.exists('/e', true))?.ephemeralOwner, upgraded.sessionId);
  const before = await ensemble.settled();
  local.destroy();
  upgraded.destroy();
  const [event] = await eventually('the end of the ephemeral', LONG_MS, () =>
    witness.events.length > 0 ? witness.events : undefined,
  );
  assert.equal(event?.type, EVENT.deleted);
  await eventually('the end of the local session', LONG_MS, async () =>
    (await localSessions(member)) === 0 ? true : undefined,
  );
  assert.equal(await ensemble.settled(), before + 1, 'one txn, for the one that was global');
  for (const session of [local, upgraded]) {
    await assert.rejects(resume(member, session), SessionExpired);
  }
  await witness.close();
});

test('where they may not become global, an ephemeral is refused and nothing else', {
  timeout: 240_000,
}, async (context) => {
  const ensemble = await running(context, false);
  for (const member of [await ensemble.leader(), ...(await ensemble.followers())]) {
    const connection = await open(member);
    const path = `/of-${member.id}`;
    const parts = [multi.create(path, ''), multi.create('/e', '', { mode: MODE.ephemeral })];
    assert.equal(await asks(connection, OP.create, ephemeral('/e')), 'EPHEMERALONLOCALSESSION');
    const reply = await connection.submit(OP.multi, multiBody(parts));
    assert.equal(errorName(reply.error), 'OK');
    const codes = readMultiResults(reply.body).map((one) =>
      one.kind === 'error' ? errorName(one.code) : one.kind,
    );
    assert.deepEqual(codes, ['OK', 'EPHEMERALONLOCALSESSION']);
    assert.equal(await asks(connection, OP.exists, readBody(path, false)), 'NONODE');
    assert.equal(await asks(connection, OP.create, createBody(path, null)), 'OK');
    assert.equal(await globalSessions(member), 0);
    await connection.close();
  }
});

test('the leader is killed: the local sessions of the others live on, and so does what became global', {
  timeout: 240_000,
}, async (context) => {
  const ensemble = await running(context);
  const leader = await ensemble.leader();
  const [member] = await ensemble.followers();
  assert.ok(member !== undefined);
  const [local, upgraded, ended] = [await open(member), await open(member), await open(leader)];
  assert.equal(await asks(upgraded, OP.create, ephemeral('/before')), 'OK');
  await leader.process.kill();
  await Promise.all([local.closed, upgraded.closed, ended.closed]);

  const again = await comesBack(member, local);
  assert.equal(again.sessionId, local.sessionId);
  assert.equal(await asks(again, OP.create, createBody('/after', null)), 'OK');
  assert.equal(await asks(again, OP.create, ephemeral('/upgraded')), 'OK');
  const kept = await comesBack(member, upgraded);
  assert.equal(await asks(kept, OP.exists, readBody('/before', false)), 'OK');
  leader.process.start();
  await ensemble.serving();
  await assert.rejects(comesBack(leader, ended), SessionExpired, 'it ended with its member');
  for (const connection of [again, kept]) await connection.close();
});
