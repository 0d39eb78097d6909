import assert from 'node:assert/strict';
import { ErrorCode } from '../../machines/jute/error-code.ts';
import type {
  CreateOperation,
  MultiOperation,
  WriteOperation,
} from '../../machines/jute/request.ts';
import { type Zxid, zxidOf } from '../../machines/zab/zxid.ts';
import { type Acl, type Identity, OPEN_ACL } from '../../machines/znode/acl.ts';
import { TxnApplier } from '../../machines/znode/apply.ts';
import { childOf, nameOf, parentOf, ROOT } from '../../machines/znode/path.ts';
import { Prep } from '../../machines/znode/prep.ts';
import { DataTree, type DataTreeOptions } from '../../machines/znode/tree.ts';
import { NO_OBSERVER, type TreeObserver } from '../../machines/znode/tree-observer.ts';
import type { Txn } from '../../machines/znode/txn.ts';
import type { TxnResult } from '../../machines/znode/txn-result.ts';
import type {
  Checkpoint,
  SessionRecord,
  TreeReader,
  TreeTotals,
  Znode,
} from '../../machines/znode/znode.ts';

/** Property tests try the same cases in every run. */
export const SEED = 20_261_007;

/** A reader that keeps what the checkpoints wrote, as storage does. */
export class MemoryReader implements TreeReader {
  zxid: Zxid = 0;
  totals: TreeTotals | undefined;
  /** How often a node was asked for. */
  reads = 0;
  readonly #nodes = new Map<string, Znode>();
  readonly #sessions = new Map<number, SessionRecord>();
  readonly #reapables = new Set<string>();

  get(path: string): Znode | undefined {
    this.reads++;
    const node = this.#nodes.get(path);
    return node === undefined ? undefined : { ...node };
  }

  childNames(path: string): string[] {
    const names: string[] = [];
    for (const other of this.#nodes.keys()) {
      if (other !== ROOT && parentOf(other) === path) names.push(nameOf(other));
    }
    return names;
  }

  sessions(): Iterable<readonly [number, SessionRecord]> {
    return this.#sessions;
  }

  reapablePaths(after: string | undefined, limit: number): string[] {
    const paths = [...this.#reapables].filter((path) => after === undefined || path > after);
    return paths.sort().slice(0, limit);
  }

  write(checkpoint: Checkpoint): void {
    for (const [path, node] of checkpoint.nodes) {
      if (node === null) this.#nodes.delete(path);
      else this.#nodes.set(path, node);
    }
    for (const [sessionId, record] of checkpoint.sessions) {
      if (record === null) this.#sessions.delete(sessionId);
      else this.#sessions.set(sessionId, record);
    }
    for (const [path, isThere] of checkpoint.reapables) {
      if (isThere) this.#reapables.add(path);
      else this.#reapables.delete(path);
    }
    this.zxid = checkpoint.zxid;
    this.totals = checkpoint.totals;
  }
}

export const ANYONE: readonly Identity[] = [{ scheme: 'ip', id: '127.0.0.1' }];
export const SUPER: readonly Identity[] = [...ANYONE, { scheme: 'super', id: '' }];
export const MEMBER = 1;

export interface As {
  readonly sessionId?: number;
  readonly identities?: readonly Identity[];
  readonly member?: number;
  /** Only that member knows the session. */
  readonly isLocal?: boolean;
}

/** A leader in small: prepares, applies at once or later, and has one open session. */
export class Leader {
  readonly reader: MemoryReader;
  readonly tree: DataTree;
  readonly prep: Prep;
  readonly applier: TxnApplier;
  readonly sessionId: number;
  readonly log: Txn[] = [];
  #prepared: Txn[] = [];
  #zxid: Zxid;
  wallMs = 1_700_000_000_000;

  constructor(
    observer: TreeObserver = NO_OBSERVER,
    options: DataTreeOptions = {},
    reader: MemoryReader = new MemoryReader(),
  ) {
    this.reader = reader;
    this.tree = new DataTree(reader, options);
    this.prep = new Prep(this.tree);
    this.applier = new TxnApplier(this.tree, observer);
    this.#zxid = this.tree.zxid === 0 ? zxidOf(1, 0) : this.tree.zxid;
    this.sessionId = this.openSession();
  }

  /** The last zxid that was given out. */
  get zxid(): Zxid {
    return this.#zxid;
  }

  openSession(): number {
    const result = this.run({ op: 'createSession', timeoutMs: 10_000, password: PASSWORD });
    assert.equal(result.type, 'createSession');
    return result.sessionId;
  }

  prepare(operation: WriteOperation, as: As = {}): Txn {
    this.#zxid++;
    this.wallMs++;
    const txn = this.prep.prepare(
      {
        operation,
        sessionId: as.sessionId ?? (operation.op === 'createSession' ? 0 : (this.sessionId ?? 0)),
        isLocal: as.isLocal === true,
        cxid: 7,
        identities: as.identities ?? ANYONE,
        originMember: as.member ?? MEMBER,
        requestId: 1,
      },
      this.#zxid,
      this.wallMs,
    );
    this.#prepared.push(txn);
    this.log.push(txn);
    return txn;
  }

  /** As the leader does by itself, when a container or TTL node has had its time. */
  prepareReaping(path: string): Txn {
    this.#zxid++;
    const txn = this.prep.prepareReaping(path, this.#zxid, this.wallMs);
    this.#prepared.push(txn);
    this.log.push(txn);
    return txn;
  }

  get preparedCount(): number {
    return this.#prepared.length;
  }

  /** Applies the oldest `count` prepared txns. */
  apply(count = this.#prepared.length): TxnResult[] {
    const results: TxnResult[] = [];
    for (const txn of this.#prepared.splice(0, count)) {
      results.push(this.applier.apply(txn));
      this.prep.settle(txn.zxid);
    }
    return results;
  }

  /** Prepares, applies everything, and gives the result of this one. */
  run(operation: WriteOperation, as: As = {}): TxnResult {
    this.prepare(operation, as);
    const result = this.apply().at(-1);
    assert.ok(result !== undefined);
    return result;
  }

  /** The error that the operation comes to, `ok` where it succeeds. */
  code(operation: WriteOperation, as: As = {}): ErrorCode {
    const result = this.run(operation, as);
    return result.type === 'error' ? result.code : ErrorCode.ok;
  }

  /** Codes of a failed multi, `undefined` of one that succeeded. */
  multiCodes(parts: readonly MultiOperation[], as: As = {}): ErrorCode[] | undefined {
    const result = this.run({ op: 'multi', parts }, as);
    assert.equal(result.type, 'multi');
    const codes: ErrorCode[] = [];
    for (const part of result.parts) if (part.type === 'error') codes.push(part.code);
    return codes.length === 0 ? undefined : codes;
  }

  create(path: string, as: As = {}, more: CreateDetails = {}): string {
    const result = this.run(create(path, more), as);
    assert.equal(result.type, 'create', `create ${path}: ${JSON.stringify(result)}`);
    return result.path;
  }

  node(path: string): Znode {
    const node = this.tree.get(path);
    assert.ok(node !== undefined, `${path} does not exist`);
    return node;
  }

  /** What a node is, without what is remembered of it. */
  state(path: string): Znode {
    const { digest: _remembered, ...state } = this.node(path);
    return state;
  }

  checkpoint(): void {
    const checkpoint = this.tree.freeze();
    if (checkpoint === undefined) return;
    this.reader.write(checkpoint);
    this.tree.thaw();
  }
}

export const PASSWORD = new Uint8Array(16).fill(3);

export interface CreateDetails {
  readonly data?: Uint8Array | null;
  readonly acl?: readonly Acl[] | null;
  readonly flags?: number;
  readonly opcode?: CreateOperation['opcode'];
  readonly ttlMs?: number;
}

export function create(path: string, details: CreateDetails = {}): CreateOperation {
  return {
    op: 'create',
    opcode: details.opcode ?? 1,
    path,
    data: details.data === undefined ? text('data') : details.data,
    acl: details.acl === undefined ? OPEN_ACL : details.acl,
    flags: details.flags ?? 0,
    ttlMs: details.ttlMs ?? 0,
  };
}

export function del(path: string, version = -1) {
  return { op: 'delete', path, version } as const;
}

export function setData(path: string, data: Uint8Array | null = text('new'), version = -1) {
  return { op: 'setData', path, data, version } as const;
}

export function check(path: string, version = -1) {
  return { op: 'check', path, version } as const;
}

export function setAcl(path: string, acl: readonly Acl[] | null, version = -1) {
  return { op: 'setAcl', path, acl, version } as const;
}

export function text(value: string): Uint8Array {
  return Buffer.from(value);
}

/** World may do `perms`. */
export function world(perms: number): readonly Acl[] {
  return [{ perms, scheme: 'world', id: 'anyone' }];
}

/** Every path of the tree, by walking it. */
export function pathsOf(tree: DataTree, from: string = ROOT): string[] {
  const paths = [from];
  for (const name of tree.childNames(from)) paths.push(...pathsOf(tree, childOf(from, name)));
  return paths;
}
