import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clientCheckers } from './checkers/index.ts';
import { create, getData, HistoryScript, madeAt, objections, setData } from './history-script.ts';
import type { ClientRequest } from './request.ts';

const CREATED = 1;
const DELETED = 2;
const DATA_CHANGED = 3;
const CHILDREN_CHANGED = 4;
const NO_NODE = -101;

function judge(script: HistoryScript): Map<string, string> {
  return objections(clientCheckers({ expiry: { allowanceMs: 0 } }), script.events);
}

function accepts(script: HistoryScript): void {
  assert.deepEqual([...judge(script)], []);
}

function rejects(checker: string, script: HistoryScript, what: RegExp): void {
  const found = judge(script);
  assert.match(found.get(checker) ?? `nothing, but ${[...found.keys()].join()} did`, what);
}

const exists = (path: string): ClientRequest => ({ op: 'exists', path, watch: true });
const children = (path: string): ClientRequest => ({ op: 'getChildren', path, watch: true });
const remove = (path: string): ClientRequest => ({ op: 'delete', path, version: -1 });
const ping: ClientRequest = { op: 'ping' };

/** Two sessions, of which the second has made /a. */
function begin(): HistoryScript {
  const script = new HistoryScript().session(1).connect(1, 1).session(2).connect(2, 2);
  return script.commit(2, 1, 3, create('/a')).reply(2, 1, 3, { path: '/a' });
}

const watchData = (script: HistoryScript) =>
  script.ask(1, 3, getData('/a', true), { data: '', stat: madeAt(3) });

test('watch before read: an event comes before anything that shows its change', () => {
  const script = watchData(begin()).commit(2, 2, 4, setData('/a', ''));
  accepts(watchData(begin()).commit(2, 2, 4, setData('/a', '')).notify(1, 4, DATA_CHANGED, '/a'));
  const late = script.ask(1, 4, ping).notify(1, 4, DATA_CHANGED, '/a');
  rejects('watch before read', late, /told of \/a at 0x100000004 after a reply at 0x100000004/);
});

test('watches exact: what was watched is told before the next reply that is as new', () => {
  const changed = () => watchData(begin()).commit(2, 2, 4, setData('/a', ''));
  accepts(changed().ask(1, 3, ping));
  accepts(changed().notify(1, 4, DATA_CHANGED, '/a').ask(1, 4, ping));
  rejects('watches exact', changed().ask(1, 4, ping), /ping.*before it had to come event 3 of \/a/);
  const other = changed().notify(1, 4, DELETED, '/a');
  rejects('watches exact', other, /told event 2 of \/a.*had to be told event 3 of \/a/);
});

test('watches exact: a watch is told once, and nobody who did not ask is told', () => {
  const changed = () => watchData(begin()).commit(2, 2, 4, setData('/a', ''));
  const twice = changed().notify(1, 4, DATA_CHANGED, '/a').notify(1, 4, DATA_CHANGED, '/a');
  rejects('watches exact', twice, /had to be told nothing/);
  const again = changed().notify(1, 4, DATA_CHANGED, '/a').commit(2, 3, 5, setData('/a', ''));
  accepts(again.ask(1, 5, ping));
  rejects('watches exact', changed().notify(2, 4, DATA_CHANGED, '/a'), /told nothing/);
});

test('watches exact: only exists leaves a watch on what is not there', () => {
  const made = (read: ClientRequest) =>
    begin().ask(1, 3, read, {}, NO_NODE).commit(2, 2, 4, create('/b'));
  accepts(made(exists('/b')).notify(1, 4, CREATED, '/b').ask(1, 4, ping));
  rejects('watches exact', made(exists('/b')).ask(1, 4, ping), /event 1 of \/b/);
  accepts(made(getData('/b', true)).ask(1, 4, ping));
  rejects('watches exact', made(getData('/b', true)).notify(1, 4, CREATED, '/b'), /told nothing/);
});

test('watches exact: a deletion is one event for data and children, then one for the parent', () => {
  const script = () => {
    const both = watchData(begin()).ask(1, 3, children('/a'), { names: [] });
    both.ask(1, 3, children('/'), { names: ['a', 'zookeeper'] });
    return both.commit(2, 2, 4, remove('/a')).notify(1, 4, DELETED, '/a');
  };
  accepts(script().notify(1, 4, CHILDREN_CHANGED, '/').ask(1, 4, ping));
  rejects('watches exact', script().notify(1, 4, DELETED, '/a'), /event 4 of \/ at 0x100000004/);
  rejects('watches exact', script().ask(1, 4, ping), /event 4 of \//);
});

test('watches exact: a multi tells its parts in their order', () => {
  const script = () => {
    const watching = watchData(begin()).ask(1, 3, exists('/b'), {}, NO_NODE);
    const b = { ...create('/b'), op: 'create' } as const;
    const a = { op: 'setData', path: '/a', data: '', version: -1 } as const;
    return watching.commit(2, 2, 4, { op: 'multi', parts: [b, a] });
  };
  accepts(script().notify(1, 4, CREATED, '/b').notify(1, 4, DATA_CHANGED, '/a').ask(1, 4, ping));
  rejects('watches exact', script().notify(1, 4, DATA_CHANGED, '/a'), /told event 1 of \/b/);
});

test('watches exact: who may not read a node is not told, and its watch is spent', () => {
  const acl: ClientRequest = { op: 'setAcl', path: '/a', acl: ['2:world:anyone'], version: -1 };
  const hidden = () => watchData(begin()).commit(2, 2, 4, acl).commit(2, 3, 5, setData('/a', ''));
  accepts(hidden().ask(1, 5, ping));
  rejects('watches exact', hidden().notify(1, 5, DATA_CHANGED, '/a'), /told nothing/);
});

test('watches exact: while an auth is under way an event may be told or not', () => {
  const auth: ClientRequest = { op: 'auth', scheme: 'digest', credentials: 'user:secret' };
  const digest = '31:digest:user:5w9W4eL3797Y4Wq8AcKUPPk8ha4=';
  const acl: ClientRequest = { op: 'setAcl', path: '/a', acl: [digest], version: -1 };
  const hidden = () => watchData(begin()).commit(2, 2, 4, acl).ask(1, 4, ping);
  const write = (script: HistoryScript, counter: number) =>
    script.invoke(2, counter, auth).commit(2, counter + 100, counter, setData('/a', ''));
  accepts(
    write(hidden().invoke(1, 50, auth), 5)
      .reply(1, 50, 0)
      .ask(1, 5, ping),
  );
  accepts(write(hidden().invoke(1, 50, auth), 5).notify(1, 5, DATA_CHANGED, '/a'));
  const proven = () => write(hidden().ask(1, 0, auth).ask(1, 4, ping), 5);
  accepts(proven().notify(1, 5, DATA_CHANGED, '/a').ask(1, 5, ping));
  rejects('watches exact', proven().ask(1, 5, ping), /event 3 of \/a/);
});

test('watches exact: setWatches tells what was missed and sets the rest', () => {
  const again = (): ClientRequest => ({
    op: 'setWatches',
    relativeZxid: 0x100000003,
    data: ['/a', '/gone'],
    exist: ['/b', '/later'],
    child: ['/a', '/'],
  });
  const script = () => {
    const changed = begin().commit(2, 2, 4, create('/b')).disconnect(1);
    return changed.connect(3, 1, { resumed: true }).invoke(3, 7, again());
  };
  const told = () => {
    const missed = script().notify(3, -1, DELETED, '/gone').notify(3, -1, CREATED, '/b');
    return missed.notify(3, -1, CHILDREN_CHANGED, '/').reply(3, 7, 4);
  };
  accepts(told());
  accepts(told().commit(2, 3, 5, setData('/a', '')).notify(3, 5, DATA_CHANGED, '/a'));
  const lost = told().commit(2, 3, 5, create('/later')).ask(3, 5, ping);
  rejects('watches exact', lost, /event 1 of \/later/);
  rejects('watches exact', script().reply(3, 7, 4), /told \[\].*had to tell \[event 1 of \/b/);
  const stray = told().notify(3, -1, CREATED, '/b').ask(3, 4, ping);
  rejects('watches exact', stray, /event 1 of \/b.*outside a setWatches/);
});

test('watches exact: they end with their connection', () => {
  const script = watchData(begin()).disconnect(1).connect(3, 1, { resumed: true });
  script.commit(2, 2, 4, setData('/a', ''));
  accepts(script.ask(3, 4, ping));
  rejects('watches exact', script.notify(3, 4, DATA_CHANGED, '/a'), /told nothing/);
});

const addWatch = (path: string, recursive: boolean): ClientRequest => ({
  op: 'addWatch',
  path,
  recursive,
});

test('watches exact: a watch that stays is told of every change', () => {
  const changed = (recursive: boolean) =>
    begin()
      .ask(1, 3, addWatch('/a', recursive))
      .commit(2, 2, 4, setData('/a', ''))
      .notify(1, 4, DATA_CHANGED, '/a')
      .commit(2, 3, 5, setData('/a', ''));
  for (const recursive of [false, true]) {
    accepts(changed(recursive).notify(1, 5, DATA_CHANGED, '/a').ask(1, 5, ping));
    rejects('watches exact', changed(recursive).ask(1, 5, ping), /had to come event 3 of \/a/);
  }
});

test('watches exact: below a recursive watch all is told but that children changed', () => {
  const grown = (recursive: boolean) =>
    begin().ask(1, 3, addWatch('/a', recursive)).commit(2, 2, 4, create('/a/b'));
  accepts(grown(true).notify(1, 4, CREATED, '/a/b').ask(1, 4, ping));
  accepts(grown(false).notify(1, 4, CHILDREN_CHANGED, '/a').ask(1, 4, ping));
  const told = grown(true).notify(1, 4, CREATED, '/a/b').notify(1, 4, CHILDREN_CHANGED, '/a');
  rejects('watches exact', told, /had to be told nothing/);
});

test('watches exact: removeWatches and checkWatches know which watches there are', () => {
  const ask = (op: 'removeWatches' | 'checkWatches', type: number): ClientRequest => ({
    ...{ op, path: '/a', type },
  });
  const watching = () => begin().ask(1, 3, addWatch('/a', false));
  accepts(watching().ask(1, 3, ask('checkWatches', 4)).ask(1, 3, ask('removeWatches', 3)));
  const wrongType = watching().ask(1, 3, ask('checkWatches', 5));
  rejects('watches exact', wrongType, /checkWatches.*type 5 was answered 0, and had to be -121/);
  const twice = watching().ask(1, 3, ask('removeWatches', 4)).ask(1, 3, ask('removeWatches', 4));
  rejects('watches exact', twice, /removeWatches.*had to be -121/);
  const removed = watching().ask(1, 3, ask('removeWatches', 4));
  accepts(removed.commit(2, 2, 4, setData('/a', '')).ask(1, 4, ping));
});

test('reads at zxid: what goes beyond one node', () => {
  const ephemerals: ClientRequest = { op: 'getEphemerals', path: '/' };
  const count: ClientRequest = { op: 'getAllChildrenNumber', path: '/' };
  const read: ClientRequest = { op: 'multiRead', parts: [{ op: 'getChildren', path: '/b' }] };
  accepts(begin().ask(1, 3, ephemerals, { names: [] }).ask(1, 3, count, { count: 4 }));
  accepts(begin().ask(1, 3, read, { parts: [{ code: NO_NODE }] }));
  rejects('reads at zxid', begin().ask(1, 3, ephemerals, { names: ['/a'] }), /had to be 0/);
  rejects('reads at zxid', begin().ask(1, 3, count, { count: 3 }), /"count":4/);
  const found = begin().ask(1, 3, read, { parts: [{ code: 0, names: [] }] });
  rejects('reads at zxid', found, /-101/);
});
