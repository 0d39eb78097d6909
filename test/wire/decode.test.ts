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
import { JuteError, JuteReader } from '../../machines/jute/reader.ts';
import { OPEN_ACL } from '../../machines/znode/acl.ts';
import { bytesOf, putAcl, putString, written } from './bytes.ts';
import { anyCase, encode, multiHeader } from './operation-case.ts';

const SERVED: readonly number[] = [
  ...[Opcode.create, Opcode.delete, Opcode.exists, Opcode.getData, Opcode.setData],
  ...[Opcode.getAcl, Opcode.setAcl, Opcode.getChildren, Opcode.sync, Opcode.ping],
  ...[Opcode.getChildren2, Opcode.multi, Opcode.create2, Opcode.auth, Opcode.setWatches],
  ...[Opcode.setWatches2, Opcode.addWatch, Opcode.removeWatches, Opcode.checkWatches],
  ...[Opcode.getEphemerals, Opcode.getAllChildrenNumber, Opcode.whoAmI, Opcode.multiRead],
  ...[Opcode.reconfig, Opcode.closeSession, Opcode.createContainer, Opcode.createTtl, Opcode.sasl],
];

const BODILESS: readonly number[] = [Opcode.ping, Opcode.closeSession, Opcode.whoAmI];

test('every request is read back as it was meant, whatever stands before and behind it', () => {
  fc.assert(
    fc.property(
      anyCase,
      fc.uint8Array({ maxLength: 20 }),
      fc.uint8Array({ maxLength: 20 }),
      ({ opcode, operation }, before, behind) => {
        const body = written((out) => encode(opcode, out, operation));
        const payload = Buffer.concat([before, body, behind]);
        assert.deepEqual(
          decodeOperation(opcode, new JuteReader(payload, before.length)),
          operation,
        );
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
      const body = written((out) => encode(opcode, out, operation));
      const cut = body.subarray(0, at % body.length);
      assert.throws(() => decodeOperation(opcode, new JuteReader(cut)), JuteError);
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
          return { operation: decodeOperation(opcode, new JuteReader(payload)) };
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
  const unserved = [0, 13, -10, -1, 20, 23, 99, 108];
  for (const opcode of unserved)
    assert.equal(decodeOperation(opcode, new JuteReader(body)), undefined);
  for (const opcode of SERVED) {
    if (BODILESS.includes(opcode)) continue;
    assert.throws(() => decodeOperation(opcode, new JuteReader(Buffer.alloc(0))), JuteError);
  }
});

test('ping, close and whoAmI need no body', () => {
  assert.deepEqual(decodeOperation(Opcode.whoAmI, new JuteReader(Buffer.alloc(0))), {
    op: 'whoAmI',
  });
  assert.deepEqual(decodeOperation(Opcode.ping, new JuteReader(Buffer.alloc(0))), { op: 'ping' });
  assert.deepEqual(decodeOperation(Opcode.closeSession, new JuteReader(Buffer.alloc(0))), {
    op: 'closeSession',
  });
});

test('a path may not be null', () => {
  const body = written((out) => {
    putString(out, null);
    out.raw(Buffer.alloc(32));
  });
  const pathless: readonly number[] = [
    ...[...BODILESS, Opcode.auth, Opcode.multi, Opcode.multiRead, Opcode.reconfig],
    ...[Opcode.setWatches, Opcode.setWatches2, Opcode.getEphemerals, Opcode.sasl],
  ];
  for (const opcode of SERVED) {
    if (pathless.some((each) => each === opcode)) continue;
    assert.throws(() => decodeOperation(opcode, new JuteReader(body)), JuteError);
  }
  const watches = bytesOf('0000000000000000 00000001 ffffffff 00000000 00000000');
  assert.throws(() => decodeOperation(Opcode.setWatches, new JuteReader(watches)), JuteError);
});

test('null vectors: of watches empty, of an ACL kept', () => {
  const watches = bytesOf('0000000000000009 ffffffff ffffffff ffffffff');
  assert.deepEqual(decodeOperation(Opcode.setWatches, new JuteReader(watches)), {
    op: 'setWatches',
    relativeZxid: 9,
    data: [],
    exist: [],
    child: [],
    persistent: [],
    persistentRecursive: [],
  });
  const setAcl = bytesOf('00000002 2f61 ffffffff 00000007');
  assert.deepEqual(decodeOperation(Opcode.setAcl, new JuteReader(setAcl)), {
    ...{ op: 'setAcl', path: '/a', acl: null, version: 7 },
  });
});

test('other negative counts are of nothing, and any byte but zero is true', () => {
  const watches = bytesOf('0000000000000009 fffffffe 80000000 ffffff00');
  assert.deepEqual(decodeOperation(Opcode.setWatches, new JuteReader(watches)), {
    ...{ op: 'setWatches', relativeZxid: 9, data: [], exist: [], child: [] },
    ...{ persistent: [], persistentRecursive: [] },
  });
  for (const [byte, watch] of [
    ['00', false],
    ['01', true],
    ['02', true],
    ['ff', true],
  ] as const) {
    assert.deepEqual(
      decodeOperation(Opcode.exists, new JuteReader(bytesOf(`00000002 2f61 ${byte}`))),
      {
        ...{ op: 'exists', path: '/a', watch },
      },
    );
  }
});

test('null scheme and id of an ACL entry, and scheme of auth, are empty; null credentials stay null', () => {
  const setAcl = bytesOf('00000002 2f61 00000001 0000001f ffffffff ffffffff 00000000');
  assert.deepEqual(decodeOperation(Opcode.setAcl, new JuteReader(setAcl)), {
    ...{ op: 'setAcl', path: '/a', acl: [{ perms: 31, scheme: '', id: '' }], version: 0 },
  });
  const auth = bytesOf('00000000 ffffffff ffffffff');
  assert.deepEqual(decodeOperation(Opcode.auth, new JuteReader(auth)), {
    ...{ op: 'auth', scheme: '', auth: null },
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
    const operation = decodeOperation(Opcode.setAcl, new JuteReader(body));
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
    assert.throws(() => decodeOperation(Opcode.multi, new JuteReader(body)), JuteError);
  }
  const withoutTtl = multi(21, '00000002 2f61 ffffffff ffffffff 00000005');
  assert.throws(() => decodeOperation(Opcode.multi, new JuteReader(withoutTtl)), JuteError);
  const unended = multi(2, '00000002 2f61 00000000').subarray(0, -9);
  assert.throws(() => decodeOperation(Opcode.multi, new JuteReader(unended)), JuteError);
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
    assert.deepEqual(decodeOperation(Opcode.multi, new JuteReader(multi)), {
      op: 'multi',
      parts: [{ ...one, opcode: 19 }],
    });
    const alone = decodeOperation(type, new JuteReader(bytesOf(`00000002 2f61 ${body}`)));
    assert.deepEqual(alone, { ...one, opcode: type });
  }
});

/** A multi of one create that has only what decides what it is. */
function multiOfOne(type: number, body: string): Buffer {
  return Buffer.concat([
    written((out) => multiHeader(out, type, false)),
    bytesOf(`00000002 2f61 ffffffff ffffffff ${body}`),
    written((out) => multiHeader(out, -1, true)),
  ]);
}

test('in a multi a create keeps its type, but for containers and a createTTL of something else', () => {
  const ttl = '0000000000000009';
  for (const [type, body, opcode] of [
    [1, '00000003', 1],
    [15, '00000000', 15],
    [15, '00000003', 15],
    [19, '00000000', 19],
    [19, '00000002', 19],
    [21, `00000002 ${ttl}`, 1],
    [21, `00000004 ${ttl}`, 19],
    // There are no such flags: this create is refused, not the multi.
    [21, `000000ff ${ttl}`, 1],
  ] as const) {
    const flags = Buffer.from(body.slice(0, 8), 'hex').readInt32BE();
    assert.deepEqual(decodeOperation(Opcode.multi, new JuteReader(multiOfOne(type, body))), {
      op: 'multi',
      parts: [{ op: 'create', opcode, path: '/a', data: null, acl: null, flags, ttlMs: 0 }],
    });
  }
});

test('in a multi flags that there are not, or that need a TTL, fail all of it', () => {
  for (const type of [1, 15, 19]) {
    for (const flags of ['00000005', '00000006', '00000007', 'ffffffff', '000000ff']) {
      assert.throws(
        () => decodeOperation(Opcode.multi, new JuteReader(multiOfOne(type, flags))),
        JuteError,
      );
    }
  }
});

test('a multiRead holds only what it may', () => {
  const multiRead = (type: number): Buffer =>
    Buffer.concat([
      written((out) => multiHeader(out, type, false)),
      bytesOf('00000002 2f61 00 00000000 00000000'),
      written((out) => multiHeader(out, -1, true)),
    ]);
  for (const type of [1, 2, 3, 5, 6, 12, 13, 14, 22, 0, -1]) {
    assert.throws(
      () => decodeOperation(Opcode.multiRead, new JuteReader(multiRead(type))),
      JuteError,
    );
  }
});

test('modes of a watch and types of a watcher that there are not', () => {
  const body = (number: string) => bytesOf(`00000002 2f61 ${number}`);
  for (const mode of ['00000002', 'ffffffff', '00000100']) {
    assert.throws(() => decodeOperation(Opcode.addWatch, new JuteReader(body(mode))), JuteError);
  }
  for (const opcode of [Opcode.removeWatches, Opcode.checkWatches]) {
    for (const type of ['00000000', '00000006', 'ffffffff']) {
      assert.throws(() => decodeOperation(opcode, new JuteReader(body(type))), JuteError);
    }
  }
});

test('getEphemerals of null is of no prefix', () => {
  assert.deepEqual(decodeOperation(Opcode.getEphemerals, new JuteReader(bytesOf('ffffffff'))), {
    op: 'getEphemerals',
    prefix: '',
  });
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
  assert.throws(() => decodeHeader(new JuteReader(bytesOf('00000001 000000'))), JuteError);
  assert.throws(() => decodeHeader(new JuteReader(Buffer.alloc(0))), JuteError);
  assert.throws(() => decodeConnectRequest(Buffer.alloc(27)), JuteError);
  assert.throws(() => decodeConnectRequest(bytesOf('00*24 00000010 00*15')), JuteError);
});
