import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clientCheckers } from './checkers/index.ts';
import type { HistoryEvent } from './event.ts';
import {
  create,
  getData,
  HistoryScript,
  madeAt,
  objections,
  setData,
  zxidOf,
} from './history-script.ts';

/** A checker that accepts everything would find nothing: each must accept what is right and reject what it is for. */

const OPTIONS = { expiry: { allowanceMs: 100, commitMs: 0, silenceMs: 10_000 } };

function judge(script: HistoryScript): Map<string, string> {
  return objections(clientCheckers(OPTIONS), script.events);
}

function accepts(script: HistoryScript): void {
  assert.deepEqual([...judge(script)], []);
}

function rejects(checker: string, script: HistoryScript, what: RegExp): void {
  const found = judge(script);
  assert.match(found.get(checker) ?? `nothing, but ${[...found.keys()].join()} did`, what);
}

/** One session on one connection. */
function begin(): HistoryScript {
  return new HistoryScript().session(1).connect(1, 1);
}

/** And another, which has seen what the first one had by then. */
function beginTwo(): HistoryScript {
  return begin().session(2).connect(2, 2);
}

const SESSION = zxidOf(1);

test('a history in which all is well is accepted', () => {
  const script = beginTwo();
  script.ask(2, 2, { op: 'exists', path: '/a', watch: true }, {}, -101);
  script.commit(1, 1, 3, create('/a', 0, 'one')).reply(1, 1, 3, { path: '/a' });
  script.notify(2, 3, 1, '/a');
  script.ask(2, 3, getData('/a', true), { data: 'one', stat: madeAt(3, { dataLength: 3 }) });
  script.commit(1, 2, 4, create('/a'), { kind: 'error', code: -110 }).reply(1, 2, 4, {}, -110);
  script.commit(1, 3, 5, setData('/a', 'third'));
  const stat = madeAt(3, { mzxid: zxidOf(5), mtimeMs: 1005, version: 1, dataLength: 5 });
  script.reply(1, 3, 5, { stat }).notify(2, 5, 3, '/a');
  script.ask(2, 5, getData('/a'), { data: 'third', stat });
  script.ask(2, 5, { op: 'sync', path: '/' }, { path: '/' });
  script.commit(1, 4, 6, { op: 'closeSession' }, { paths: [] }).reply(1, 4, 6);
  accepts(script.disconnect(1));
});

test('committed requests: nothing is committed that nobody asked for, nothing twice, nothing else', () => {
  const stranger = begin().deliver(2, { session: SESSION, cxid: 9, kind: 'create' });
  rejects('committed requests', stranger, /xid 9 of session 0x100000001, which no client/);
  const twice = begin().commit(1, 1, 2, create('/a'));
  twice.deliver(3, { session: SESSION, cxid: 1, kind: 'error', code: -110 });
  rejects('committed requests', twice, /committed twice, at 0x100000002 and 0x100000003/);
  const wrong = begin().commit(1, 1, 2, setData('/a', 'x'));
  rejects('committed requests', wrong, /makes a txn 'setData'.*refused with -101/);
  const code = begin().commit(1, 1, 2, setData('/a', 'x'), { kind: 'error', code: -103 });
  rejects('committed requests', code, /the code -103, which had to be -101/);
  const late = begin().commit(1, 1, 3, create('/a'));
  late.deliver(2, { session: SESSION, cxid: 2, kind: 'create' });
  rejects('committed requests', late, /delivered 0x100000002 after 0x100000003/);
});

test('committed requests: what other members deliver again is no news', () => {
  const script = begin().commit(1, 1, 2, create('/a'));
  accepts(script.deliver(2, { session: SESSION, cxid: 1, kind: 'create' }, 2));
});

test('committed requests: a txn may be told ahead of its request', () => {
  const script = begin().deliver(2, { session: SESSION, cxid: 1, kind: 'create' });
  accepts(script.invoke(1, 1, create('/a')).reply(1, 1, 2, { path: '/a' }));
});

test('committed requests: a partial history knows that there are others', () => {
  const script = begin().deliver(2, { session: SESSION, cxid: 9, kind: 'create' });
  script.commit(1, 1, 3, create('/a')).reply(1, 1, 3, { path: '/a' });
  const checkers = clientCheckers({ ...OPTIONS, isPartial: true });
  assert.deepEqual([...objections(checkers, script.events)], []);
});

test('linearizable writes: a client is told what became of its write', () => {
  const wrong = begin().commit(1, 1, 2, create('/a')).reply(1, 1, 2, {}, -110);
  rejects('linearizable writes', wrong, /answered with -110.*had to be 0: {"path":"\/a"}/);
  const elsewhere = begin().commit(1, 1, 2, create('/a')).reply(1, 1, 1, { path: '/a' });
  rejects('linearizable writes', elsewhere, /at 0x100000001, and its txn is 0x100000002/);
  const lost = begin().invoke(1, 1, create('/a')).reply(1, 1, 1, { path: '/a' });
  rejects('linearizable writes', lost, /no txn of it is committed/);
  const moved = begin().commit(1, 1, 2, create('/a'), { kind: 'error', code: -118 });
  rejects('linearizable writes', moved.reply(1, 1, 2, {}, -118), /session has moved/);
});

test('linearizable writes: a member may refuse by itself what it does not read', () => {
  const ttl = create('/a', 5);
  const multi = { op: 'multi', parts: [ttl] } as const;
  accepts(begin().invoke(1, 1, multi).reply(1, 1, 1, {}, -5));
  const read = { op: 'multi', parts: [{ ...ttl, opcode: 21 }] } as const;
  for (const request of [ttl, read]) {
    const other = begin().invoke(1, 1, request).reply(1, 1, 1, {}, -5);
    rejects('linearizable writes', other, /answered with -5/);
  }
});

test('linearizable writes: what was shown before a write was sent is behind it', () => {
  const script = () => beginTwo().ask(1, 3, { op: 'exists', path: '/a', watch: false }, {}, -101);
  const early = script().commit(2, 1, 3, create('/b'));
  rejects(
    'linearizable writes',
    early,
    /create \/b.*committed at 0x100000003, and 0x100000003 had/,
  );
  const since = beginTwo().commit(2, 1, 3, create('/b'));
  accepts(since.ask(1, 3, { op: 'exists', path: '/a', watch: false }, {}, -101));
});

test('linearizable writes: a sync brings what was acknowledged before it', () => {
  const script = beginTwo().commit(1, 1, 3, create('/a')).reply(1, 1, 3, { path: '/a' });
  const behind = script.ask(2, 2, { op: 'sync', path: '/' }, { path: '/' });
  rejects('linearizable writes', behind, /sync.*at 0x100000002, and 0x100000003 had been shown/);
  const forgotten = beginTwo().commit(1, 1, 3, create('/a')).reply(1, 1, 3, { path: '/a' });
  forgotten.ask(2, 3, { op: 'sync', path: '/' }, { path: '/' });
  forgotten.ask(2, 2, { op: 'exists', path: '/a', watch: false }, {}, -101);
  rejects('linearizable writes', forgotten, /had brought the connection to 0x100000003/);
});

test('reads at zxid: every field is that of one state', () => {
  const script = () =>
    begin()
      .commit(1, 1, 2, create('/a', 0, 'x'))
      .reply(1, 1, 2, { path: '/a' });
  const stat = madeAt(2, { dataLength: 1 });
  accepts(script().ask(1, 2, getData('/a'), { data: 'x', stat }));
  const stale = script().ask(1, 2, getData('/a'), {}, -101);
  rejects('reads at zxid', stale, /answered at 0x100000002 with -101/);
  const torn = script().ask(1, 2, getData('/a'), { data: 'y', stat });
  rejects('reads at zxid', torn, /had to be 0: {"data":"x"/);
  const version = script().ask(1, 2, getData('/a'), { data: 'x', stat: { ...stat, version: 1 } });
  rejects('reads at zxid', version, /"version":1/);
  const ahead = script().ask(1, 3, getData('/a'), { data: 'x', stat });
  rejects('reads at zxid', ahead, /shown 0x100000003, and nothing behind 0x100000002/);
});

test('reads at zxid: children are compared without their order, the root counts as the reference says', () => {
  const script = begin().commit(1, 1, 2, create('/a')).reply(1, 1, 2, { path: '/a' });
  const root = madeAt(0, { czxid: 0, mzxid: 0, ctimeMs: 0, mtimeMs: 0, numChildren: 2 });
  const stat = { ...root, cversion: 0, pzxid: zxidOf(2) };
  const read = { op: 'getChildren2', path: '/', watch: false } as const;
  accepts(script.ask(1, 2, read, { names: ['zookeeper', 'a'], stat }));
  rejects(
    'reads at zxid',
    script.ask(1, 2, read, { names: ['a'], stat }),
    /"a","zookeeper"|"zookeeper","a"/,
  );
});

test('reads at zxid: an auth holds for what is sent after it, and who has none is refused', () => {
  const acl = ['31:auth:'];
  const auth = { op: 'auth', scheme: 'digest', credentials: 'user:secret' } as const;
  const owned = { ...create('/a'), acl };
  const script = beginTwo().ask(1, 0, auth);
  script.commit(1, 1, 3, owned).reply(1, 1, 3, { path: '/a' });
  script.ask(
    1,
    3,
    { op: 'getAcl', path: '/a' },
    {
      acl: ['31:digest:user:5w9W4eL3797Y4Wq8AcKUPPk8ha4='],
      stat: madeAt(3),
    },
  );
  script.ask(2, 3, getData('/a'), {}, -102);
  accepts(script);
  const leak = script.ask(2, 3, getData('/a'), { data: '', stat: madeAt(3) });
  rejects('reads at zxid', leak, /had to be -102/);
});

test('session monotonic: nobody is shown what was before', () => {
  const back = beginTwo().commit(1, 1, 3, create('/a')).reply(1, 1, 3, { path: '/a' });
  back.ask(1, 2, { op: 'exists', path: '/b', watch: false }, {}, -101);
  rejects('session monotonic', back, /shown 0x100000002 on connection 1, after 0x100000003/);
  const moved = beginTwo().commit(1, 1, 3, create('/a')).reply(1, 1, 3, { path: '/a' });
  moved.disconnect(1).connect(3, 1, { resumed: true }).ask(3, 2, { op: 'ping' });
  rejects('session monotonic', moved, /on connection 3, after 0x100000003/);
  const said = beginTwo().session(3).connect(4, 1, { resumed: true, seen: 3 });
  rejects('session monotonic', said.ask(4, 2, { op: 'ping' }), /on connection 4/);
});

test('session monotonic: two connections at the same time are not compared', () => {
  const script = beginTwo().connect(3, 1, { resumed: true });
  script.commit(1, 1, 3, create('/a')).reply(1, 1, 3, { path: '/a' });
  accepts(script.ask(3, 2, { op: 'ping' }));
});

test('FIFO client order: replies come in the order of the requests, each once', () => {
  const ping = { op: 'ping' } as const;
  const order = begin().invoke(1, 1, create('/a')).invoke(1, -2, ping).reply(1, -2, 1);
  rejects('FIFO client order', order, /ping.*answered before create \/a/);
  rejects('FIFO client order', begin().ask(1, 1, ping).reply(1, 1001, 1), /no request waits/);
});

test('FIFO client order: writes are committed in order and without a gap', () => {
  const txn = (cxid: number) => ({ session: SESSION, cxid, kind: 'create' });
  const two = () => begin().invoke(1, 1, create('/a')).invoke(1, 2, create('/b'));
  accepts(two().deliver(2, txn(1)).deliver(3, txn(2)));
  rejects('FIFO client order', two().deliver(2, txn(2)), /commits create \/b.*create \/a.*due/);
  const moved = two().connect(3, 1, { resumed: true }).commit(3, 3, 2, create('/c'));
  rejects('FIFO client order', moved.deliver(3, txn(1)), /xid 1 done at .*, behind xid 3/);
  const refused = two().connect(3, 1, { resumed: true }).commit(3, 3, 2, create('/c'));
  accepts(refused.deliver(3, { ...txn(1), kind: 'error', code: -118 }));
  // The end of a session is asked for without an owner, and may arrive late.
  const closing = begin().invoke(1, 1, { op: 'closeSession' }).connect(3, 1, { resumed: true });
  closing.commit(3, 3, 2, create('/c'));
  accepts(closing.deliver(3, { session: SESSION, cxid: 1, kind: 'closeSession', paths: [] }));
});

test('the order in which checkers are told is that of the list', () => {
  const names = clientCheckers(OPTIONS).map(({ name }) => name);
  assert.equal(names[0], 'committed requests');
  assert.equal(new Set(names).size, names.length);
  const unfed: HistoryEvent[] = [];
  assert.deepEqual([...objections(clientCheckers(OPTIONS), unfed)], []);
});
