import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Comparison, type Difference } from './comparison.ts';
import { type Arrival, plain } from './field.ts';
import { event, get, refusal, reply, send, told } from './fixture.ts';
import { KnownDifferences } from './known-differences.ts';
import { type Request, requestValue, type Value } from './request.ts';
import type { Transcript } from './world.ts';

const strict = () => new Comparison(() => ({ known: false }));
const STEP = send('a', get('/r'), get('/r/a'));
const time = (atMs: bigint, zxid: bigint) => ({ kind: 'time', name: 'ctime', atMs, zxid }) as const;

function difference(zookeeper: Transcript, vivarium: Transcript): Difference | undefined {
  return strict().compare(STEP, zookeeper, vivarium).difference;
}

describe('what is the same', () => {
  test('zxids of the same rank, whatever their numbers', () => {
    const both = strict();
    const pairs = [
      [3n, 1003n],
      [9n, 1004n],
      [5n, 1003n + 0n],
    ] as const;
    const [first, second, between] = pairs.map(
      ([left, right]) => both.compare(STEP, told(reply(0, left)), told(reply(0, right))).difference,
    );
    assert.equal(first, undefined);
    assert.equal(second, undefined);
    assert.equal(between?.what, 'zxid', 'two txns of the one are one txn of the other');
  });

  test('zero and below are no ranks', () => {
    assert.equal(difference(told(reply(0, 0n)), told(reply(0, 0n))), undefined);
    assert.equal(difference(told(reply(0, 0n)), told(reply(0, 7n)))?.what, 'zxid');
    assert.equal(difference(told(reply(0, -1n)), told(reply(0, 0n)))?.what, 'zxid');
  });

  test('times, if each is the time of its txn on its own server', () => {
    const theirs = told(reply(0, 5n, time(100n, 5n)), reply(1, 5n, time(100n, 5n)));
    const ours = told(reply(0, 7n, time(900n, 7n)), reply(1, 7n, time(900n, 7n)));
    assert.equal(difference(theirs, ours), undefined);
    const late = told(reply(0, 7n, time(900n, 7n)), reply(1, 7n, time(901n, 7n)));
    assert.match(difference(theirs, late)?.vivarium ?? '', /0x7 was at 900 and is at 901/);
    const never = told(reply(0, 7n, time(0n, 7n)), reply(1, 7n, time(0n, 7n)));
    assert.equal(difference(theirs, never)?.what, 'ctime');
  });
});

describe('what is different', () => {
  test('a value, an error, a field too many', () => {
    const one = told(reply(0, 5n, plain('version', 1)));
    assert.equal(difference(one, told(reply(0, 5n, plain('version', 2))))?.what, 'version');
    assert.equal(difference(one, told(refusal(0, 5n, 'NONODE')))?.what, 'error');
    assert.equal(difference(one, told(reply(0, 5n)))?.what, 'version');
  });

  test('an event that only one tells, or tells later', () => {
    const before = told(event('NodeCreated', '/r/a'), reply(0, 5n));
    const behind = told(reply(0, 5n), event('NodeCreated', '/r/a'));
    assert.equal(difference(before, behind)?.what, 'arrival');
    assert.equal(difference(before, told(reply(0, 5n)))?.path, '/r/a');
  });

  test('a connection that only one closes, and one that says nothing', () => {
    const closed = told(reply(0, 5n), { kind: 'closed' });
    assert.equal(difference(closed, told(reply(0, 5n)))?.vivarium, 'nothing');
    const silent = told({ kind: 'silence' });
    assert.equal(difference(silent, told(reply(0, 5n)))?.zookeeper, 'no answer');
    assert.equal(difference(silent, silent), undefined);
  });

  test('the order of events, but for those of a session that ends', () => {
    const forth = told(event('NodeDeleted', '/r/a'), event('NodeDeleted', '/r/b'), reply(0, 5n));
    const back = told(event('NodeDeleted', '/r/b'), event('NodeDeleted', '/r/a'), reply(0, 5n));
    assert.equal(difference(forth, back)?.what, 'arrival');
    const close = send('a', { op: 'closeSession', fields: {} });
    assert.equal(strict().compare(close, forth, back).difference, undefined);
  });
});

describe('known differences', () => {
  test('are counted, and only these are let through', () => {
    const known = new KnownDifferences();
    const both = new Comparison((found) => known.judge(found));
    const exists = (path: string): Request => ({ op: 'exists', fields: { path, watch: false } });
    const answers = [told(reply(0, 5n)), told(refusal(0, 5n, 'NOAUTH'))] as const;
    const sealed = both.compare(send('a', exists('/r/sealed')), ...answers);
    assert.equal(sealed.difference, undefined);
    assert.equal(known.counts.get('exists asks for READ'), 1);
    assert.equal(both.compare(send('a', exists('/r/a')), ...answers).difference?.what, 'error');
    const other = both.compare(send('a', get('/r/sealed')), ...answers);
    assert.equal(other.difference?.what, 'error');
    assert.ok(known.unused.every(({ name }) => name !== 'exists asks for READ'));
  });

  test('both lose the connection that has a watch on one of them alone', () => {
    const both = new Comparison((found) => new KnownDifferences().judge(found));
    const exists = (watch: boolean): Request => ({
      op: 'exists',
      fields: { path: '/sealed', watch },
    });
    const answers = [told(reply(0, 5n)), told(refusal(0, 5n, 'NOAUTH'))] as const;
    assert.deepEqual(both.compare(send('a', exists(false)), ...answers).drops, []);
    const { difference, drops } = both.compare(send('a', exists(true)), ...answers);
    assert.deepEqual([difference, drops], [undefined, ['a']]);
  });

  test('behind closeSession everything may be lost or refused, and nothing may succeed', () => {
    const both = new Comparison((found) => new KnownDifferences().judge(found));
    const close: Request = { op: 'closeSession', fields: {} };
    const multi = (...parts: readonly Value[]): Request => ({ op: 'multi', fields: { parts } });
    const part = requestValue({ op: 'delete', fields: { path: '/r/a', version: -1 } });
    const result = (text: string) => reply(1, 6n, plain('result 1', text));
    const compare = (behind: Request, theirs: Arrival) =>
      both.compare(
        send('a', close, behind),
        told(reply(0, 5n), theirs, { kind: 'closed' }),
        told(reply(0, 5n), { kind: 'closed' }),
      ).difference?.what;
    assert.equal(compare(get('/r'), refusal(1, 6n, 'BADARGUMENTS')), undefined);
    assert.equal(compare(multi(), reply(1, 6n)), undefined);
    assert.equal(compare(multi(part), result('type -1 SESSIONEXPIRED')), undefined);
    assert.equal(compare(multi(part), result('type 2 OK')), 'arrival');
    assert.equal(compare(get('/r'), reply(1, 6n)), 'arrival');
  });

  test('a zxid that only one service has used joins two ranks', () => {
    const both = new Comparison((found) => new KnownDifferences().judge(found));
    const write: Request = { op: 'setData', fields: { path: '/r', data: '', version: 0 }, cut: 3 };
    const compare = (request: Request, left: bigint, right: bigint, error = 'OK') =>
      both.compare(
        send('a', request),
        told(refusal(0, left, error)),
        told(refusal(0, right, error)),
      ).difference;
    assert.equal(compare(get('/r'), 5n, 105n), undefined);
    assert.equal(compare(write, 6n, 105n, 'MARSHALLINGERROR'), undefined);
    assert.equal(compare(get('/r'), 6n, 105n), undefined);
    assert.equal(compare(get('/r'), 5n, 105n), undefined);
    assert.equal(compare(get('/r'), 7n, 106n), undefined);
    assert.equal(compare(get('/r'), 8n, 106n)?.what, 'zxid');
  });
});
