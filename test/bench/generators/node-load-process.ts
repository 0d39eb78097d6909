import { setTimeout as sleep } from 'node:timers/promises';
import { EtcdClient } from './etcd-client.ts';
import { JetStreamClient } from './jetstream-client.ts';
import type { NodeLoadOrder } from './node-load.ts';
import { Recorder } from './recorder.ts';
import type { StoreClient } from './store-client.ts';

const KEYS = 1000;
const PUT_AT_ONCE = 50;

const order = readOrder();
const recorder = new Recorder();
const value = Buffer.alloc(order.bytes, 'v');
const clients = await Promise.all(
  Array.from({ length: order.connections }, (_, index) => connect(index)),
);
await setUp();
let isRunning = true;
const lanes = clients.flatMap((client) => Array.from({ length: order.window }, () => lane(client)));
await sleep(order.warmUp * 1000);
recorder.begin(performance.now());
process.stdout.write('measuring\n');
await sleep(order.seconds * 1000);
const measurement = recorder.end(performance.now(), order.operation);
process.stdout.write(`${JSON.stringify(measurement)}\n`);
isRunning = false;
await Promise.all(lanes);
await Promise.all(clients.map((client) => client.close()));

function readOrder(): NodeLoadOrder {
  const value: unknown = JSON.parse(process.argv[2] ?? 'null');
  if (!isOrder(value)) throw new Error('this process is started by the bench');
  return value;
}

function isOrder(value: unknown): value is NodeLoadOrder {
  return typeof value === 'object' && value !== null && 'store' in value && 'addresses' in value;
}

function connect(index: number): Promise<StoreClient> {
  const address = order.addresses[index % order.addresses.length];
  if (address === undefined) throw new RangeError('no addresses');
  const { host, port } = address;
  return order.store === 'etcd'
    ? EtcdClient.connect(host, port)
    : JetStreamClient.connect(host, port);
}

async function setUp(): Promise<void> {
  const [client] = clients;
  if (client === undefined) throw new RangeError('no connections');
  for (let first = 0; first < KEYS; first += PUT_AT_ONCE) {
    const some = Array.from({ length: PUT_AT_ONCE }, (_, index) => key(first + index));
    await Promise.all(some.map((name) => client.set(name, value)));
  }
}

/** One request after the other, at random among the keys. */
async function lane(client: StoreClient): Promise<void> {
  while (isRunning) {
    const name = key(Math.floor(Math.random() * KEYS));
    const askedMs = performance.now();
    const isGood = await outcome(
      order.operation === 'set' ? client.set(name, value) : client.get(name),
    );
    recorder.reply(performance.now(), askedMs, isGood);
    // A store that refuses at once must not keep the timers from ending this.
    if (!isGood) await sleep(1);
  }
}

async function outcome(request: Promise<void>): Promise<boolean> {
  try {
    await request;
    return true;
  } catch {
    return false;
  }
}

function key(number: number): string {
  return `k${number}`;
}
