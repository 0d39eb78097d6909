import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Acl, OPEN_ACL, Perm } from '../../machines/znode/acl.ts';
import { Reads } from '../../machines/znode/read.ts';
import {
  WatchEventType as Event,
  type WatchEventType,
  type Watcher,
  WatcherType,
  WatchManager,
} from '../../machines/znode/watch.ts';
import { WatchMode, type WatchTable } from '../../machines/znode/watch-table.ts';
import { ANYONE, create, del, Leader, SEED, setAcl, setData } from './fixture.ts';
import { WatchModel } from './watch-model.ts';

interface Client extends Watcher {
  readonly number: number;
  readonly events: string[];
}

const PATHS = ['/', '/a', '/a/b', '/a/b/c', '/ab', '/b'];
const TYPES = Object.values(WatcherType);
const EVENTS = Object.values(Event);
/** Nobody of these tests is among them. */
const SECRET: readonly Acl[] = [{ perms: Perm.all, scheme: 'digest', id: 'alice:hash' }];

function client(number: number): Client {
  return { number, sessionId: number, identities: ANYONE, events: [] };
}

function manager(): WatchManager<Client> {
  return new WatchManager<Client>((watcher, type, path, zxid) => {
    watcher.events.push(`${type} ${path} ${zxid}`);
  });
}

function fire(
  watches: WatchManager<Client>,
  type: WatchEventType,
  path: string,
  zxid: number,
  acl: readonly Acl[] = OPEN_ACL,
): void {
  if (type === Event.nodeCreated) watches.nodeCreated(path, zxid, acl);
  else if (type === Event.nodeDeleted) watches.nodeDeleted(path, zxid, acl);
  else if (type === Event.nodeDataChanged) watches.dataChanged(path, zxid, acl);
  else watches.childrenChanged(path, zxid, acl);
}

function pairs(table: WatchTable<Client>): { byPath: string[]; byWatcher: string[] } {
  const byPath = [...table.paths()].flatMap(([path, watchers]) =>
    [...watchers].map(({ number }) => `${path} ${number}`),
  );
  const byWatcher = [...table.watchers()].flatMap(([{ number }, paths]) =>
    [...paths].map((path) => `${path} ${number}`),
  );
  return { byPath: byPath.sort(), byWatcher: byWatcher.sort() };
}

const step = fc.oneof(
  fc.record({ kind: fc.constantFrom('data', 'children', 'persistent', 'recursive') }),
  fc.record({ kind: fc.constant('data' as const) }),
  fc.record({ kind: fc.constant('remove' as const), type: fc.constantFrom(...TYPES) }),
  fc.record({
    kind: fc.constant('fire' as const),
    type: fc.constantFrom(...EVENTS),
    hidden: fc.boolean(),
  }),
  fc.record({
    kind: fc.constant('fire' as const),
    type: fc.constantFrom(...EVENTS),
    hidden: fc.constant(false),
  }),
  fc.record({ kind: fc.constant('leave' as const) }),
);
const steps = fc.array(fc.tuple(step, fc.nat({ max: 3 }), fc.constantFrom(...PATHS)), {
  maxLength: 60,
});

test('the tables tell, spend, keep and count what a plain list of watches does', () => {
  fc.assert(
    fc.property(steps, (sequence) => {
      const watches = manager();
      const model = new WatchModel();
      const clients = [0, 1, 2, 3].map(client);
      for (const [at, [what, number, path]] of sequence.entries()) {
        const one = clients[number];
        assert.ok(one !== undefined);
        const expected = new Set<number>();
        switch (what.kind) {
          case 'data':
            watches.data.add(path, one, WatchMode.standard);
            model.add(number, path, 'data', 'standard');
            break;
          case 'children':
            watches.children.add(path, one, WatchMode.standard);
            model.add(number, path, 'children', 'standard');
            break;
          case 'persistent':
            watches.addPersistent(path, one);
            model.addPersistent(number, path);
            break;
          case 'recursive':
            watches.addPersistentRecursive(path, one);
            model.add(number, path, 'data', 'persistentRecursive');
            break;
          case 'remove': {
            const removed = watches.removeType(path, one, what.type);
            assert.equal(removed, model.remove(number, path, what.type));
            break;
          }
          case 'leave':
            watches.remove(one);
            model.forget(number);
            break;
          case 'fire': {
            fire(watches, what.type, path, at, what.hidden ? SECRET : OPEN_ACL);
            const told = model.trigger(what.type, path);
            if (!what.hidden) for (const each of told) expected.add(each);
            for (const each of clients) {
              const heard: readonly string[] = expected.has(each.number)
                ? [`${what.type} ${path} ${at}`]
                : [];
              assert.deepEqual(each.events.splice(0), heard);
            }
          }
        }
        for (const type of TYPES) {
          assert.equal(watches.has(path, one, type), model.has(number, path, type));
        }
      }
      for (const table of ['data', 'children'] as const) {
        const expected = model.pairs(table);
        assert.deepEqual(pairs(watches[table]), { byPath: expected, byWatcher: expected });
        assert.equal(watches[table].count, expected.length);
        const paths = new Set(expected.map((pair) => pair.split(' ')[0]));
        assert.equal(watches[table].pathCount, paths.size);
      }
      for (const each of clients) watches.remove(each);
      assert.equal(watches.count + watches.data.pathCount + watches.children.pathCount, 0);
      for (const each of PATHS) assert.equal([...watches.data.above(`${each}/x`)].length, 0);
    }),
    { numRuns: 1500, seed: SEED },
  );
});

function setting() {
  const watches = manager();
  const leader = new Leader({
    nodeCreated: (path, zxid, acl) => watches.nodeCreated(path, zxid, acl),
    nodeDeleted: (path, zxid, acl) => watches.nodeDeleted(path, zxid, acl),
    dataChanged: (path, zxid, acl) => watches.dataChanged(path, zxid, acl),
    childrenChanged: (path, zxid, acl) => watches.childrenChanged(path, zxid, acl),
    sessionClosed: () => undefined,
  });
  const heard = (one: Client) => one.events.splice(0).map((event) => event.replace(/ \d+$/, ''));
  return { watches, leader, reads: new Reads(leader.tree, watches), heard };
}

test('a persistent watch hears of its node and of the children, again and again', () => {
  const { watches, leader, heard } = setting();
  const one = client(1);
  watches.addPersistent('/a', one);
  leader.create('/a');
  for (let round = 0; round < 2; round++) {
    leader.run(setData('/a'));
    leader.create('/a/b');
    leader.run(setData('/a/b'));
    leader.run(setAcl('/a', OPEN_ACL));
    leader.run(del('/a/b'));
    assert.deepEqual(heard(one).slice(round === 0 ? 1 : 0), ['3 /a', '4 /a', '4 /a']);
  }
  leader.run(del('/a'));
  leader.create('/a');
  assert.deepEqual(
    heard(one),
    ['2 /a', '1 /a'],
    'one event of the deletion, though in both tables',
  );
  assert.equal(watches.count, 2);
});

test('a recursive watch hears of everything below it, and never of children', () => {
  const { watches, leader, heard } = setting();
  const one = client(1);
  watches.addPersistentRecursive('/a', one);
  leader.create('/a');
  leader.create('/ab');
  leader.create('/a/b');
  leader.create('/a/b/c');
  leader.run(setData('/a/b/c'));
  leader.run(setAcl('/a/b/c', OPEN_ACL));
  leader.run({ op: 'multi', parts: [del('/a/b/c'), create('/a/d')] });
  assert.deepEqual(heard(one), ['1 /a', '1 /a/b', '1 /a/b/c', '3 /a/b/c', '2 /a/b/c', '1 /a/d']);
  const root = client(2);
  watches.addPersistentRecursive('/', root);
  leader.run(setData('/'));
  leader.run(setData('/ab'));
  assert.deepEqual(heard(root), ['3 /', '3 /ab']);
  assert.deepEqual(heard(one), []);
});

test('whatever one connection has on a path and above it, a change is one event to it', () => {
  const { watches, leader, reads, heard } = setting();
  leader.create('/a');
  leader.create('/a/b');
  const one = client(1);
  watches.addPersistentRecursive('/', one);
  watches.addPersistentRecursive('/a', one);
  watches.addPersistentRecursive('/a/b', one);
  watches.addPersistent('/a/b', one);
  reads.getData('/a/b', true, one);
  reads.getChildren('getChildren', '/a/b', true, one);
  leader.run(setData('/a/b'));
  assert.deepEqual(heard(one), ['3 /a/b']);
  assert.ok(!watches.has('/a/b', one, WatcherType.data), 'the one-shot watch is spent');
  assert.ok(watches.has('/a/b', one, WatcherType.children));
  assert.ok(watches.has('/a/b', one, WatcherType.persistent), 'the others stay');
  leader.run(del('/a/b'));
  assert.deepEqual(heard(one), ['2 /a/b']);
  assert.ok(!watches.has('/a/b', one, WatcherType.children), 'spent, though told as another');
});

test('who may not read hears nothing of a persistent watch, and keeps it', () => {
  const { watches, leader, heard } = setting();
  const one = client(1);
  watches.addPersistent('/a', one);
  watches.addPersistentRecursive('/', one);
  leader.create('/a', {}, { acl: SECRET });
  leader.code(setData('/a'));
  assert.deepEqual(heard(one), []);
  fire(watches, Event.nodeDataChanged, '/a', 9);
  assert.deepEqual(heard(one), ['3 /a']);
});

test('removing one type leaves the others, and a path above or below is another path', () => {
  const { watches, reads, leader } = setting();
  leader.create('/a');
  const one = client(1);
  const all = () => TYPES.filter((type) => watches.has('/a', one, type));
  const set = () => {
    watches.addPersistent('/a', one);
    watches.addPersistentRecursive('/a', one);
    reads.getData('/a', true, one);
    reads.getChildren('getChildren', '/a', true, one);
  };
  set();
  assert.deepEqual(all(), TYPES);
  for (const type of TYPES) {
    assert.ok(!watches.removeType('/', one, type) && !watches.removeType('/a/b', one, type));
    assert.ok(!watches.removeType('/a', client(2), type));
    set();
    assert.ok(watches.removeType('/a', one, type));
    assert.ok(!watches.removeType('/a', one, type));
    const rest = type === WatcherType.any ? [] : TYPES.filter((other) => other !== type);
    assert.deepEqual(all(), rest);
  }
});

test('setWatches arms persistent watches and tells nothing of what they missed', () => {
  const { watches, reads, leader, heard } = setting();
  leader.create('/a');
  const one = client(1);
  reads.setWatches(
    {
      op: 'setWatches',
      relativeZxid: 0,
      ...{ data: [], exist: [], child: [] },
      persistent: ['/a', '/absent'],
      persistentRecursive: ['', '/a'],
    },
    one,
  );
  assert.deepEqual(heard(one), []);
  assert.ok(watches.has('/a', one, WatcherType.persistent));
  assert.ok(watches.has('/absent', one, WatcherType.persistent));
  assert.ok(watches.has('/', one, WatcherType.persistentRecursive));
  assert.ok(!watches.children.has('/', one));
  assert.equal(watches.data.count, 3);
  assert.equal(watches.children.count, 2, 'a persistent one counts in both (reference §7.6)');
});

test('a watcher that goes while others are told is told no more', () => {
  const clients = [1, 2, 3].map(client);
  const watches = new WatchManager<Client>((watcher, type, path) => {
    watcher.events.push(`${type} ${path}`);
    for (const other of clients) if (other !== watcher) watches.remove(other);
  });
  for (const one of clients) watches.data.add('/a', one, WatchMode.standard);
  fire(watches, Event.nodeDataChanged, '/a', 1);
  assert.deepEqual(
    clients.map(({ events }) => events.length),
    [1, 0, 0],
  );
  assert.equal(watches.count, 0);
});

test('an event counts with how many watched, those who may not know of it among them, and not where nobody did', () => {
  const watches = manager();
  const [one, two] = [client(1), client(2)];
  watches.data.add('/a', one, WatchMode.standard);
  watches.data.add('/a', two, WatchMode.standard);
  watches.addPersistentRecursive('/', two);
  watches.children.add('/a', one, WatchMode.standard);
  fire(watches, Event.nodeDataChanged, '/a', 1, SECRET);
  fire(watches, Event.nodeCreated, '/a/b', 2);
  fire(watches, Event.nodeChildrenChanged, '/b', 3);
  fire(watches, Event.nodeDeleted, '/a', 4);
  watches.remove(two);
  fire(watches, Event.nodeDeleted, '/a', 5);
  const counted = ({ figures: { count, sum } }: { figures: { count: number; sum: number } }) =>
    `${sum} in ${count}`;
  const { created, deleted, dataChanged, childrenChanged } = watches.figures;
  assert.equal(counted(dataChanged), '2 in 1');
  assert.equal(counted(created), '1 in 1');
  assert.equal(counted(deleted), '2 in 2', 'the tables of data and of children, one each');
  assert.equal(counted(childrenChanged), '0 in 0');
});
