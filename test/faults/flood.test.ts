import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { after, before, beforeEach, describe, test } from 'node:test';
import { Client } from '../client/client.ts';
import { type Address, connectFrame } from '../client/connection.ts';
import { JuteWriter } from '../client/jute-writer.ts';
import { RawSocket } from '../client/raw-socket.ts';
import { OP } from '../client/record.ts';
import { readBody } from '../client/request.ts';
import { fourLetterWord } from '../ensemble/four-letter-word.ts';
import { residentMb } from '../ensemble/resident-memory.ts';
import { eventually } from '../ensemble/wait.ts';
import { Ensemble } from '../ensemble.ts';
import { Bystander } from './bystander.ts';

const NODE_BYTES = 500_000;
const SLOW_READERS = 20;
const READS_EACH = 500;
/** What a member may take beyond what it had: far below the gigabytes that the slow ones ask for. */
const GROWTH_MB = 200;
const FLOOD = 2000;
/** As many are opened at once: no more than 511 may wait to be accepted. */
const BATCH = 250;
const SESSIONLESS_MS = 1500;

/** A socket that asks and does not read what comes. */
function deafSocket(member: Address): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: member.host, port: member.port });
    socket.pause();
    socket.on('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      socket.on('error', () => undefined);
      resolve(socket);
    });
  });
}

/** Connections are accepted in their order: once the word behind them is answered, all of them are. */
async function openBatch(member: Address): Promise<RawSocket[]> {
  const sockets = await Promise.all(Array.from({ length: BATCH }, () => RawSocket.open(member)));
  assert.equal(await fourLetterWord(member, 'ruok', 20_000), 'imok');
  return sockets;
}

describe('more than a member can serve', () => {
  let ensemble: Ensemble;
  let bystander: Bystander;

  before(async () => {
    ensemble = await Ensemble.start({
      settings: { 'nio.sessionlessCnxnTimeout': SESSIONLESS_MS },
    });
    const [member] = await ensemble.followers();
    assert.ok(member);
    bystander = await Bystander.start(member);
  });
  beforeEach(() => bystander.check());
  after(async () => {
    await bystander?.end();
    await ensemble?.stop();
  });

  test('readers that ask for gigabytes and do not take them: bounded memory, others are served, and in the end every reply is there', async () => {
    const { member } = bystander;
    const writer = await Client.connect([member]);
    await writer.create('/large', 'x'.repeat(NODE_BYTES));
    const startMb = residentMb(member.process.pid) ?? 0;
    const request = new JuteWriter().int(1).int(OP.getData).raw(readBody('/large', false)).frame();
    const sockets = await Promise.all(
      Array.from({ length: SLOW_READERS }, () => deafSocket(member)),
    );
    for (const socket of sockets) {
      socket.write(connectFrame({ timeoutMs: 40_000 }));
      socket.write(Buffer.concat(Array.from({ length: READS_EACH }, () => request)));
    }
    let mostMb = 0;
    for (let round = 0; round < 10; round++) {
      await bystander.check();
      mostMb = Math.max(mostMb, residentMb(member.process.pid) ?? 0);
    }
    assert.ok(mostMb - startMb < GROWTH_MB, `grew from ${startMb} to ${mostMb} MB`);
    // ConnectResponse, then header, data and stat of each.
    const due = 41 + READS_EACH * (4 + 16 + 4 + NODE_BYTES + 68);
    const [first, ...others] = sockets;
    assert.ok(first);
    for (const socket of others) socket.destroy();
    let taken = 0;
    first.on('data', (bytes) => {
      taken += bytes.length;
    });
    first.resume();
    await eventually('every reply', 60_000, () => taken >= due);
    assert.equal(taken, due);
    first.destroy();
    await writer.close();
  });

  test(`${FLOOD} connections that say nothing, half of them half a greeting: others are served, and they are ended in time`, async () => {
    const { member } = bystander;
    const sockets: RawSocket[] = [];
    while (sockets.length < FLOOD) {
      for (const [index, socket] of (await openBatch(member)).entries()) {
        if (index % 2 === 0) socket.send(connectFrame({ timeoutMs: 4000 }).subarray(0, 20));
        sockets.push(socket);
      }
    }
    await bystander.check();
    const ends = await Promise.all(sockets.map((socket) => socket.closes(20_000)));
    for (const socket of sockets) socket.destroy();
    assert.equal(ends.filter((ended) => !ended).length, 0);
    await bystander.check();
  });

  test(`${FLOOD} connections that come and go at once, without and with a greeting`, async () => {
    const { member } = bystander;
    for (let opened = 0; opened < FLOOD; opened += BATCH) {
      for (const [index, socket] of (await openBatch(member)).entries()) {
        if (index % 4 === 0) socket.send(connectFrame({ timeoutMs: 4000 }));
        socket.destroy();
      }
      await bystander.check();
    }
  });

  test('the bystander saw nothing of it', () => bystander.check());
});
