import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { NatsBus } from '../../runtime/bus/nats-bus.ts';
import { ChildMember } from './child-member.ts';
import { eventually } from './eventually.ts';
import { Listener } from './listener.ts';
import { Member } from './member.ts';
import {
  freePorts,
  NatsServer,
  type NatsServerOptions,
  startNatsCluster,
  startNatsServer,
} from './nats-server.ts';
import { closed, startNatsNetwork } from './network.ts';

async function serverFor(context: TestContext, options?: NatsServerOptions): Promise<NatsServer> {
  const server = await startNatsServer(options);
  context.after(() => server.dispose());
  return server;
}

function childOf(context: TestContext, ...settings: ConstructorParameters<typeof ChildMember>) {
  const child = new ChildMember(...settings);
  context.after(() => child.kill());
  return child;
}

test('a killed server is seen at once, and so is its return', async (context) => {
  const server = await serverFor(context);
  const listener = new Listener(context, { servers: [server.url] });
  await listener.reports('up');
  const killedMs = performance.now();
  await server.kill();
  await listener.reports('up', 'down');
  assert.ok(performance.now() - killedMs < 500, 'down is late');
  await server.start();
  const startedMs = performance.now();
  await listener.reports('up', 'down', 'up');
  assert.ok(performance.now() - startedMs < 500, 'up is late');
  await listener.noted('lost', server.url);
});

test('what is published while the bus is down stays unpublished', async (context) => {
  const server = await serverFor(context);
  const sender = new Listener(context, { servers: [server.url] });
  const receiver = new Listener(context, { servers: [server.url] });
  receiver.subscribe('subject');
  await sender.reports('up');
  await receiver.reports('up');
  sender.publish('subject', 'before');
  await receiver.hears('before');
  await server.kill();
  await sender.reports('up', 'down');
  sender.publish('subject', 'meanwhile');
  await server.start();
  await sender.reports('up', 'down', 'up');
  await receiver.reports('up', 'down', 'up');
  sender.publish('subject', 'after');
  await receiver.hears('after');
  assert.deepEqual(receiver.heard, ['before', 'after']);
});

test('a subscription of any age receives', async (context) => {
  const server = await serverFor(context);
  const listener = new Listener(context, { servers: [server.url] });
  listener.subscribe('early');
  await listener.reports('up');
  listener.subscribe('late');
  const second: string[] = [];
  listener.bus.onStatus((status) => second.push(status));
  listener.publish('early', 'a');
  listener.publish('late', 'b');
  await listener.hears('b');
  assert.deepEqual(listener.heard, ['a', 'b']);
  assert.deepEqual(second, ['up']);
});

test('the maximum payload is what the server says', async (context) => {
  const server = await serverFor(context, { maxPayloadBytes: 12_345 });
  const listener = new Listener(context, { servers: [server.url] });
  await listener.reports('up');
  assert.equal(listener.bus.maxPayloadBytes, 12_345);
});

test('a server that stands still counts as lost', async (context) => {
  const server = await serverFor(context);
  const listener = new Listener(context, { servers: [server.url], pingIntervalMs: 50 });
  await listener.reports('up');
  server.freeze();
  await listener.reports('up', 'down');
  await listener.noted('lost', 'silent');
  server.thaw();
  await listener.reports('up', 'down', 'up');
});

test('a stalled process does not blame the server', async (context) => {
  const server = await serverFor(context);
  const listener = new Listener(context, { servers: [server.url], pingIntervalMs: 20 });
  listener.subscribe('subject');
  await listener.reports('up');
  for (let stall = 0; stall < 3; stall++) {
    const untilMs = performance.now() + 150;
    while (performance.now() < untilMs);
    listener.publish('subject', `after stall ${stall}`);
    await listener.hears(`after stall ${stall}`);
  }
  assert.deepEqual(listener.statuses, ['up']);
});

test('a member that is cut off as a slow consumer sees its bus go down', async (context) => {
  const server = await serverFor(context, { maxPendingBytes: 1024 * 1024 });
  const child = childOf(context, server.url, 2, 'listen');
  await child.says('up');
  const sender = new Listener(context, { servers: [server.url] });
  await sender.reports('up');
  child.freeze();
  const payload = Buffer.alloc(256 * 1024);
  await eventually('the server cuts the child off', () => {
    sender.bus.publish('viv.test.member.2', payload);
    return server.log.includes('Slow Consumer');
  });
  child.thaw();
  await child.says('up', 'down', 'up');
  assert.deepEqual(sender.statuses, ['up']);
});

test('the probe of a killed process reports that it is gone within 100 ms', async (context) => {
  const network = await startNatsNetwork();
  context.after(() => network.dispose());
  const one = new Member(network, 1);
  await one.hears('busUp');
  const delaysMs: number[] = [];
  for (let attempt = 0; attempt < 3; attempt++) {
    const child = childOf(context, network.servers[0] ?? '', 2, 'echo');
    await child.says('up');
    one.links.openLink(2, attempt + 1);
    one.links.probe(2);
    one.send(2, attempt + 1, 'alive?');
    one.links.flush();
    await one.hears(`message 2/${attempt + 1} alive?`);
    assert.ok(!one.take().includes('gone 2'));
    await child.kill();
    const killedMs = performance.now();
    await eventually('the peer is gone', () => {
      one.links.probe(2);
      one.links.flush();
      return one.said.includes('gone 2');
    });
    delaysMs.push(performance.now() - killedMs);
    // Answers come in order: behind this one there is none from the probes above.
    one.links.probe(3);
    one.links.flush();
    await one.hears('gone 3');
    one.take();
  }
  // One of three: the others may have had to wait for a processor.
  assert.ok(Math.min(...delaysMs) < 100, `gone after ${delaysMs.join(', ')} ms`);
});

test('in a cluster the death of one server moves its clients to another', async (context) => {
  const servers = await startNatsCluster();
  context.after(() => Promise.all(servers.map((server) => server.dispose())));
  const urls = servers.map((server) => server.url);
  const moved = new Listener(context, { servers: urls });
  await moved.reports('up');
  const home = servers.find((server) => server.url === moved.bus.server);
  assert.ok(home !== undefined);
  const stayed = new Listener(context, { servers: urls.filter((url) => url !== home.url) });
  await stayed.reports('up');
  moved.subscribe('to moved');
  stayed.subscribe('to stayed');
  const killedMs = performance.now();
  await home.kill();
  await moved.reports('up', 'down', 'up');
  assert.ok(performance.now() - killedMs < 1000, 'the move is late');
  assert.notEqual(moved.bus.server, home.url);
  // Interest travels between servers in its own time.
  await eventually('both hear each other', () => {
    stayed.publish('to moved', 'hello');
    moved.publish('to stayed', 'hello');
    return moved.heard.length > 0 && stayed.heard.length > 0;
  });
  assert.deepEqual(stayed.statuses, ['up']);
});

test('a cluster makes its other servers known', async (context) => {
  const servers = await startNatsCluster();
  context.after(() => Promise.all(servers.map((server) => server.dispose())));
  const [first] = servers;
  assert.ok(first !== undefined);
  const listener = new Listener(context, { servers: [first.url] });
  await listener.reports('up');
  await first.kill();
  await listener.reports('up', 'down', 'up');
  assert.notEqual(listener.bus.server, first.url);
});

test('a bus that cannot be reached at first is reported and tried again', async (context) => {
  const [port = 0] = await freePorts(1);
  const server = new NatsServer(port);
  context.after(() => server.dispose());
  const listener = new Listener(context, { servers: [server.url] });
  await listener.noted('unreachable', server.url);
  assert.equal(listener.bus.maxPayloadBytes, 1024 * 1024);
  listener.publish('subject', 'dropped');
  await server.start();
  await listener.reports('up');
  assert.equal(listener.notices.filter(({ kind }) => kind === 'unreachable').length, 1);
});

test('what was published before the close still leaves', async (context) => {
  const server = await serverFor(context);
  const receiver = new Listener(context, { servers: [server.url] });
  receiver.subscribe('subject');
  await receiver.reports('up');
  const sender = new Listener(context, { servers: [server.url] });
  await sender.reports('up');
  sender.publish('subject', 'last word');
  await closed(sender.bus);
  sender.publish('subject', 'too late');
  await receiver.hears('last word');
  receiver.publish('subject', 'marker');
  await receiver.hears('marker');
  assert.deepEqual(receiver.heard, ['last word', 'marker']);
  assert.deepEqual(sender.statuses, ['up']);
});

test('a broken handler ends the process instead of deafening it', async (context) => {
  const network = await startNatsNetwork();
  context.after(() => network.dispose());
  const child = childOf(context, network.servers[0] ?? '', 2, 'throw');
  await child.says('up');
  const one = new Member(network, 1);
  await one.hears('busUp');
  one.links.openLink(2, 1);
  one.send(2, 1, 'message');
  one.links.flush();
  await eventually('the child ends', () => child.exitCode !== null);
  assert.notEqual(child.exitCode, 0);
  assert.match(child.errors, /the handler is broken/);
});

test('a bus without servers, or with a password among them, is refused', () => {
  assert.throws(() => new NatsBus({ servers: [] }), RangeError);
  assert.throws(() => new NatsBus({ servers: ['nats://user:secret@127.0.0.1'] }), RangeError);
});
