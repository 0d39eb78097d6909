import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { Client } from '../client/client.ts';
import type { Address } from '../client/connection.ts';
import type { Member } from '../ensemble.ts';
import type { SteadyLoad, Writer } from './steady-load.ts';

/** Nodes are read this many at a time. */
const WINDOW = 400;

export interface HistorySummary {
  readonly acknowledged: number;
  /** Creations that ended with a connection, and how many of them took effect. */
  readonly unknown: number;
  readonly unknownApplied: number;
  readonly reconnects: number;
}

/**
 * Reads back everything through a client of every member: each acknowledged write is there with its data and czxid, nothing
 * is there that nobody wrote, each client's writes took effect in its order, all members hold the same, and no client
 * saw time go back. The members must be settled.
 */
export async function checkHistory(
  load: SteadyLoad,
  members: readonly Member[],
): Promise<HistorySummary> {
  for (const { client, faults, directory } of load.writers) {
    assert.deepEqual(faults, [], directory);
    assert.deepEqual(client.regressions, [], directory);
  }
  let unknownApplied = 0;
  const digests: string[] = [];
  for (const member of members) {
    const { digest, applied } = await readMember(member, load.writers);
    digests.push(digest);
    unknownApplied = applied;
  }
  assert.equal(new Set(digests).size, 1, 'the members hold different trees');
  return {
    acknowledged: load.acknowledgedCount,
    unknown: sum(load.writers.map((writer) => writer.unknown.size)),
    unknownApplied,
    reconnects: sum(load.writers.map((writer) => writer.client.reconnects)),
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

async function readMember(
  address: Address,
  writers: readonly Writer[],
): Promise<{ digest: string; applied: number }> {
  const client = await Client.connect([address]);
  try {
    await client.sync('/load');
    const hash = createHash('sha1');
    let applied = 0;
    for (const writer of writers) applied += await readWriter(client, writer, hash);
    return { digest: hash.digest('hex'), applied };
  } finally {
    await client.close();
  }
}

/** How many of the unknown creations took effect. */
async function readWriter(
  client: Client,
  writer: Writer,
  hash: ReturnType<typeof createHash>,
): Promise<number> {
  const where = `${writer.directory} on a member`;
  const names = (await client.children(writer.directory)).sort();
  const present = new Set(names);
  const acknowledged = new Map(writer.acknowledged.map((node) => [node.name, node]));
  const lost = writer.acknowledged.filter(({ name }) => !present.has(name));
  assert.deepEqual(lost, [], `${where} lost acknowledged writes`);
  const invented = names.filter((name) => !acknowledged.has(name) && !writer.unknown.has(name));
  assert.deepEqual(invented, [], `${where} has nodes that nobody wrote`);
  for (let start = 0; start < names.length; start += WINDOW) {
    const slice = names.slice(start, start + WINDOW);
    const nodes = await Promise.all(slice.map((name) => client.get(`${writer.directory}/${name}`)));
    for (const [index, name] of slice.entries()) {
      const node = nodes[index];
      assert.ok(node);
      const expected = acknowledged.get(name);
      if (expected !== undefined) {
        assert.equal(node.data, expected.data, `${where}: ${name}`);
        assert.equal(node.stat.czxid, expected.czxid, `${where}: ${name}`);
      }
      hash.update(JSON.stringify([name, node.data, { ...node.stat, ephemeralOwner: '' }]));
    }
  }
  checkOrder(writer);
  await checkRegister(client, writer, hash);
  return names.length - acknowledged.size;
}

function checkOrder(writer: Writer): void {
  let last = 0;
  for (const { name, czxid } of writer.acknowledged) {
    assert.ok(czxid > last, `${writer.directory}/${name} was created before its predecessor`);
    last = czxid;
  }
}

/** The register holds the last acknowledged value, or one that was sent later and never answered. */
async function checkRegister(
  client: Client,
  writer: Writer,
  hash: ReturnType<typeof createHash>,
): Promise<void> {
  const { data, stat } = await client.get(writer.directory);
  const sets = writer.registerSets;
  const lastAcknowledged = sets.findLastIndex((set) => set.acknowledged);
  const possible = sets.slice(Math.max(lastAcknowledged, 0)).map((set) => set.value);
  if (lastAcknowledged === -1) possible.push('0');
  assert.ok(possible.includes(data ?? ''), `${writer.directory} is ${data}, not of ${possible}`);
  const least = sets.filter((set) => set.acknowledged).length;
  assert.ok(stat.version >= least, `${writer.directory}: ${least} sets, version ${stat.version}`);
  assert.ok(stat.version <= sets.length, `${writer.directory} was set more often than asked`);
  hash.update(JSON.stringify([data, { ...stat, ephemeralOwner: '' }]));
}
