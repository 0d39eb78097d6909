import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clientCheckers } from './checkers/index.ts';
import { create, HistoryScript, madeAt, objections, setData } from './history-script.ts';
import type { ClientRequest } from './request.ts';

const WALL_MS = 1000;

function judge(script: HistoryScript, maxNeverUsedMs = 0): Map<string, string> {
  const options = { expiry: { allowanceMs: 500 }, maxNeverUsedMs };
  return objections(clientCheckers(options), script.events);
}

function accepts(script: HistoryScript, maxNeverUsedMs = 0): void {
  assert.deepEqual([...judge(script, maxNeverUsedMs)], []);
}

function rejects(checker: string, script: HistoryScript, what: RegExp, maxNeverUsedMs = 0): void {
  const found = judge(script, maxNeverUsedMs);
  assert.match(found.get(checker) ?? `nothing, but ${[...found.keys()].join()} did`, what);
}

/** A container and a TTL node of 500 ms, made at the wall times 1003 and 1004. */
function begin(): HistoryScript {
  const script = new HistoryScript().session(1).connect(1, 1);
  script.commit(1, 1, 3, create('/c', 4)).reply(1, 1, 3, { path: '/c' });
  const ttl = { ...create('/t', 5), opcode: 21, ttlMs: 500 } as const;
  return script.commit(1, 2, 4, ttl).reply(1, 2, 4, { path: '/t', stat: madeAt(4) });
}

/** A container that had a child at 5, which went at 6. */
function beginUsed(): HistoryScript {
  const script = begin().commit(1, 3, 5, create('/c/a')).reply(1, 3, 5, { path: '/c/a' });
  return script.commit(1, 4, 6, { op: 'delete', path: '/c/a', version: -1 }).reply(1, 4, 6);
}

function reaped(script: HistoryScript, counter: number, path: string, wallMs = WALL_MS + counter) {
  const by = { session: 0, cxid: 0, kind: 'delete', paths: [path], timeMs: wallMs };
  return script.deliver(counter, by);
}

const exists = (path: string): ClientRequest => ({ op: 'exists', path, watch: false });

test('reaping: a container that has had a child, and no other', () => {
  accepts(reaped(beginUsed(), 7, '/c').ask(1, 7, exists('/c'), {}, -101));
  rejects('reaping', reaped(begin(), 7, '/c'), /\/c by itself: .* never had a child, 4 ms old/);
  accepts(reaped(begin(), 7, '/c', 2004), 1000);
  rejects('reaping', reaped(begin(), 7, '/c', 2003), /1000 ms old, and the limit is 1000/, 1000);
});

test('reaping: a TTL node that nobody has written to for longer than its TTL', () => {
  accepts(reaped(begin(), 7, '/t', 1505));
  rejects('reaping', reaped(begin(), 7, '/t', 1504), /written 500 ms ago, and its TTL is 500 ms/);
  const written = begin().commit(1, 3, 5, setData('/t', 'x'), { timeMs: 1400 });
  rejects('reaping', reaped(written, 7, '/t', 1505), /written 105 ms ago/);
});

test('reaping: nothing that is of another kind, is not there, or has children', () => {
  const plain = begin().commit(1, 3, 5, create('/p')).reply(1, 3, 5, { path: '/p' });
  rejects('reaping', reaped(plain, 7, '/p'), /neither a container nor a TTL node/);
  rejects('committed requests', reaped(begin(), 7, '/absent'), /made by itself, and could not/);
  const full = begin().commit(1, 3, 5, create('/c/a')).reply(1, 3, 5, { path: '/c/a' });
  rejects('committed requests', reaped(full, 7, '/c'), /delete of \/c .* could not/);
  const other = begin().deliver(7, { session: 0, cxid: 0, kind: 'setData', paths: ['/c'] });
  rejects('committed requests', other, /setData of \/c/);
});

test('reaping: what the leader could not do changes nothing', () => {
  const refused = beginUsed().deliver(7, { session: 0, cxid: 0, kind: 'error', code: -111 });
  accepts(refused);
});
