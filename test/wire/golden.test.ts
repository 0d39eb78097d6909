import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeConnectRequest, decodeHeader, decodeOperation } from '../../machines/jute/decode.ts';
import { ErrorCode } from '../../machines/jute/error-code.ts';
import type { Outbox } from '../../machines/jute/outbox.ts';
import { JuteReader } from '../../machines/jute/reader.ts';
import {
  connectResponse,
  invalidSessionResponse,
  replyAcl,
  replyChildren,
  replyChildrenStat,
  replyData,
  replyEmpty,
  replyError,
  replyMulti,
  replyPath,
  replyPathStat,
  replyStat,
  watcherEvent,
} from '../../machines/jute/reply.ts';
import { zxidOf } from '../../machines/zab/zxid.ts';
import { OPEN_ACL } from '../../machines/znode/acl.ts';
import { NodeKind } from '../../machines/znode/znode.ts';
import { bytesOf, nodeWith, written } from './bytes.ts';

const PASSWORD = bytesOf('054cc74a37327db215e702e20c73f005');
const SESSION_ID = 0x0001000000000001;

function payloadOf(frame: string): Buffer {
  const bytes = bytesOf(frame);
  assert.equal(bytes.readInt32BE(0), bytes.length - 4, 'the vector itself');
  return bytes.subarray(4);
}

function decoded(frame: string): unknown {
  const payload = payloadOf(frame);
  const reader = new JuteReader(payload);
  const header = decodeHeader(reader);
  return { ...header, ...decodeOperation(header.opcode, reader) };
}

function assertFrame(build: (out: Outbox) => void, expected: string): void {
  assert.equal(written(build).toString('hex'), bytesOf(expected).toString('hex'));
}

const NEW_SESSION = '00000000 0000000000000000 00002710 0000000000000000 00000010 00*16';

test('a connect request with the readOnly byte', () => {
  assert.deepEqual(decodeConnectRequest(payloadOf(`0000002d ${NEW_SESSION} 00`)), {
    protocolVersion: 0,
    lastZxidSeen: 0,
    timeoutMs: 10_000,
    sessionId: 0,
    password: Buffer.alloc(16),
    readOnly: false,
  });
});

test('a connect request without the readOnly byte', () => {
  assert.equal(decodeConnectRequest(payloadOf(`0000002c ${NEW_SESSION}`)).readOnly, undefined);
});

test('a connect request with a null password', () => {
  const request = decodeConnectRequest(
    payloadOf('0000001c 00000000 0000000000000000 00002710 0000000000000000 ffffffff'),
  );
  assert.equal(request.password.length, 0);
});

test('a connect response carries the readOnly byte only where it is known', () => {
  const response = { timeoutMs: 10_000, sessionId: SESSION_ID, password: PASSWORD };
  const fields = '00000000 00002710 0001000000000001 00000010 054cc74a37327db215e702e20c73f005';
  assertFrame(
    (out) => connectResponse(out, { ...response, readOnly: false }),
    `00000025 ${fields} 00`,
  );
  assertFrame(
    (out) => connectResponse(out, { ...response, readOnly: undefined }),
    `00000024 ${fields}`,
  );
});

test('an invalid session is told by timeout, session id and password', () => {
  const fields = '00000000 00000000 0000000000000000 00000010 00*16';
  assertFrame((out) => invalidSessionResponse(out, true), `00000025 ${fields} 00`);
  assertFrame((out) => invalidSessionResponse(out, undefined), `00000024 ${fields}`);
});

test('ping and close', () => {
  assert.deepEqual(decoded('00000008 fffffffe 0000000b'), { xid: -2, opcode: 11, op: 'ping' });
  assertFrame(
    (out) => replyEmpty(out, -2, zxidOf(1, 7)),
    '00000010 fffffffe 0000000100000007 00000000',
  );
  assert.deepEqual(decoded('00000008 00000009 fffffff5'), {
    xid: 9,
    opcode: -11,
    op: 'closeSession',
  });
});

test('auth with digest u:p', () => {
  assert.deepEqual(
    decoded('0000001d fffffffc 00000064 00000000 00000006 646967657374 00000003 753a70'),
    { xid: -4, opcode: 100, op: 'auth', scheme: 'digest', auth: Buffer.from('u:p') },
  );
});

test('create with the open ACL, which is recognised', () => {
  const operation = decoded(
    `00000032 00000001 00000001 00000002 2f61 00000001 78 00000001 0000001f
     00000005 776f726c64 00000006 616e796f6e65 00000000`,
  );
  assert.deepEqual(operation, {
    xid: 1,
    opcode: 1,
    op: 'create',
    path: '/a',
    data: Buffer.from('x'),
    acl: OPEN_ACL,
    flags: 0,
    ttlMs: 0,
  });
  assert(typeof operation === 'object' && operation !== null && 'acl' in operation);
  assert.equal(operation.acl, OPEN_ACL);
});

test('createContainer and createTTL', () => {
  const node = `00000002 2f61 00000001 78 00000001 0000001f 00000005 776f726c64
    00000006 616e796f6e65`;
  const common = { op: 'create', path: '/a', data: Buffer.from('x'), acl: OPEN_ACL };
  assert.deepEqual(decoded(`00000032 00000001 00000013 ${node} 00000004`), {
    ...{ ...common, xid: 1, opcode: 19, flags: 4, ttlMs: 0 },
  });
  assert.deepEqual(decoded(`0000003a 00000002 00000015 ${node} 00000005 000000ffffffffff`), {
    ...{ ...common, xid: 2, opcode: 21, flags: 5, ttlMs: 2 ** 40 - 1 },
  });
  assert.deepEqual(decoded(`0000003a 00000002 00000015 ${node} 00000006 ffffffffffffffff`), {
    ...{ ...common, xid: 2, opcode: 21, flags: 6, ttlMs: -1 },
  });
});

test('deleteContainer is not served to clients', () => {
  assert.deepEqual(decoded('0000000e 00000003 00000014 00000002 2f61'), { xid: 3, opcode: 20 });
});

test('the replies to create', () => {
  assertFrame(
    (out) => replyPath(out, 1, zxidOf(1, 2), '/a'),
    '00000016 00000001 0000000100000002 00000000 00000002 2f61',
  );
  assertFrame(
    (out) => replyError(out, 2, zxidOf(1, 3), ErrorCode.nodeExists),
    '00000010 00000002 0000000100000003 ffffff92',
  );
});

test('a reply may carry the zxid -1 or 0', () => {
  assertFrame(
    (out) => replyError(out, 5, -1, ErrorCode.unimplemented),
    '00000010 00000005 ffffffffffffffff fffffffa',
  );
  assertFrame(
    (out) => replyError(out, -4, 0, ErrorCode.authFailed),
    '00000010 fffffffc 0000000000000000 ffffff8d',
  );
});

test('exists with a watch, and the event that follows', () => {
  assert.deepEqual(decoded('0000000f 00000003 00000003 00000002 2f62 01'), {
    xid: 3,
    opcode: 3,
    op: 'exists',
    path: '/b',
    watch: true,
  });
  assertFrame(
    (out) => watcherEvent(out, zxidOf(1, 4), 1, '/b'),
    '0000001e ffffffff 0000000100000004 00000000 00000001 00000003 00000002 2f62',
  );
});

test('multi of check and setData', () => {
  assert.deepEqual(
    decoded(
      `0000003c 00000004 0000000e | 0000000d 00 ffffffff 00000002 2f61 00000000
       | 00000005 00 ffffffff 00000002 2f61 00000001 79 ffffffff | ffffffff 01 ffffffff`,
    ),
    {
      xid: 4,
      opcode: 14,
      op: 'multi',
      parts: [
        { op: 'check', path: '/a', version: 0 },
        { op: 'setData', path: '/a', data: Buffer.from('y'), version: -1 },
      ],
    },
  );
});

test('the reply to a multi that failed', () => {
  assertFrame(
    (out) =>
      replyMulti(out, 4, zxidOf(1, 5), [
        { type: 'error', code: ErrorCode.badVersion },
        { type: 'error', code: ErrorCode.runtimeInconsistency },
      ]),
    `00000033 00000004 0000000100000005 00000000 | ffffffff 00 ffffff99 ffffff99
     | ffffffff 00 fffffffe fffffffe | ffffffff 01 ffffffff`,
  );
});

// What Apache ZooKeeper 3.8.0 answers to the same requests; only the stat fields differ from vector to vector.
const CREATED = {
  czxid: 2,
  mzxid: 7,
  ctimeMs: 0x1a206a2c1c5,
  mtimeMs: 0x1a206a2c1e8,
  version: 1,
  childCreates: 4,
  childCount: 4,
  pzxid: 6,
};
const CREATED_STAT =
  '0000000000000002 0000000000000007 000001a206a2c1c5 000001a206a2c1e8 00000001 00000004 00000000 ' +
  '0000000000000000 00000005 00000004 0000000000000006';

test('create2 of null data', () => {
  const node = nodeWith({
    ...{ data: null, czxid: 2, mzxid: 2, pzxid: 2 },
    ...{ ctimeMs: 0x1a206a2c1c5, mtimeMs: 0x1a206a2c1c5 },
  });
  assertFrame(
    (out) => replyPathStat(out, 1, 2, '/a', node),
    `0000005a 00000001 0000000000000002 00000000 00000002 2f61 0000000000000002 0000000000000002
     000001a206a2c1c5 000001a206a2c1c5 00000000 00000000 00000000 0000000000000000 00000000 00000000
     0000000000000002`,
  );
});

test('getData, setData, getACL and getChildren2', () => {
  const node = nodeWith({ ...CREATED, data: Buffer.from('hello') });
  const names = ['c', 'd', 'e', 'n-0000000000'];
  const children = '00000004 00000001 63 00000001 64 00000001 65 0000000c 6e2d30303030303030303030';
  assertFrame(
    (out) => replyData(out, 10, 7, node),
    `0000005d 0000000a 0000000000000007 00000000 00000005 68656c6c6f ${CREATED_STAT}`,
  );
  assertFrame(
    (out) => replyStat(out, 9, 7, node),
    `00000054 00000009 0000000000000007 00000000 ${CREATED_STAT}`,
  );
  assertFrame(
    (out) => replyAcl(out, 11, 7, OPEN_ACL, node),
    `0000006f 0000000b 0000000000000007 00000000 00000001 0000001f 00000005 776f726c64
     00000006 616e796f6e65 ${CREATED_STAT}`,
  );
  assertFrame(
    (out) => replyChildren(out, 12, 7, names, 4),
    `00000033 0000000c 0000000000000007 00000000 ${children}`,
  );
  assertFrame(
    (out) => replyChildrenStat(out, 13, 7, names, 4, node),
    `00000077 0000000d 0000000000000007 00000000 ${children} ${CREATED_STAT}`,
  );
});

test('getData of null data answers length -1', () => {
  assertFrame(
    (out) => replyData(out, 1, 2, nodeWith({ data: null })),
    '00000058 00000001 0000000000000002 00000000 ffffffff 00*68',
  );
});

test('a stat shows the owner of an ephemeral, and none of a container or TTL node', () => {
  const sessionId = 0x0100001d1efa0000;
  const owner = (kind: NodeKind): string =>
    written((out) => replyStat(out, 0, 0, nodeWith({ kind, ephemeralOwner: sessionId })))
      .subarray(20 + 44, 20 + 52)
      .toString('hex');
  assert.equal(owner(NodeKind.ephemeral), '0100001d1efa0000');
  assert.equal(owner(NodeKind.container), '0000000000000000');
  assert.equal(owner(NodeKind.ttl), '0000000000000000');
  assert.equal(owner(NodeKind.persistent), '0000000000000000');
});

test('the visible cversion counts creates and deletes, and wraps', () => {
  const cversion = (childCreates: number, childCount: number): number =>
    written((out) => replyStat(out, 0, 0, nodeWith({ childCreates, childCount }))).readInt32BE(
      20 + 36,
    );
  assert.equal(cversion(0, 1), -1);
  assert.equal(cversion(5, 3), 7);
  assert.equal(cversion(2 ** 31 - 1, 0), -2);
});

test('a multi that succeeded, with every kind of result', () => {
  const node = nodeWith({
    ...{ czxid: 8, mzxid: 8, pzxid: 8, ctimeMs: 0x1a206a2c1fe, mtimeMs: 0x1a206a2c1fe },
    ...{ data: Buffer.from('3'), version: 1, childCreates: 1, childCount: 1 },
  });
  const stat = `0000000000000008 0000000000000008 000001a206a2c1fe 000001a206a2c1fe 00000001 00000001
    00000000 0000000000000000 00000001 00000001 0000000000000008`;
  assertFrame(
    (out) =>
      replyMulti(out, 14, 8, [
        { type: 'create', path: '/m' },
        { type: 'create2', path: '/m', node },
        { type: 'setData', node },
        { type: 'check' },
        { type: 'delete' },
      ]),
    `000000da 0000000e 0000000000000008 00000000 | 00000001 00 00000000 00000002 2f6d
     | 0000000f 00 00000000 00000002 2f6d ${stat} | 00000005 00 00000000 ${stat}
     | 0000000d 00 00000000 | 00000002 00 00000000 | ffffffff 01 ffffffff`,
  );
});

test('a multi of nothing', () => {
  assert.deepEqual(decoded('00000011 0000000f 0000000e ffffffff 01 ffffffff'), {
    ...{ xid: 15, opcode: 14, op: 'multi', parts: [] },
  });
  assertFrame(
    (out) => replyMulti(out, 15, 9, []),
    '00000019 0000000f 0000000000000009 00000000 ffffffff 01 ffffffff',
  );
});
