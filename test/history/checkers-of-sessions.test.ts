import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clientCheckers } from './checkers/index.ts';
import { create, HistoryScript, madeAt, objections, setData, zxidOf } from './history-script.ts';
import type { ClientRequest, MultiPart } from './request.ts';

const OPTIONS = { expiry: { allowanceMs: 500, commitMs: 1000, silenceMs: 10_000 } };
const SESSION = zxidOf(1);

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

/** Two sessions, each on its connection, with a timeout of 4000 ms. */
function begin(): HistoryScript {
  return new HistoryScript().session(1).connect(1, 1).session(2).connect(2, 2);
}

const ping: ClientRequest = { op: 'ping' };
const exists = (path: string): ClientRequest => ({ op: 'exists', path, watch: false });
const expiry = (paths: string[]) => ({ session: SESSION, cxid: 0, kind: 'closeSession', paths });

test('ephemerals: the end of a session takes its own, all of them and no others', () => {
  const script = () => {
    const own = begin().commit(1, 1, 3, create('/e', 1)).reply(1, 1, 3, { path: '/e' });
    own.commit(1, 2, 4, create('/p')).reply(1, 2, 4, { path: '/p' });
    return own.commit(2, 1, 5, create('/f', 1)).reply(2, 1, 5, { path: '/f' }).wait(4000);
  };
  accepts(script().deliver(6, expiry(['/e'])));
  rejects('ephemerals', script().deliver(6, expiry([])), /takes \[\], and.*owned \[\/e\]/);
  rejects('ephemerals', script().deliver(6, expiry(['/e', '/p'])), /takes \[\/e, \/p\]/);
  rejects('ephemerals', script().deliver(6, expiry(['/e', '/f'])), /takes \[\/e, \/f\]/);
});

test('ephemerals: none is seen once its session is over', () => {
  const script = begin().commit(1, 1, 3, create('/e', 1)).reply(1, 1, 3, { path: '/e' });
  const stat = madeAt(3, { ephemeralOwner: SESSION });
  accepts(script.ask(2, 3, exists('/e'), { stat }));
  script.wait(4000).deliver(4, expiry(['/e']));
  accepts(script.ask(2, 4, exists('/e'), {}, -101));
  rejects(
    'ephemerals',
    script.ask(2, 4, exists('/e'), { stat }),
    /which was closed at 0x100000004/,
  );
});

test('ephemerals: a session that is not there yet owns nothing', () => {
  const stat = madeAt(3, { ephemeralOwner: zxidOf(9) });
  const script = begin().commit(1, 1, 3, create('/e')).ask(2, 3, exists('/e'), { stat });
  rejects('ephemerals', script, /session 0x100000009, which was not there/);
});

test('session expiry: a session that was heard has its whole timeout', () => {
  const heard = () => begin().wait(3000).ask(1, 2, ping);
  rejects('session expiry', heard().wait(3499).deliver(3, expiry([])), /after 3499 ms of silence/);
  accepts(heard().wait(3500).deliver(3, expiry([])));
  // What was sent and not answered may never have arrived.
  accepts(begin().wait(3000).invoke(1, -2, ping).wait(1000).deliver(3, expiry([])));
  const closed = begin().commit(1, 1, 3, { op: 'closeSession' }, { paths: [] }).reply(1, 1, 3);
  accepts(closed.deliver(4, expiry([])));
});

test('session expiry: what was decided in a long silence may be committed behind it', () => {
  const back = () => begin().wait(4000).ask(1, 2, ping);
  accepts(back().wait(1000).deliver(3, expiry([])));
  rejects('session expiry', back().wait(1001).deliver(3, expiry([])), /after 1001 ms of silence/);
});

test('session expiry: the time of a new session may have begun long before its client heard of it', () => {
  accepts(begin().wait(1000).deliver(3, expiry([])));
  const told = begin().wait(1001).deliver(3, expiry([]));
  rejects('session expiry', told, /after 1001 ms of silence/);
});

test('session expiry: a session is refused when it is closed or due, and not before', () => {
  const refuse = (script: HistoryScript) =>
    script.tell({ type: 'refused', connection: 3, session: SESSION, member: 2 });
  rejects(
    'session expiry',
    refuse(begin().ask(1, 2, ping).wait(1001)),
    /was refused, is not closed/,
  );
  accepts(refuse(begin().ask(1, 2, ping).wait(4000)));
  accepts(refuse(begin().wait(4000).deliver(3, expiry([])).wait(1)));
  accepts(refuse(begin().commit(1, 1, 3, { op: 'closeSession' }, { paths: [] })));
});

test('session expiry: nothing is done for a session that is over', () => {
  const script = begin().wait(4000).deliver(3, expiry([])).commit(1, 1, 4, create('/a'));
  rejects('session expiry', script.reply(1, 1, 4, { path: '/a' }), /closed at 0x100000003/);
  const refused = begin().wait(4000).deliver(3, expiry([]));
  refused.commit(1, 1, 4, create('/a'), { kind: 'error', code: -112 }).reply(1, 1, 4, {}, -112);
  accepts(refused);
});

test('session expiry: at the end no session is left that has long been silent', () => {
  const end = (script: HistoryScript) => script.tell({ type: 'phase', phase: 'end' });
  const left = begin().wait(10_001).ask(2, 2, ping);
  rejects('session expiry', end(left), /session 0x100000001 is still there after 10001 ms/);
  const gone = begin().wait(10_001).ask(2, 2, ping).deliver(3, expiry([]));
  accepts(end(gone));
  const unclaimed = begin().session(3).wait(10_001).ask(1, 3, ping).ask(2, 3, ping);
  rejects('session expiry', end(unclaimed), /session 0x100000003 is still there/);
});

test('sequential names: they are unique and grow with the txns', () => {
  const number = (path: string, digits: number) => `${path}${String(digits).padStart(10, '0')}`;
  const make = (script: HistoryScript, counter: number, path: string) =>
    script.commit(1, counter, counter, create('/s-', 2)).reply(1, counter, counter, { path });
  accepts(make(make(begin(), 3, number('/s-', 0)), 4, number('/s-', 1)));
  const twice = make(make(begin(), 3, number('/s-', 0)), 4, number('/s-', 0));
  rejects(
    'sequential names',
    twice,
    /made at 0x100000003 and .* at 0x100000004: numbers have to grow/,
  );
  rejects('sequential names', make(begin(), 3, '/s-0'), /is not \/s- and ten digits/);
  const late = begin().commit(1, 3, 3, create('/s-', 2)).commit(2, 4, 4, create('/s-', 2));
  late.reply(2, 4, 4, { path: number('/s-', 1) });
  accepts(late.reply(1, 3, 3, { path: number('/s-', 0) }));
});

test('sequential names: numbers start anew with a new parent', () => {
  const child = create('/q/', 2);
  const script = begin().commit(1, 3, 3, create('/q')).commit(1, 4, 4, child);
  script.reply(1, 3, 3, { path: '/q' }).reply(1, 4, 4, { path: '/q/0000000000' });
  script.commit(1, 5, 5, { op: 'delete', path: '/q/0000000000', version: -1 }).reply(1, 5, 5);
  script.commit(1, 6, 6, { op: 'delete', path: '/q', version: -1 }).reply(1, 6, 6);
  script.commit(1, 7, 7, create('/q')).commit(1, 8, 8, child).reply(1, 7, 7, { path: '/q' });
  accepts(script.reply(1, 8, 8, { path: '/q/0000000000' }));
});

test('multi atomic: a reply says all or nothing', () => {
  const bad: MultiPart = { op: 'check', path: '/none', version: -1 };
  const multi: ClientRequest = { op: 'multi', parts: [create('/a'), bad, create('/b')] };
  const script = () => begin().commit(1, 1, 3, multi, { code: -101 });
  accepts(script().reply(1, 1, 3, { parts: [{ code: 0 }, { code: -101 }, { code: -2 }] }));
  const half = [{ code: 0, path: '/a' }, { code: -101 }, { code: -2 }];
  rejects('multi atomic', script().reply(1, 1, 3, { parts: half }), /neither all nor nothing/);
  const on = [{ code: 0 }, { code: -101 }, { code: 0 }];
  rejects('multi atomic', script().reply(1, 1, 3, { parts: on }), /neither all nor nothing/);
  rejects('multi atomic', script().reply(1, 1, 3, { parts: [] }), /neither all nor nothing/);
  rejects(
    'multi atomic',
    script().ask(2, 3, exists('/a'), { stat: madeAt(3) }),
    /shows what 0x100000003 has changed, a multi that failed/,
  );
});

test('multi atomic: later parts see what earlier ones did', () => {
  const parts = [create('/a'), create('/a/b'), setData('/a', 'xy', 0)];
  const script = begin().commit(1, 1, 3, { op: 'multi', parts });
  const stat = madeAt(3, { version: 1, cversion: 1, numChildren: 1, dataLength: 2 });
  accepts(
    script.reply(1, 1, 3, {
      parts: [
        { code: 0, path: '/a' },
        { code: 0, path: '/a/b' },
        { code: 0, stat },
      ],
    }),
  );
});

test('acknowledged durable: at the end every living member has it', () => {
  const script = () => {
    const two = new HistoryScript();
    two.tell({ type: 'started', member: 1, incarnation: 1, zxid: 0 });
    two.tell({ type: 'started', member: 2, incarnation: 1, zxid: 0 });
    two.session(1).connect(1, 1).commit(1, 1, 2, create('/a')).reply(1, 1, 2, { path: '/a' });
    return two;
  };
  const txn = { session: SESSION, cxid: 1, kind: 'create' };
  const end = (one: HistoryScript) => one.tell({ type: 'phase', phase: 'end' });
  accepts(end(script().deliver(2, txn, 2)));
  rejects('acknowledged durable', end(script()), /member 2 is at 0x0, and create \/a/);
  accepts(end(script().tell({ type: 'installed', member: 2, zxid: zxidOf(2) })));
  accepts(end(script().tell({ type: 'crashed', member: 2 })));
  const back = script().deliver(2, txn, 2).tell({ type: 'crashed', member: 2 });
  back.tell({ type: 'started', member: 2, incarnation: 2 });
  rejects('acknowledged durable', end(back), /member 2 is nowhere/);
  const other = script().deliver(2, { ...txn, cxid: 2 }, 2);
  rejects('acknowledged durable', other, /member 2 delivered at 0x100000002 the xid 2/);
});

test('acknowledged durable: a session that a client has is one that was committed', () => {
  const script = new HistoryScript().connect(1, 1);
  rejects('acknowledged durable', script, /session 0x100000001.*never committed/);
});
