import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clientCheckers } from './checkers/index.ts';
import {
  create,
  HistoryScript,
  localId,
  madeAt,
  objections,
  setData,
  zxidOf,
} from './history-script.ts';

const OPTIONS = { expiry: { allowanceMs: 500, commitMs: 1000 } };
const NOT_READ_ONLY = -119;

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

/** A local session that has written. */
function begin(): HistoryScript {
  const script = new HistoryScript().connectLocal(1, 1);
  return script.commit(1, 1, 1, create('/p')).reply(1, 1, 1, { path: '/p' });
}

/** It is global from 2 on, for an ephemeral at 3. */
function upgraded(): HistoryScript {
  const made = { session: localId(1), cxid: 0, kind: 'createSession', timeoutMs: 4000 };
  return begin().deliver(2, made).commit(1, 2, 3, create('/e', 1)).reply(1, 2, 3, { path: '/e' });
}

function refused(script: HistoryScript, member: number): HistoryScript {
  const session = localId(1);
  const askedMs = script.atMs;
  return script.tell({ type: 'refused', connection: 9, session, member, askedMs });
}

test('local sessions: one is served by its own member in one life of it', () => {
  accepts(begin().disconnect(1).connectLocal(2, 1, { resumed: true }));
  const elsewhere = begin().disconnect(1).connectLocal(2, 1, { resumed: true, member: 2 });
  rejects('local sessions', elsewhere, /member 2 serves .*, and it is local to member 1/);
  const crashed = begin().tell({ type: 'crashed', member: 1 }).wait(10);
  rejects('local sessions', crashed.connectLocal(2, 1, { resumed: true }), /has crashed since/);
});

test('local sessions: one that has become global goes on anywhere, and owns ephemerals', () => {
  accepts(upgraded().connectLocal(2, 1, { resumed: true, member: 2 }));
  const stat = madeAt(3, { ephemeralOwner: localId(1) });
  accepts(upgraded().ask(1, 3, { op: 'exists', path: '/e', watch: false }, { stat }));
  const forgotten = begin().commit(1, 2, 2, create('/e', 1)).reply(1, 2, 2, { path: '/e' });
  rejects('committed requests', forgotten, /which had to be refused with -112/);
  const refusal = { kind: 'error', code: -120 };
  const not = begin().commit(1, 2, 2, create('/e', 1), refusal).reply(1, 2, 2, {}, -120);
  rejects('committed requests', not, /the code -120, which had to be -112/);
});

test('local sessions: the end of one costs no txn, that of a global one does', () => {
  accepts(begin().invoke(1, 2, { op: 'closeSession' }).reply(1, 2, 1));
  const closed = upgraded().invoke(1, 3, { op: 'closeSession' }).reply(1, 3, 3);
  rejects('linearizable writes', closed, /no txn of it is committed/);
});

test('session expiry: a local session may be unknown to others, and to its own member once that has crashed', () => {
  accepts(refused(begin(), 2));
  rejects('session expiry', refused(begin(), 1), /was refused, is not closed/);
  accepts(refused(begin().tell({ type: 'crashed', member: 1 }).wait(10), 1));
  accepts(refused(upgraded(), 2));
  rejects('session expiry', refused(upgraded().wait(1), 2), /was refused, is not closed/);
});

test('local sessions: a member without a leader writes nothing, and says so; no other does', () => {
  const reader = () => begin().connectLocal(2, 2, { isReadOnly: true });
  accepts(reader().ask(2, 1, setData('/p', 'x'), {}, NOT_READ_ONLY));
  accepts(reader().ask(2, 1, { op: 'sync', path: '/' }, {}, NOT_READ_ONLY));
  accepts(reader().ask(2, 1, { op: 'closeSession' }));
  const done = reader().commit(2, 1, 2, setData('/p', 'x'));
  rejects('local sessions', done, /commits setData \/p .*, which was asked of a member without/);
  const told = begin().ask(1, 1, setData('/p', 'x'), {}, NOT_READ_ONLY);
  rejects('local sessions', told, /answered with -119, and its member was not asked to write/);
  const synced = reader().ask(2, 1, { op: 'sync', path: '/' }, { path: '/' });
  rejects('local sessions', synced, /answered with 0, and its member has no leader/);
});

test('local sessions: without a leader only local ones are served, and those made then end with that time', () => {
  accepts(begin().disconnect(1).connectLocal(2, 1, { resumed: true, isReadOnly: true }));
  const global = upgraded().disconnect(1).connectLocal(2, 1, { resumed: true, isReadOnly: true });
  rejects('local sessions', global, /has no leader and serves .*, which is global/);
  const plain = new HistoryScript().session(1).tell({
    type: 'connected',
    connection: 1,
    session: zxidOf(1),
    member: 1,
    timeoutMs: 4000,
    resumed: true,
    isReadOnly: true,
  });
  rejects('local sessions', plain, /has no leader and serves session 0x100000001/);
  const reader = new HistoryScript().connectLocal(1, 1, { isReadOnly: true });
  rejects(
    'local sessions',
    reader.connectLocal(2, 1, { resumed: true }),
    /it was made without a leader/,
  );
});
