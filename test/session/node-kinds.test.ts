import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Opcode } from '../../machines/jute/opcode.ts';
import { JuteWriter } from '../client/jute-writer.ts';
import { createBody, createTtlBody, multiBody, versionBody } from '../client/request.ts';
import type { Request, TestClient } from '../sim/world/client.ts';
import { Ensemble, type EnsembleOptions } from '../sim/world/ensemble.ts';
import { create, exists, ping, setData } from '../sim/world/request.ts';

const STAT_BYTES = 68;
const CONTAINER = 4;
const TTL = 5;
const ANY = -1;
const OFTEN = { checkIntervalMs: 500, maxPerMinute: 10_000, maxNeverUsedIntervalMs: 0 };

function running(settings: EnsembleOptions['settings'] = {}): {
  ensemble: Ensemble;
  client: TestClient;
} {
  const ensemble = new Ensemble({ settings });
  ensemble.start();
  ensemble.settle();
  const [follower] = ensemble.followers;
  assert.ok(follower !== undefined);
  return { ensemble, client: ensemble.connect(follower, { timeoutMs: 20_000 }) };
}

function request(opcode: number, body: Buffer): Request {
  return { opcode, body: (out) => out.raw(body) };
}

const container = (path: string, opcode: number = Opcode.createContainer): Request =>
  request(opcode, createBody(path, null, { mode: CONTAINER }));
const ttl = (path: string, ttlMs: number): Request =>
  request(Opcode.createTtl, createTtlBody(path, null, ttlMs));
const remove = (path: string): Request => request(Opcode.delete, versionBody(path, ANY));

/** Whether the node is there, by the word of every member. */
function isThere(ensemble: Ensemble, path: string): boolean {
  ensemble.run(100);
  const [first, ...others] = ensemble.voters.map((voter) => ensemble.dataAt(voter, path));
  const found = first !== undefined;
  assert.ok(
    others.every((other) => (other !== undefined) === found),
    `members differ about ${path}`,
  );
  return found;
}

/** Says something now and then: time passes, and the session goes on. */
function wait(ensemble: Ensemble, client: TestClient, forMs: number): void {
  for (let at = 0; at < forMs; at += 1000) {
    client.send(ping);
    ensemble.run(Math.min(1000, forMs - at));
  }
}

test('the form of the reply follows the opcode: only that of create has no stat', () => {
  const { ensemble, client } = running();
  const bytesBehindPath = (asked: Request): number => {
    const { code, body } = ensemble.ask(client, asked);
    assert.equal(code, 0);
    return body.length - 4 - body.readInt32BE(0);
  };
  assert.equal(bytesBehindPath(container('/a', Opcode.create)), 0);
  assert.equal(bytesBehindPath(container('/b', Opcode.create2)), STAT_BYTES);
  assert.equal(bytesBehindPath(container('/c')), STAT_BYTES);
  assert.equal(bytesBehindPath(ttl('/d', 1000)), STAT_BYTES);
  const { body } = ensemble.ask(client, exists('/d'));
  const owner = body.readBigInt64BE(44);
  assert.equal(owner, 0n, 'a TTL node looks as if it were persistent');
});

test('in a multi all creates but the plain one are answered as create2 is', () => {
  const { ensemble, client } = running();
  const parts = [
    { opcode: Opcode.create, body: createBody('/p', null) },
    { opcode: Opcode.create2, body: createBody('/p/2', null) },
    { opcode: Opcode.create, body: createBody('/p/a', null, { mode: CONTAINER }) },
    { opcode: Opcode.create2, body: createBody('/p/b', null, { mode: CONTAINER }) },
    { opcode: Opcode.createContainer, body: createBody('/p/c', null, { mode: CONTAINER }) },
    { opcode: Opcode.createTtl, body: createTtlBody('/p/t', null, 1000) },
  ];
  const { code, body } = ensemble.ask(client, request(Opcode.multi, multiBody(parts)));
  assert.equal(code, 0);
  const types: number[] = [];
  for (let at = 0; body.readInt32BE(at) !== -1; ) {
    const type = body.readInt32BE(at);
    types.push(type);
    at += 9;
    at += 4 + body.readInt32BE(at) + (type === Opcode.create ? 0 : STAT_BYTES);
  }
  assert.deepEqual(types, [1, 15, 15, 15, 15, 15]);
  const failing = [parts[0], { opcode: Opcode.createTtl, body: createTtlBody('/q', null, 0) }];
  const refused = ensemble.ask(
    client,
    request(Opcode.multi, multiBody(failing.flatMap((p) => p ?? []))),
  );
  assert.equal(
    refused.body.toString('hex', 0, 26),
    'ffffffff00ffffff92ffffff92ffffffff00fffffffefffffffe',
  );
  const { zxid } = refused;
  for (const mode of [TTL, 7, -1]) {
    const unread = [parts[0], { opcode: Opcode.create, body: createBody('/q', null, { mode }) }];
    const body = multiBody(unread.flatMap((p) => p ?? []));
    const told = ensemble.ask(client, request(Opcode.multi, body));
    assert.deepEqual([told.code, told.body.length, told.zxid], [-5, 0, zxid]);
  }
});

test('without extended types a TTL node is refused, and the connection stays', () => {
  const { ensemble, client } = running({ prep: { extendedTypes: false } });
  assert.equal(ensemble.ask(client, ttl('/t', 1000)).code, -6);
  assert.equal(ensemble.ask(client, container('/c')).code, 0);
  assert.ok(client.isOpen);
});

test('a client that sends deleteContainer is told that there is no such operation, and goes', () => {
  const { ensemble, client } = running();
  ensemble.ask(client, create('/p'));
  client.send(request(Opcode.deleteContainer, new JuteWriter().buffer(Buffer.from('/p')).bytes()));
  ensemble.until(() => !client.isOpen, 'the connection ends', 500);
  assert.equal(client.replies.at(-1)?.code, -6);
  assert.ok(isThere(ensemble, '/p'));
});

test('a container goes when its last child has gone, with its watches, and one never used stays', () => {
  const { ensemble, client } = running({ reaping: OFTEN });
  for (const path of ['/used', '/unused', '/full']) ensemble.ask(client, container(path));
  for (const path of ['/used/a', '/full/a']) ensemble.ask(client, create(path));
  ensemble.ask(client, remove('/used/a'));
  ensemble.ask(client, exists('/used', true));
  ensemble.until(() => client.replies.at(-1)?.xid === -1, 'the watch event', 1500);
  assert.ok(!isThere(ensemble, '/used'));
  wait(ensemble, client, 10_000);
  assert.ok(isThere(ensemble, '/unused') && isThere(ensemble, '/full'));
});

test('a container that was never used goes where a time is set for that', () => {
  const { ensemble, client } = running({ reaping: { ...OFTEN, maxNeverUsedIntervalMs: 3000 } });
  ensemble.ask(client, container('/c'));
  wait(ensemble, client, 2900);
  assert.ok(isThere(ensemble, '/c'));
  wait(ensemble, client, 1200);
  assert.ok(!isThere(ensemble, '/c'));
});

test('a TTL node goes when it was not written for longer than its TTL, under the next leader as well', () => {
  const { ensemble, client } = running({ reaping: OFTEN });
  ensemble.ask(client, ttl('/t', 4000));
  ensemble.ask(client, ttl('/kept', 1000));
  ensemble.ask(client, ttl('/kept/child', 600_000));
  wait(ensemble, client, 3000);
  ensemble.ask(client, setData('/t', 'again'));
  const { leader } = ensemble;
  assert.ok(leader !== undefined);
  ensemble.crash(leader);
  ensemble.restart(leader);
  ensemble.settle();
  const [follower] = ensemble.followers;
  assert.ok(follower !== undefined);
  const other = ensemble.connect(follower, { timeoutMs: 20_000 });
  wait(ensemble, other, 1500);
  assert.equal(ensemble.dataAt(follower, '/t'), 'again', 'written less than 4 s ago');
  wait(ensemble, other, 4000);
  assert.ok(!isThere(ensemble, '/t'));
  assert.ok(isThere(ensemble, '/kept'), 'it has a child');
});
