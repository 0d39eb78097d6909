import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeHeader, decodeOperation } from '../../machines/jute/decode.ts';
import { ErrorCode } from '../../machines/jute/error-code.ts';
import type { Outbox } from '../../machines/jute/outbox.ts';
import { JuteReader } from '../../machines/jute/reader.ts';
import {
  replyChildren,
  replyClientInfos,
  replyEmpty,
  replyError,
  replyInt,
  replyMulti,
} from '../../machines/jute/reply.ts';
import { zxidOf } from '../../machines/zab/zxid.ts';
import { bytesOf, nodeWith, written } from './bytes.ts';

function decoded(frame: string): unknown {
  const bytes = bytesOf(frame);
  assert.equal(bytes.readInt32BE(0), bytes.length - 4, 'the vector itself');
  const payload = bytes.subarray(4);
  const reader = new JuteReader(payload);
  const header = decodeHeader(reader);
  return { ...header, ...decodeOperation(header.opcode, reader) };
}

function assertFrame(build: (out: Outbox) => void, expected: string): void {
  assert.equal(written(build).toString('hex'), bytesOf(expected).toString('hex'));
}

const ZXID = zxidOf(1, 2);
const AT = '0000000100000002';

test('addWatch, whose reply has an error code of its own', () => {
  const watch = { xid: 1, opcode: 106, op: 'addWatch', path: '/a' };
  assert.deepEqual(decoded('00000012 00000001 0000006a 00000002 2f61 00000000'), {
    ...watch,
    recursive: false,
  });
  assert.deepEqual(decoded('00000012 00000001 0000006a 00000002 2f61 00000001'), {
    ...watch,
    recursive: true,
  });
  assertFrame((out) => replyInt(out, 1, ZXID, 0), `00000014 00000001 ${AT} 00000000 00000000`);
});

test('removeWatches and checkWatches, and that there is no such watch', () => {
  const watch = { xid: 2, path: '/a' };
  assert.deepEqual(decoded('00000012 00000002 00000012 00000002 2f61 00000003'), {
    ...{ ...watch, opcode: 18, op: 'removeWatches', type: 3 },
  });
  assert.deepEqual(decoded('00000012 00000002 00000011 00000002 2f61 00000005'), {
    ...{ ...watch, opcode: 17, op: 'checkWatches', type: 5 },
  });
  assertFrame((out) => replyEmpty(out, 2, ZXID), `00000010 00000002 ${AT} 00000000`);
  assertFrame(
    (out) => replyError(out, 2, ZXID, ErrorCode.noWatcher),
    `00000010 00000002 ${AT} ffffff87`,
  );
});

test('setWatches2, with the xid that the C client sends', () => {
  assert.deepEqual(
    decoded(
      `0000003c fffffff8 00000069 0000000100000002 00000001 00000002 2f61 00000000 00000001
       00000002 2f62 00000001 00000002 2f63 00000001 00000002 2f64`,
    ),
    {
      ...{ xid: -8, opcode: 105, op: 'setWatches', relativeZxid: ZXID },
      ...{ data: ['/a'], exist: [], child: ['/b'], persistent: ['/c'] },
      persistentRecursive: ['/d'],
    },
  );
  assertFrame((out) => replyEmpty(out, -8, ZXID), `00000010 fffffff8 ${AT} 00000000`);
});

test('getEphemerals, getAllChildrenNumber and whoAmI', () => {
  assert.deepEqual(decoded('0000000e 00000003 00000067 00000002 2f65'), {
    ...{ xid: 3, opcode: 103, op: 'getEphemerals', prefix: '/e' },
  });
  assertFrame(
    (out) => replyChildren(out, 3, ZXID, ['/e1'], 1),
    `0000001b 00000003 ${AT} 00000000 00000001 00000003 2f6531`,
  );
  assert.deepEqual(decoded('0000000d 00000004 00000068 00000001 2f'), {
    ...{ xid: 4, opcode: 104, op: 'getAllChildrenNumber', path: '/' },
  });
  assertFrame((out) => replyInt(out, 4, ZXID, 3), `00000014 00000004 ${AT} 00000000 00000003`);
  assert.deepEqual(decoded('00000008 00000005 0000006b'), { xid: 5, opcode: 107, op: 'whoAmI' });
  assertFrame(
    (out) =>
      replyClientInfos(out, 5, ZXID, [
        { scheme: 'ip', user: '::1' },
        { scheme: 'digest', user: 'u' },
      ]),
    `00000030 00000005 ${AT} 00000000 00000002 00000002 6970 00000003 3a3a31
     00000006 646967657374 00000001 75`,
  );
});

test('multiRead: each result for itself', () => {
  assert.deepEqual(
    decoded(
      `00000031 00000006 00000016 | 00000008 00 ffffffff 00000002 2f61 00
       | 00000004 00 ffffffff 00000002 2f62 00 | ffffffff 01 ffffffff`,
    ),
    {
      ...{ xid: 6, opcode: 22, op: 'multiRead' },
      parts: [
        { op: 'getChildren', path: '/a' },
        { op: 'getData', path: '/b' },
      ],
    },
  );
  const node = nodeWith({ data: Buffer.from('x') });
  assertFrame(
    (out) =>
      replyMulti(out, 6, ZXID, [
        { type: 'getChildren', names: ['c'] },
        { type: 'getData', node },
        { type: 'error', code: ErrorCode.noNode },
      ]),
    `0000008a 00000006 ${AT} 00000000 | 00000008 00 00000000 00000001 00000001 63
     | 00000004 00 00000000 00000001 78 00*52 00000001 00*12 | ffffffff 00 ffffff9b ffffff9b
     | ffffffff 01 ffffffff`,
  );
});

test('reconfig, with what it does not change as null', () => {
  assert.deepEqual(
    decoded(
      '00000023 00000007 00000010 00000007 7365727665723d ffffffff ffffffff ffffffffffffffff',
    ),
    {
      ...{ xid: 7, opcode: 16, op: 'reconfig', joining: 'server=', leaving: null },
      ...{ newMembers: null, fromConfig: -1 },
    },
  );
});
