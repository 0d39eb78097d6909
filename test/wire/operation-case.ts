import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Opcode } from '../../machines/jute/opcode.ts';
import type { Outbox } from '../../machines/jute/outbox.ts';
import type { MultiOperation, Operation } from '../../machines/jute/request.ts';
import { WatcherType } from '../../machines/znode/watch.ts';
import { putAcl, putString } from './bytes.ts';

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

/** A request and the opcode that it goes under. */
export interface Case {
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
/** In a multi the flag of a container makes a create one, and only createTTL has those of TTL nodes (reference §3.5). */
const createPart: fc.Arbitrary<MultiOperation> = fc.oneof(
  create.map((operation) => ({ ...operation, flags: Math.abs(operation.flags % 4) })),
  create.map((operation) => ({ ...operation, opcode: Opcode.createContainer, flags: 4 })),
  createTtl.map((operation) => ({ ...operation, flags: 5 + Math.abs(operation.flags % 2) })),
);
const part: fc.Arbitrary<MultiOperation> = fc.oneof(createPart, remove, setData, check);

function read(op: 'exists' | 'getData' | 'getChildren' | 'getChildren2'): fc.Arbitrary<Case> {
  return record({ op: fc.constant(op), path, watch: fc.boolean() }).map((operation) => ({
    opcode: Opcode[op],
    operation,
  }));
}

/** Every operation that a client may send, with any fields. */
export const anyCase: fc.Arbitrary<Case> = fc.oneof(
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
    persistent: fc.constant([]),
    persistentRecursive: fc.constant([]),
  }).map((operation) => ({ opcode: Opcode.setWatches, operation })),
  record({
    op: fc.constant('setWatches' as const),
    relativeZxid: fc.maxSafeInteger(),
    data: fc.array(path),
    exist: fc.array(path),
    child: fc.array(path),
    persistent: fc.array(path),
    persistentRecursive: fc.array(path),
  }).map((operation) => ({ opcode: Opcode.setWatches2, operation })),
  record({
    op: fc.constant('addWatch' as const),
    path,
    recursive: fc.boolean(),
  }).map((operation) => ({ opcode: Opcode.addWatch, operation })),
  record({
    op: fc.constantFrom('removeWatches', 'checkWatches'),
    path,
    type: fc.constantFrom(...Object.values(WatcherType)),
  }).map((operation) => ({ opcode: Opcode[operation.op], operation })),
  record({
    op: fc.constant('getAllChildrenNumber' as const),
    path,
  }).map((operation) => ({ opcode: Opcode.getAllChildrenNumber, operation })),
  record({
    op: fc.constant('getEphemerals' as const),
    prefix: path,
  }).map((operation) => ({ opcode: Opcode.getEphemerals, operation })),
  record({
    op: fc.constant('multiRead' as const),
    parts: fc.array(record({ op: fc.constantFrom('getData', 'getChildren'), path }), {
      maxLength: 5,
    }),
  }).map((operation) => ({ opcode: Opcode.multiRead, operation })),
  record({
    op: fc.constant('reconfig' as const),
    joining: fc.option(path),
    leaving: fc.option(path),
    newMembers: fc.option(path),
    fromConfig: fc.maxSafeInteger(),
  }).map((operation) => ({ opcode: Opcode.reconfig, operation })),
);

/** The body of the request, as a client writes it. */
export function encode(opcode: number, out: Outbox, operation: Operation | MultiOperation): void {
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
        encode(opcode, out, each);
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
    case 'getAllChildrenNumber':
      out.ustring(operation.path);
      return;
    case 'getEphemerals':
      out.ustring(operation.prefix);
      return;
    case 'setWatches':
      out.long(operation.relativeZxid);
      for (const list of [operation.data, operation.exist, operation.child]) putPaths(out, list);
      if (opcode === Opcode.setWatches) return;
      for (const list of [operation.persistent, operation.persistentRecursive]) putPaths(out, list);
      return;
    case 'addWatch':
      out.ustring(operation.path);
      out.int(operation.recursive ? 1 : 0);
      return;
    case 'removeWatches':
    case 'checkWatches':
      out.ustring(operation.path);
      out.int(operation.type);
      return;
    case 'multiRead':
      for (const each of operation.parts) {
        multiHeader(out, Opcode[each.op], false);
        out.ustring(each.path);
        out.boolean(true);
      }
      multiHeader(out, -1, true);
      return;
    case 'reconfig':
      for (const text of [operation.joining, operation.leaving, operation.newMembers]) {
        putString(out, text);
      }
      out.long(operation.fromConfig);
      return;
    default:
      assert.fail(`${operation.op} has no body here`);
  }
}

function putPaths(out: Outbox, paths: readonly string[]): void {
  out.int(paths.length);
  for (const each of paths) out.ustring(each);
}

export function multiHeader(out: Outbox, type: number, done: boolean): void {
  out.int(type);
  out.boolean(done);
  out.int(-1);
}
