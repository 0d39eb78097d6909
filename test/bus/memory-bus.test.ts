import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryBusHub, type Transfer } from '../../runtime/bus/memory-bus.ts';

/** A hub whose transfers wait until the test lets them arrive. */
function heldHub(maxPayloadBytes?: number) {
  const held: { transfer: Transfer; deliver: () => void }[] = [];
  const hub = new MemoryBusHub((transfer, deliver) => {
    held.push({ transfer, deliver });
  }, maxPayloadBytes);
  const arrive = (): void => {
    for (const { deliver } of held.splice(0)) deliver();
  };
  return { hub, held, arrive };
}

function listening(hub: MemoryBusHub, name: string) {
  const heard: string[] = [];
  const bus = hub.connect(name);
  bus.subscribe('subject', (payload) => heard.push(Buffer.from(payload).toString()));
  bus.onStatus((status) => heard.push(status));
  return { bus, heard };
}

const text = (content: string): Buffer => Buffer.from(content);

test('the schedule sees every transfer and decides when it arrives', () => {
  const { hub, held, arrive } = heldHub();
  const one = listening(hub, 'one');
  const two = listening(hub, 'two');
  arrive();
  one.bus.publish('subject', text('hi'));
  assert.deepEqual(
    held.map(({ transfer }) => transfer),
    [
      { kind: 'message', from: 'one', to: 'one', subject: 'subject', bytes: 2 },
      { kind: 'message', from: 'one', to: 'two', subject: 'subject', bytes: 2 },
    ],
  );
  held.shift();
  held[0]?.deliver();
  arrive();
  assert.deepEqual(one.heard, ['up']);
  assert.deepEqual(two.heard, ['up', 'hi', 'hi']);
});

test('a payload is a copy that is worthless after the callback', () => {
  const { hub, arrive } = heldHub();
  const bus = hub.connect('one');
  const kept: Uint8Array[] = [];
  bus.subscribe('subject', (payload) => kept.push(payload));
  const payload = text('hi');
  bus.publish('subject', payload);
  payload.fill(0);
  arrive();
  assert.deepEqual(kept, [Uint8Array.of(0xee, 0xee)]);
});

test('a lost connection hears nothing that was on its way, and comes back with its subscriptions', () => {
  const { hub, arrive } = heldHub();
  const one = listening(hub, 'one');
  const two = listening(hub, 'two');
  arrive();
  one.bus.publish('subject', text('in flight'));
  hub.disconnect('two');
  one.bus.publish('subject', text('meanwhile'));
  two.bus.publish('subject', text('from nowhere'));
  arrive();
  hub.reconnect('two');
  arrive();
  one.bus.publish('subject', text('again'));
  arrive();
  assert.deepEqual(two.heard, ['up', 'down', 'up', 'again']);
  assert.deepEqual(one.heard, ['up', 'in flight', 'meanwhile', 'again']);
});

test('a killed process is told nothing, and its name can be used again', () => {
  const { hub, arrive } = heldHub();
  const first = listening(hub, 'one');
  arrive();
  first.bus.publish('subject', text('in flight'));
  hub.kill('one');
  const second = listening(hub, 'one');
  arrive();
  first.bus.publish('subject', text('from the dead'));
  arrive();
  assert.deepEqual(first.heard, ['up']);
  assert.deepEqual(second.heard, ['up']);
});

test('a probe of a subject without listeners reports it', () => {
  const { hub, held, arrive } = heldHub();
  const one = listening(hub, 'one');
  arrive();
  const gone: string[] = [];
  one.bus.probe('subject', text('?'), () => gone.push('subject'));
  one.bus.probe('nobody', text('?'), () => gone.push('nobody'));
  assert.deepEqual(
    held.map(({ transfer }) => transfer.kind),
    ['message', 'gone'],
  );
  arrive();
  assert.deepEqual(gone, ['nobody']);
  hub.disconnect('one');
  one.bus.probe('nobody', text('?'), () => gone.push('while down'));
  arrive();
  assert.deepEqual(gone, ['nobody']);
});

test('a payload above the maximum is a mistake of the sender', () => {
  const { hub } = heldHub(10);
  const bus = hub.connect('one');
  assert.equal(bus.maxPayloadBytes, 10);
  assert.throws(() => bus.publish('subject', Buffer.alloc(11)), /above the bus's 10/);
});

test('a closed connection is gone', () => {
  const { hub, arrive } = heldHub();
  const one = listening(hub, 'one');
  const two = listening(hub, 'two');
  arrive();
  let done = false;
  two.bus.close(() => {
    done = true;
  });
  arrive();
  assert.ok(done);
  one.bus.publish('subject', text('hi'));
  arrive();
  assert.deepEqual(two.heard, ['up']);
  assert.throws(() => hub.disconnect('two'), /not connected/);
});
