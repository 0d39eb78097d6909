import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { JuteReader } from '../client/jute-reader.ts';
import { arrivalText, fieldText } from './field.ts';
import { ReplyDecoder } from './reply-fields.ts';
import { type Request, requestValue } from './request.ts';
import { bodyOf } from './request-body.ts';

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');
const decoder = new ReplyDecoder((id) => (id === 7n ? 'a' : String(id)));
const body = (request: Request) => bodyOf(request, () => 9n).toString('hex');
const OPEN = [[31, 'world', 'anyone']];

describe('request bodies, byte by byte', () => {
  test('create, as the reference has it', () => {
    const fields = { path: '/a', data: 'x', acl: OPEN, flags: 0 };
    assert.equal(
      body({ op: 'create', fields }),
      '000000022f6100000001780000000100000'.concat(
        '01f00000005776f726c6400000006616e796f6e6500000000',
      ),
    );
  });

  test('null, empty and long data; what is cut off and what is put behind', () => {
    const set = (data: string | number | null): Request => ({
      op: 'setData',
      fields: { path: '/a', data, version: -1 },
    });
    assert.equal(body(set(null)), '000000022f61ffffffffffffffff');
    assert.equal(body(set('')), '000000022f6100000000ffffffff');
    assert.equal(body(set(3)), '000000022f6100000003787878ffffffff');
    assert.equal(body({ ...set(''), cut: 3 }), '000000022f6100000000ff');
    assert.equal(body({ ...set(''), tail: 2 }), '000000022f6100000000ffffffff5a5a');
    assert.equal(body({ ...set(''), body: 'ffff' }), 'ffff');
  });

  test('a multi ends with its terminator, setWatches begins with what was seen', () => {
    const part = requestValue({ op: 'delete', fields: { path: '/a', version: -1 } });
    assert.equal(
      body({ op: 'multi', fields: { parts: [part] } }),
      '0000000200ffffffff000000022f61ffffffffffffffff01ffffffff',
    );
    const lists = { data: ['/a'], exist: null, child: [] };
    assert.equal(
      body({ op: 'setWatches', fields: { relative: 'last', ...lists } }),
      '000000000000000900000001000000022f61ffffffff00000000',
    );
  });
});

describe('replies, byte by byte', () => {
  const decode = (text: string, op: Request['op']) =>
    decoder
      .reply(new JuteReader(hex(text)), op)
      .map((field) => `${field.name}=${fieldText(field)}`);

  test('a path, an error without a body, a failed multi', () => {
    assert.deepEqual(decode('0000000100000002 00000000 00000002 2f61', 'create'), [
      'error=OK',
      'zxid=0x100000002',
      'path="/a"',
    ]);
    assert.deepEqual(decode('0000000100000003 ffffff92', 'create'), [
      'error=NODEEXISTS',
      'zxid=0x100000003',
    ]);
    const results = 'ffffffff00ffffff99ffffff99 ffffffff00fffffffefffffffe ffffffff01ffffffff';
    assert.deepEqual(decode(`0000000000000005 00000000 ${results}`, 'multi').slice(2), [
      'result 1=type -1 BADVERSION',
      'result 1 code=BADVERSION',
      'result 2=type -1 RUNTIMEINCONSISTENCY',
      'result 2 code=RUNTIMEINCONSISTENCY',
      'terminator=-1 -1',
    ]);
  });

  test('children and identities have no order, owners have names', () => {
    assert.deepEqual(
      decode('0000000000000005 00000000 00000002 00000001 62 00000001 61', 'getChildren').slice(2),
      ['names=["a","b"]'],
    );
    const stat = `${'00'.repeat(44)} 0000000000000007 ${'00'.repeat(16)}`;
    const fields = decode(`0000000000000005 00000000 ${stat}`, 'exists');
    assert.ok(fields.includes('stat.ephemeralOwner=a'), fields.join());
  });

  test('a byte too many or too few is no reply', () => {
    assert.throws(() => decode('0000000000000005 00000000 00', 'delete'), RangeError);
    assert.throws(() => decode('0000000000000005 ffffff92 00000000', 'create'), RangeError);
    assert.throws(() => decode('0000000000000005 00000000 00000002 2f', 'create'), RangeError);
  });

  test('an event', () => {
    const event = decoder.event(
      new JuteReader(hex('ffffffffffffffff 00000000 00000001 00000003 00000002 2f62')),
    );
    assert.equal(
      arrivalText({ kind: 'event', ...event }),
      'event NodeCreated /b state=3 error=0 event zxid=0x-1',
    );
  });
});
