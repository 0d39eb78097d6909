import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Opcode } from '../../machines/jute/opcode.ts';
import type { TestClient } from '../sim/world/client.ts';
import { Ensemble, TIMING } from '../sim/world/ensemble.ts';
import {
  auth,
  closeSession,
  create,
  createEphemeral,
  dataOf,
  exists,
  getData,
  multi,
  ping,
  setData,
  setWatches,
  sync,
} from '../sim/world/request.ts';

const READ_ONLY_AFTER_MS = 2000;
const NOT_READ_ONLY = -119;
const NODE_DATA_CHANGED = 3;

interface Scene {
  readonly ensemble: Ensemble;
  /** The one that is left. */
  readonly alone: number;
  readonly others: readonly number[];
}

function running(isEnabled = false): Scene & { readonly leader: number } {
  const ensemble = new Ensemble({
    settings: {
      timing: { ...TIMING, readOnlyAfterMs: READ_ONLY_AFTER_MS },
      localSessions: { isEnabled, isUpgrading: true },
    },
  });
  ensemble.start();
  const leader = ensemble.settle();
  const [alone] = ensemble.followers;
  assert.ok(alone !== undefined);
  return { ensemble, alone, leader, others: ensemble.voters.filter((voter) => voter !== alone) };
}

function loseQuorum({ ensemble, alone, others }: Scene): void {
  for (const other of others) ensemble.crash(other);
  ensemble.until(() => ensemble.role(alone) === 'read-only', 'it serves without a leader', 5000);
}

function comeBack({ ensemble, others }: Scene): void {
  for (const other of others) ensemble.restart(other);
  ensemble.settle();
}

function sessionOf({ session, lastZxidSeen }: TestClient) {
  assert.ok(session !== undefined);
  const { readOnly: _, ...known } = session;
  return { ...known, lastZxidSeen };
}

test('a member without a leader serves reads to whoever asked for no more, and refuses all else', () => {
  const scene = running();
  const { ensemble, alone } = scene;
  const writer = ensemble.connect(alone);
  ensemble.ask(writer, create('/a', 'x'));
  loseQuorum(scene);
  const client = ensemble.connect(alone, { readOnly: true });
  assert.equal(client.session?.readOnly, true);
  assert.equal(dataOf(ensemble.ask(client, getData('/a')).body), 'x');
  const requests = [
    create('/b'),
    createEphemeral('/e'),
    { ...create('/b'), opcode: Opcode.create2 },
    { ...create('/b'), opcode: Opcode.createContainer },
    { opcode: Opcode.createTtl },
    { opcode: Opcode.delete },
    { opcode: Opcode.deleteContainer },
    setData('/a', 'y'),
    { opcode: Opcode.setAcl },
    { opcode: Opcode.reconfig },
    multi(create('/b')),
    { opcode: Opcode.check },
    sync(),
  ];
  const xids = client.send(...requests, exists('/a'));
  ensemble.until(() => client.replyTo(xids.at(-1)) !== undefined, 'the read behind them', 100);
  const codes = xids.map((xid) => client.replyTo(xid)?.code);
  assert.deepEqual(codes, [...requests.map(() => NOT_READ_ONLY), 0]);
  assert.equal(ensemble.ask(client, auth('digest', 'u:p')).code, 0);
  assert.equal(ensemble.ask(client, closeSession).code, 0);
  ensemble.until(() => !client.isOpen, 'the connection ends', 100);
});

test('it waits for that as long as it has to, and only where it is enabled', () => {
  const scene = running();
  const { ensemble, alone } = scene;
  for (const other of scene.others) ensemble.crash(other);
  ensemble.until(() => ensemble.role(alone) === 'looking', 'it looks', 3000);
  ensemble.run(READ_ONLY_AFTER_MS - 100);
  assert.equal(ensemble.role(alone), 'looking');
  ensemble.run(200);
  assert.equal(ensemble.role(alone), 'read-only');
});

test('without a leader whoever wants to write is hung up on without a word, and so is a global session', () => {
  const scene = running();
  const { ensemble, alone } = scene;
  const before = ensemble.connect(alone, { timeoutMs: 20_000, readOnly: true });
  assert.equal(before.session?.readOnly, false);
  loseQuorum(scene);
  assert.equal(before.isOpen, false);
  for (const handshake of [
    {},
    { readOnly: false },
    { ...sessionOf(before), readOnly: true },
    { sessionId: 12_345, readOnly: true },
    { readOnly: true, lastZxidSeen: ensemble.zxid(alone) + 1 },
  ]) {
    const client = ensemble.knock(alone, handshake);
    ensemble.until(() => !client.isOpen, 'it is hung up on', 100);
    assert.equal(client.session, undefined);
  }
  comeBack(scene);
  const again = ensemble.connect(alone, sessionOf(before));
  assert.equal(again.session?.sessionId, before.session?.sessionId, 'its session has lived on');
});

test('a leader is found: the clients go, and come back to write', () => {
  const scene = running();
  const { ensemble, alone } = scene;
  loseQuorum(scene);
  const client = ensemble.connect(alone, { readOnly: true });
  comeBack(scene);
  assert.equal(client.isOpen, false);
  const again = ensemble.knock(alone, { ...sessionOf(client), readOnly: true });
  ensemble.until(() => !again.isOpen, 'it is told that its session is over', 500);
  assert.equal(again.session?.sessionId, 0);
  const fresh = ensemble.connect(alone, { readOnly: true });
  assert.equal(fresh.session?.readOnly, false);
  assert.equal(ensemble.ask(fresh, createEphemeral('/e')).code, 0);
});

test('a session made without a leader comes back to its member, expires there, and is then said to be over', () => {
  const scene = running();
  const { ensemble, alone } = scene;
  loseQuorum(scene);
  const client = ensemble.connect(alone, { readOnly: true, timeoutMs: 2000 });
  client.disconnect();
  const again = ensemble.connect(alone, { ...sessionOf(client), readOnly: true });
  assert.equal(again.session?.sessionId, client.session?.sessionId);
  ensemble.run(1500);
  again.send(ping);
  ensemble.run(1900);
  assert.ok(again.isOpen);
  ensemble.until(() => !again.isOpen, 'it expires', 700);
  const late = ensemble.knock(alone, { ...sessionOf(client), readOnly: true });
  ensemble.until(() => !late.isOpen, 'it is told', 100);
  assert.equal(late.session?.sessionId, 0);
});

test('a local session lives on while its member has no leader, and after that', () => {
  const scene = running(true);
  const { ensemble, alone } = scene;
  const client = ensemble.connect(alone, { timeoutMs: 20_000, readOnly: true });
  ensemble.ask(client, create('/a', 'x'));
  loseQuorum(scene);
  const reading = ensemble.connect(alone, { ...sessionOf(client), readOnly: true });
  assert.equal(reading.session?.readOnly, true);
  assert.equal(dataOf(ensemble.ask(reading, getData('/a')).body), 'x');
  assert.equal(ensemble.ask(reading, setData('/a', 'y')).code, NOT_READ_ONLY);
  comeBack(scene);
  const writing = ensemble.connect(alone, { ...sessionOf(client), readOnly: true });
  assert.equal(writing.session?.readOnly, false);
  assert.equal(ensemble.ask(writing, setData('/a', 'y')).code, 0);
});

test('what no quorum has is not shown, though it is in the log', () => {
  const scene = running();
  const { ensemble, alone, leader, others } = scene;
  const writer = ensemble.connect(leader);
  ensemble.ask(writer, create('/a', 'committed'));
  ensemble.run(100);
  const third = others.find((other) => other !== leader) ?? 0;
  // The proposal reaches the disk of the one that is left; its commit reaches nobody.
  ensemble.network.holds = (from, to) => from === alone || from === third || to === third;
  writer.send(setData('/a', 'proposed'));
  ensemble.until(() => ensemble.log(alone).lastZxid > ensemble.zxid(alone), 'it is logged', 400);
  ensemble.crash(leader);
  ensemble.crash(third);
  ensemble.network.holds = () => false;
  ensemble.until(() => ensemble.role(alone) === 'read-only', 'it serves without a leader', 5000);
  assert.ok(ensemble.log(alone).lastZxid > ensemble.zxid(alone));
  const client = ensemble.connect(alone, { readOnly: true });
  assert.equal(dataOf(ensemble.ask(client, getData('/a')).body), 'committed');
  // Nor is it after a start: what is known to be committed is replayed, and no more.
  ensemble.crash(alone);
  ensemble.restart(alone);
  ensemble.until(() => ensemble.role(alone) === 'read-only', 'it serves without a leader', 5000);
  const late = ensemble.connect(alone, { readOnly: true });
  assert.equal(dataOf(ensemble.ask(late, getData('/a')).body), 'committed');
});

test('watches are taken, and a client that was elsewhere learns what it has missed', () => {
  const scene = running();
  const { ensemble, alone } = scene;
  const writer = ensemble.connect(alone);
  ensemble.ask(writer, create('/a', 'old'));
  const before = ensemble.zxid(alone);
  ensemble.ask(writer, setData('/a', 'new'));
  loseQuorum(scene);
  const client = ensemble.connect(alone, { readOnly: true });
  assert.equal(ensemble.ask(client, getData('/a', true)).code, 0);
  assert.equal(ensemble.ask(client, setWatches(before, ['/a'])).code, 0);
  const event = client.replyTo(-1);
  assert.equal(event?.body.readInt32BE(0), NODE_DATA_CHANGED);
});
