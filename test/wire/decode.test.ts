import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  decodeConnectRequest,
  decodeHeader,
  decodeOperation,
  decodeWrite,
  isWrite,
} from '../../machines/jute/decode.ts';
import { Opcode } from '../../machines/jute/opcode.ts';
import type { Outbox } from '../../machines/jute/outbox.ts';
import { JuteError } from '../../machines/jute/reader.ts';
import type { MultiOperation, Operation } from '../../machines/jute/request.ts';
import { OPEN_ACL } from '../../machines/znode/acl.ts';
import { bytesOf, putAcl, putString, written } from './bytes.ts';

const SERVED: readonly number[] = [
  ...[Opcode.create, Opcode.delete, Opcode.exists, Opcode.getData, Opcode.setData],
  ...[Opcode.getAcl, Opcode.setAcl, Opcode.getChildren, Opcode.sync, Opcode.ping],
  ...[Opcode.getChildren2, Opcode.multi, Opcode.create2, Opcode.auth, Opcode.setWatches],
  ...[Opcode.closeSession, Opcode.createContainer, Opcode.createTtl],
];

const path = fc.string({ unit: 'grapheme', maxLength: 40 });
const data = fc.option(fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)));
const acl = fc.option(
  fc.array(
    fc.record(
      { perms: fc.integer(), scheme: fc.string(), id: fc.string() },
      { noNullPrototype: true },
    ),
    { maxLength: 3 },
  ),
);
const version = fc.integer();

interface Case {
  readonly opcode: number;
  readonly operation: Operation;
}

function record<T>(shape: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> {
  return fc.record(shape, { noNullPrototype: true });
}

const create = record({
  op: fc.constant('create' as const),
  opcode: fc.constantFrom(Opcode.create, Opcode.create2, Opcode.createContainer),
  path,
  data,
  acl,
  flags: fc.integer({ min: 0, max: 3 }),
  ttlMs: fc.constant(0),
});
const createTtl = record({
  op: fc.constant('create' as const),
  opcode: fc.constant(Opcode.createTtl),
  path,
  data,
  acl,
  flags: fc.integer({ min: 0, max: 6 }),
  ttlMs: fc.maxSafeInteger(),
});
const remove = record({ op: fc.constant('delete' as const), path, version });
const setData = record({ op: fc.constant('setData' as const), path, data, version });
const check = record({ op: fc.constant('check' as const), path, version });
const part: fc.Arbitrary<MultiOperation> = fc.oneof(create, createTtl, remove, setData, check);

function read(op: 'exists' | 'getData' | 'getChildren' | 'getChildren2'): fc.Arbitrary<Case> {
  return record({ op: fc.constant(op), path, watch: fc.boolean() }).map((operation) => ({
    opcode: Opcode[op],
    operation,
  }));
}

const anyCase: fc.Arbitrary<Case> = fc.oneof(
  create.map((operation) => ({ opcode: operation.opcode, operation })),
  createTtl.map((operation) => ({ opcode: operation.opcode, operation })),
  remove.map((operation) => ({ opcode: Opcode.delete, operation })),
  setData.map((operation) => ({ opcode: Opcode.setData, operation })),
  record({ op: fc.constant('setAcl' as const), path, acl, version }).map((operation) => ({
    opcode: Opcode.setAcl,
    operation,
  })),
  record({
    op: fc.constant('multi' as const),
    parts: fc.array(part, { maxLength: 5 }),
  }).map((operation) => ({ opcode: Opcode.multi, operation })),
  read('exists'),
  read('getData'),
  read('getChildren'),
  read('getChildren2'),
  record({ op: fc.constant('getAcl' as const), path }).map((operation) => ({
    opcode: Opcode.getAcl,
    operation,
  })),
  record({ op: fc.constant('sync' as const), path }).map((operation) => ({
    opcode: Opcode.sync,
    operation,
  })),
  record({
    op: fc.constant('setWatches' as const),
    relativeZxid: fc.maxSafeInteger(),
    data: fc.array(path),
    exist: fc.array(path),
    child: fc.array(path),
  }).map((operation) => ({ opcode: Opcode.setWatches, operation })),
);

function encode(out: Outbox, operation: Operation | MultiOperation): void {
  switch (operation.op) {
    case 'create':
      out.ustring(operation.path);
      out.buffer(operation.data);
      putAcl(out, operation.acl);
      out.int(operation.flags);
      if (operation.opcode === Opcode.createTtl) out.long(operation.ttlMs);
      return;
    case 'delete':
    case 'check':
      out.ustring(operation.path);
      out.int(operation.version);
      return;
    case 'setData':
      out.ustring(operation.path);
      out.buffer(operation.data);
      out.int(operation.version);
      return;
    case 'setAcl':
      out.ustring(operation.path);
      putAcl(out, operation.acl);
      out.int(operation.version);
      return;
    case 'multi':
      for (const each of operation.parts) {
        multiHeader(out, each.op === 'create' ? each.opcode : Opcode[each.op], false);
        encode(out, each);
      }
      multiHeader(out, -1, true);
      return;
    case 'exists':
    case 'getData':
    case 'getChildren':
    case 'getChildren2':
      out.ustring(operation.path);
      out.boolean(operation.watch);
      return;
    case 'getAcl':
    case 'sync':
      out.ustring(operation.path);
      return;
    case 'setWatches':
      out.long(operation.relativeZxid);
      for (const list of [operation.data, operation.exist, operation.child]) {
        out.int(list.length);
        for (const each of list) out.ustring(each);
      }
      return;
    default:
      assert.fail(`${operation.op} has no body here`);
  }
}

function multiHeader(out: Outbox, type: number, done: boolean): void {
  out.int(type);
  out.boolean(done);
  out.int(-1);
}

test('every request is read back as it was meant, whatever stands before and behind it', () => {
  fc.assert(
    fc.property(
      anyCase,
      fc.uint8Array({ maxLength: 20 }),
      fc.uint8Array({ maxLength: 20 }),
      ({ opcode, operation }, before, behind) => {
        const body = written((out) => encode(out, operation));
        const payload = Buffer.concat([before, body, behind]);
        assert.deepEqual(decodeOperation(opcode, payload, before.length), operation);
        if (isWrite(opcode)) assert.deepEqual(decodeWrite(opcode, body), operation);
        else assert.throws(() => decodeWrite(opcode, body), JuteError);
      },
    ),
    { numRuns: 500 },
  );
});

test('a body that is cut short anywhere is an error', () => {
  fc.assert(
    fc.property(anyCase, fc.nat(), ({ opcode, operation }, at) => {
      const body = written((out) => encode(out, operation));
      const cut = body.subarray(0, at % body.length);
      assert.throws(() => decodeOperation(opcode, cut, 0), JuteError);
    }),
    { numRuns: 500 },
  );
});

test('bytes at random give an operation or a JuteError, from the payload alone', () => {
  // Small words make lengths and counts that are nearly right, which plain random bytes hardly ever are.
  const word = fc.oneof(
    fc.constantFrom('00000000', '00000001', '00000002', 'ffffffff', '0000000f', '2f61', '00', '01'),
    fc
      .uint8Array({ minLength: 1, maxLength: 6 })
      .map((bytes) => Buffer.from(bytes).toString('hex')),
  );
  const bytes = fc.array(word, { maxLength: 24 }).map((words) => bytesOf(words.join('')));
  fc.assert(
    fc.property(fc.constantFrom(...SERVED), bytes, fc.uint8Array(), (opcode, body, around) => {
      const outcome = (before: Uint8Array, behind: Uint8Array): unknown => {
        const whole = Buffer.concat([before, body, behind]);
        const payload = whole.subarray(before.length, before.length + body.length);
        try {
          return { operation: decodeOperation(opcode, payload, 0) };
        } catch (error) {
          assert(error instanceof JuteError, String(error));
          return { error: error.message };
        }
      };
      const none = Buffer.alloc(0);
      assert.deepEqual(outcome(around, Buffer.alloc(64, 1)), outcome(none, none));
    }),
    { numRuns: 5_000 },
  );
});

test('opcodes that are not served are told from bodies that are not understood', () => {
  const body = Buffer.alloc(64);
  const unserved = [0, 13, -10, -1, 16, 17, 18, 20, 22, 102, 103, 104, 105, 106, 107, 99];
  for (const opcode of unserved) assert.equal(decodeOperation(opcode, body, 0), undefined);
  for (const opcode of SERVED) {
    if (opcode === Opcode.ping || opcode === Opcode.closeSession) continue;
    assert.throws(() => decodeOperation(opcode, Buffer.alloc(0), 0), JuteError);
  }
});

test('ping and close need no body', () => {
  assert.deepEqual(decodeOperation(Opcode.ping, Buffer.alloc(0), 0), { op: 'ping' });
  assert.deepEqual(decodeOperation(Opcode.closeSession, Buffer.alloc(0), 0), {
    op: 'closeSession',
  });
});

test('a path may not be null', () => {
  const body = written((out) => {
    putString(out, null);
    out.raw(Buffer.alloc(32));
  });
  for (const opcode of SERVED) {
    const pathless = [Opcode.ping, Opcode.closeSession, Opcode.auth, Opcode.multi];
    if (pathless.some((each) => each === opcode)) continue;
    if (opcode === Opcode.setWatches) continue;
    assert.throws(() => decodeOperation(opcode, body, 0), JuteError);
  }
  const watches = bytesOf('0000000000000000 00000001 ffffffff 00000000 00000000');
  assert.throws(() => decodeOperation(Opcode.setWatches, watches, 0), JuteError);
});

test('null vectors: of watches empty, of an ACL kept', () => {
  const watches = bytesOf('0000000000000009 ffffffff ffffffff ffffffff');
  assert.deepEqual(decodeOperation(Opcode.setWatches, watches, 0), {
    op: 'setWatches',
    relativeZxid: 9,
    data: [],
    exist: [],
    child: [],
  });
  const setAcl = bytesOf('00000002 2f61 ffffffff 00000007');
  assert.deepEqual(decodeOperation(Opcode.setAcl, setAcl, 0), {
    ...{ op: 'setAcl', path: '/a', acl: null, version: 7 },
  });
});

test('null scheme and id of an ACL entry, and of auth, are empty', () => {
  const setAcl = bytesOf('00000002 2f61 00000001 0000001f ffffffff ffffffff 00000000');
  assert.deepEqual(decodeOperation(Opcode.setAcl, setAcl, 0), {
    ...{ op: 'setAcl', path: '/a', acl: [{ perms: 31, scheme: '', id: '' }], version: 0 },
  });
  const auth = bytesOf('00000000 ffffffff ffffffff');
  assert.deepEqual(decodeOperation(Opcode.auth, auth, 0), {
    ...{ op: 'auth', scheme: '', auth: Buffer.alloc(0) },
  });
});

test('the open ACL is recognised only where it is the whole list', () => {
  const anyone = { perms: 31, scheme: 'world', id: 'anyone' };
  for (const [list, same] of [
    [[anyone], true],
    [[anyone, anyone], false],
    [[{ ...anyone, perms: 30 }], false],
    [[{ ...anyone, id: 'anyonf' }], false],
  ] as const) {
    const body = written((out) => {
      out.ustring('/a');
      putAcl(out, list);
      out.int(0);
    });
    const operation = decodeOperation(Opcode.setAcl, body, 0);
    assert(operation?.op === 'setAcl');
    assert.deepEqual(operation.acl, list);
    assert.equal(operation.acl === OPEN_ACL, same);
  }
});

test('a multi holds only what it may', () => {
  const multi = (type: number, body: string): Buffer =>
    Buffer.concat([
      written((out) => multiHeader(out, type, false)),
      bytesOf(body),
      written((out) => multiHeader(out, -1, true)),
    ]);
  for (const type of [3, 4, 7, 8, 14, 20, -11, 0, -1]) {
    const body = multi(type, '00000002 2f61 00000000 00000000 00000000 00000000');
    assert.throws(() => decodeOperation(Opcode.multi, body, 0), JuteError);
  }
  const create = (type: number, flags: string): Buffer =>
    multi(type, `00000002 2f61 ffffffff ffffffff ${flags}`);
  for (const type of [1, 15, 19]) {
    for (const flags of ['00000005', '00000006', '00000007', 'ffffffff', '80000000']) {
      assert.throws(() => decodeOperation(Opcode.multi, create(type, flags), 0), JuteError);
    }
  }
  for (const flags of ['00000007 0000000000000001', 'ffffffff 0000000000000001', '00000005']) {
    assert.throws(() => decodeOperation(Opcode.multi, create(21, flags), 0), JuteError);
  }
  const unended = multi(2, '00000002 2f61 00000000').subarray(0, -9);
  assert.throws(() => decodeOperation(Opcode.multi, unended, 0), JuteError);
});

test('in a multi the flag of a container makes a create one, and only there', () => {
  const body = 'ffffffff ffffffff 00000004';
  const one = { op: 'create', path: '/a', data: null, acl: null, flags: 4, ttlMs: 0 };
  for (const type of [1, 15, 19]) {
    const multi = Buffer.concat([
      written((out) => multiHeader(out, type, false)),
      bytesOf(`00000002 2f61 ${body}`),
      written((out) => multiHeader(out, -1, true)),
    ]);
    assert.deepEqual(decodeOperation(Opcode.multi, multi, 0), {
      op: 'multi',
      parts: [{ ...one, opcode: 19 }],
    });
    const alone = decodeOperation(type, bytesOf(`00000002 2f61 ${body}`), 0);
    assert.deepEqual(alone, { ...one, opcode: type });
  }
});

test('createSession is read from a member, with 16 bytes of password', () => {
  const body = bytesOf('00002710 00000010 000102030405060708090a0b0c0d0e0f');
  assert.deepEqual(decodeWrite(Opcode.createSession, body), {
    op: 'createSession',
    timeoutMs: 10_000,
    password: bytesOf('000102030405060708090a0b0c0d0e0f'),
  });
  assert.throws(() => decodeWrite(Opcode.createSession, bytesOf('00002710 ffffffff')), JuteError);
  assert.throws(() => decodeWrite(Opcode.createSession, bytesOf('00002710 00000000')), JuteError);
});

test('data and passwords are views of the payload', () => {
  const body = bytesOf('00000002 2f61 00000001 78 00000000');
  const operation = decodeWrite(Opcode.setData, body);
  assert(operation.op === 'setData' && operation.data !== null);
  body[10] = 0x79;
  assert.equal(Buffer.from(operation.data).toString(), 'y');
});

test('headers and connect requests that are cut short', () => {
  assert.throws(() => decodeHeader(bytesOf('00000001 000000')), JuteError);
  assert.throws(() => decodeHeader(Buffer.alloc(0)), JuteError);
  assert.throws(() => decodeConnectRequest(Buffer.alloc(27)), JuteError);
  assert.throws(() => decodeConnectRequest(bytesOf('00*24 00000010 00*15')), JuteError);
});
