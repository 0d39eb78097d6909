import { InvariantViolation, unreachable } from '../invariant.ts';
import { ErrorCode } from '../jute/error-code.ts';
import type { CreateOperation, MultiOperation, WriteOperation } from '../jute/request.ts';
import { hex, type Zxid } from '../zab/zxid.ts';
import { checkAcl, fixAcl } from './access.ts';
import { type Acl, type Identity, Perm } from './acl.ts';
import { configByLeader, membersOf } from './config-node.ts';
import { createModeOf } from './create-mode.ts';
import { hasParent, isSpecialPath, parentOf, validatePath } from './path.ts';
import { PendingChanges } from './pending.ts';
import { QuotaGuard } from './quota-guard.ts';
import { deletionByLeader, mayReap } from './reaping.ts';
import { SessionGate } from './session-gate.ts';
import type { DataTree } from './tree.ts';
import type { MultiPart, Txn, TxnBody } from './txn.ts';
import { dataLength, NodeKind } from './znode.ts';
import { CHILD_CREATES_MAX, nextChildCreates, nextVersion } from './znode-change.ts';

/** A write as a member hands it to the leader. */
export interface WriteRequest {
  readonly operation: WriteOperation;
  /** Who asks; with createSession the local session that becomes a global one, 0 for a new one. */
  readonly sessionId: number;
  /** Only `originMember` knows the session, and answers for it (reference §9.5). */
  readonly isLocal?: boolean;
  readonly cxid: number;
  /** As they were when the request came in, the client's address among them (reference §8.2). */
  readonly identities: readonly Identity[];
  readonly originMember: number;
  readonly requestId: number;
}

export interface PrepOptions {
  /** Whether a write beyond a hard limit is refused (reference §6.4); else it is only noted. */
  readonly enforceQuota?: boolean;
  /** Whether ACLs may name the digest scheme (reference §8.4); they may unless it says no. */
  readonly digestEnabled?: boolean;
  /** Whether clients may create TTL nodes; unless given they may. */
  readonly extendedTypes?: boolean;
  /** The members as the config node should tell of them; empty where it should tell of none. */
  readonly members?: string;
}

/** In a request: whatever version there is. */
const ANY_VERSION = -1;
const SEQUENCE_DIGITS = 10;

/**
 * The leader's first step with a write: checks it against the tree and everything prepared before it, in
 * the order of reference §3.2, and makes of it a txn that says the outcome. A write that fails becomes an
 * error txn, which takes its zxid like any other (reference §3.2).
 */
export class Prep {
  readonly #tree: DataTree;
  readonly #pending: PendingChanges;
  readonly #sessions: SessionGate;
  readonly quotaGuard: QuotaGuard;
  readonly #extendedTypes: boolean;
  readonly #members: string;
  readonly #digestEnabled: boolean;
  #zxid: Zxid = 0;

  constructor(tree: DataTree, options: PrepOptions = {}) {
    this.#tree = tree;
    this.#extendedTypes = options.extendedTypes ?? true;
    this.#digestEnabled = options.digestEnabled ?? true;
    this.#pending = new PendingChanges(tree);
    this.#sessions = new SessionGate(tree);
    this.#members = options.members ?? '';
    this.quotaGuard = new QuotaGuard(tree.quotas, options.enforceQuota ?? false);
  }

  /** Paths whose pending state differs from the tree, or may. */
  get pendingCount(): number {
    return this.#pending.size;
  }

  /** The member through which the session may write; `undefined` until one has asked. */
  owner(sessionId: number): number | undefined {
    return this.#sessions.owner(sessionId);
  }

  /** The session's client has come to `member` (reference §9.3): writes through another are refused from now on. */
  setOwner(sessionId: number, member: number): void {
    this.#sessions.setOwner(sessionId, member);
  }

  /** Of a session that is there, or about to be, and not about to be closed. */
  passwordOf(sessionId: number): Uint8Array | undefined {
    return this.#sessions.passwordOf(sessionId);
  }

  /** `zxid` is above that of every call before; `wallMs` becomes the time of the txn. Never throws for what a client sends. */
  prepare(request: WriteRequest, zxid: Zxid, wallMs: number): Txn {
    this.#giveOut(zxid);
    const { operation } = request;
    // The id of a new session is the zxid that makes it: unique for ever. One that was local keeps its own.
    const isNew = operation.op === 'createSession' && request.sessionId === 0;
    const sessionId = isNew ? zxid : request.sessionId;
    return {
      zxid,
      timeMs: wallMs,
      sessionId,
      cxid: request.cxid,
      originMember: request.originMember,
      requestId: request.requestId,
      body: this.#body(operation, isNew ? { ...request, sessionId } : request, zxid),
    };
  }

  /** Whether `prepareReaping` would delete the node now; one with changes on the way is looked at again later. */
  mayReap(path: string, wallMs: number, maxNeverUsedMs: number): boolean {
    if (this.#pending.isChanging(path)) return false;
    const node = this.#tree.get(path);
    return node !== undefined && mayReap(node, wallMs, maxNeverUsedMs);
  }

  /** The leader itself deletes a container or TTL node: no session asks (reference §9.8). */
  prepareReaping(path: string, zxid: Zxid, wallMs: number): Txn {
    this.#giveOut(zxid);
    const body = deletionByLeader(path, this.#pending, zxid);
    return { zxid, timeMs: wallMs, sessionId: 0, cxid: 0, originMember: 0, requestId: 0, body };
  }

  /** Whether the config node tells of other members than this one would (reference §12). */
  get hasNewConfig(): boolean {
    return membersOf(this.#tree) !== this.#members;
  }

  /** The config node as this member has it: what a leader begins its epoch with, where that is something new. */
  prepareConfig(zxid: Zxid, wallMs: number): Txn {
    this.#giveOut(zxid);
    const body = configByLeader(this.#members, this.#pending, zxid);
    return { zxid, timeMs: wallMs, sessionId: 0, cxid: 0, originMember: 0, requestId: 0, body };
  }

  /** Every txn up to `zxid` has been applied to the tree. */
  settle(zxid: Zxid): void {
    this.#pending.settle(zxid);
    this.#sessions.settle(zxid);
  }

  /**
   * Forgets whatever was prepared and not applied, and all owners: the member begins or ceases to lead. A
   * member that begins has applied its whole history, which the new epoch commits as a whole.
   */
  reset(): void {
    this.#pending.clear();
    this.#sessions.clear();
    this.#zxid = 0;
  }

  #giveOut(zxid: Zxid): void {
    if (zxid <= this.#zxid || zxid <= this.#tree.zxid) {
      throw new InvariantViolation(`zxid ${hex(zxid)} was given out before`);
    }
    this.#zxid = zxid;
  }

  #body(operation: WriteOperation, request: WriteRequest, zxid: Zxid): TxnBody {
    switch (operation.op) {
      case 'createSession': {
        const { timeoutMs, password } = operation;
        const { sessionId, originMember } = request;
        if (this.#sessions.isKnown(sessionId))
          return { type: 'error', code: ErrorCode.sessionExpired };
        this.#sessions.opened(sessionId, password, originMember, zxid);
        return { type: 'createSession', timeoutMs, password };
      }
      case 'closeSession':
        return this.#closeSession(request.sessionId, zxid);
      case 'multi':
        return this.#multi(operation.parts, request, zxid);
      case 'reconfig':
        // Whoever asks, and whatever for: it is off (reference §12).
        return { type: 'error', code: ErrorCode.reconfigDisabled };
      case 'setAcl': {
        const { path, acl, version } = operation;
        const body = this.#setAcl(path, acl, version, request, zxid);
        return typeof body === 'number' ? { type: 'error', code: body } : body;
      }
      default: {
        const body = this.#part(operation, request, zxid);
        return typeof body === 'number' ? { type: 'error', code: body } : body;
      }
    }
  }

  #part(operation: MultiOperation, request: WriteRequest, zxid: Zxid): MultiPart | ErrorCode {
    switch (operation.op) {
      case 'create':
        return this.#create(operation, request, zxid);
      case 'delete':
        return this.#delete(operation.path, operation.version, request, zxid);
      case 'setData': {
        const { path, data, version } = operation;
        return this.#setData(path, data, version, request, zxid);
      }
      case 'check':
        return this.#check(operation.path, operation.version, request);
      default:
        return unreachable(operation);
    }
  }

  #checkSession(request: WriteRequest): ErrorCode | undefined {
    if (request.isLocal === true) return undefined;
    return this.#sessions.check(request.sessionId, request.originMember);
  }

  #create(operation: CreateOperation, request: WriteRequest, zxid: Zxid): MultiPart | ErrorCode {
    const mode = createModeOf(operation, this.#extendedTypes);
    if (typeof mode === 'number') return mode;
    const refused = this.#checkSession(request);
    if (refused !== undefined) return refused;
    // Whoever owns an ephemeral has to be known to all, and be expired by the leader (reference §9.5).
    if (request.isLocal === true && mode.kind === NodeKind.ephemeral)
      return ErrorCode.ephemeralOnLocalSession;
    const requested = operation.path;
    if (!hasParent(requested)) return ErrorCode.badArguments;
    const fixed = fixAcl(operation.acl, request.identities, this.#digestEnabled);
    if (fixed === undefined) return ErrorCode.invalidAcl;

    const parentPath = parentOf(requested);
    const parent = this.#pending.get(parentPath);
    if (parent === undefined) return ErrorCode.noNode;
    if (!checkAcl(parent.acl, Perm.create, request.identities)) return ErrorCode.noAuth;

    const { childCreates } = parent;
    let path = requested;
    if (mode.sequential) {
      // The counter ends here; ZooKeeper would give the same number again, and answer NODEEXISTS.
      if (childCreates === CHILD_CREATES_MAX) return ErrorCode.systemError;
      path += String(childCreates).padStart(SEQUENCE_DIGITS, '0');
    }
    if (!validatePath(path)) return ErrorCode.badArguments;
    if (this.#pending.get(path) !== undefined) return ErrorCode.nodeExists;
    if (parent.kind === NodeKind.ephemeral) return ErrorCode.noChildrenForEphemerals;
    const { data } = operation;
    if (this.quotaGuard.refuses(path, 1, data?.length ?? 0)) return ErrorCode.quotaExceeded;

    const acl = this.#tree.acls.intern(fixed);
    const ephemeralOwner = mode.kind === NodeKind.ephemeral ? request.sessionId : 0;
    const parentChildCreates = nextChildCreates(childCreates);
    this.#pending.childCreated(parentPath, parent, parentChildCreates, zxid);
    this.#pending.created(path, data, acl, mode.kind, ephemeralOwner, zxid);
    return {
      type: 'create',
      path,
      data,
      acl,
      kind: mode.kind,
      ephemeralOwner,
      ttlMs: mode.kind === NodeKind.ttl ? operation.ttlMs : 0,
      parentChildCreates,
    };
  }

  #delete(path: string, version: number, request: WriteRequest, zxid: Zxid): MultiPart | ErrorCode {
    const refused = this.#checkSession(request);
    if (refused !== undefined) return refused;
    if (!hasParent(path) || isSpecialPath(path)) return ErrorCode.badArguments;
    const parentPath = parentOf(path);
    const parent = this.#pending.get(parentPath);
    if (parent === undefined) return ErrorCode.noNode;
    if (!checkAcl(parent.acl, Perm.delete, request.identities)) return ErrorCode.noAuth;
    const node = this.#pending.get(path);
    if (node === undefined) return ErrorCode.noNode;
    if (version !== ANY_VERSION && version !== node.version) return ErrorCode.badVersion;
    if (node.childCount !== 0) return ErrorCode.notEmpty;

    this.#pending.deleted(path, node, zxid);
    this.#pending.childDeleted(parentPath, parent, zxid);
    return { type: 'delete', path };
  }

  #setData(
    path: string,
    data: Uint8Array | null,
    expected: number,
    request: WriteRequest,
    zxid: Zxid,
  ): MultiPart | ErrorCode {
    const refused = this.#checkSession(request);
    if (refused !== undefined) return refused;
    if (!validatePath(path)) return ErrorCode.badArguments;
    const node = this.#pending.get(path);
    if (node === undefined) return ErrorCode.noNode;
    if (!checkAcl(node.acl, Perm.write, request.identities)) return ErrorCode.noAuth;
    const addedBytes = (data?.length ?? 0) - dataLength(node);
    if (this.quotaGuard.refuses(path, 0, addedBytes)) return ErrorCode.quotaExceeded;
    if (expected !== ANY_VERSION && expected !== node.version) return ErrorCode.badVersion;

    const version = nextVersion(node.version);
    this.#pending.dataSet(path, node, data, version, zxid);
    return { type: 'setData', path, data, version };
  }

  #setAcl(
    path: string,
    requested: readonly Acl[] | null,
    expected: number,
    request: WriteRequest,
    zxid: Zxid,
  ): TxnBody | ErrorCode {
    const refused = this.#checkSession(request);
    if (refused !== undefined) return refused;
    if (!validatePath(path)) return ErrorCode.badArguments;
    const fixed = fixAcl(requested, request.identities, this.#digestEnabled);
    if (fixed === undefined) return ErrorCode.invalidAcl;
    const node = this.#pending.get(path);
    if (node === undefined) return ErrorCode.noNode;
    if (!checkAcl(node.acl, Perm.admin, request.identities)) return ErrorCode.noAuth;
    if (expected !== ANY_VERSION && expected !== node.aversion) return ErrorCode.badVersion;

    const acl = this.#tree.acls.intern(fixed);
    const aversion = nextVersion(node.aversion);
    this.#pending.aclSet(path, node, acl, aversion, zxid);
    return { type: 'setAcl', path, acl, aversion };
  }

  #check(path: string, version: number, request: WriteRequest): MultiPart | ErrorCode {
    const refused = this.#checkSession(request);
    if (refused !== undefined) return refused;
    if (!validatePath(path)) return ErrorCode.badArguments;
    const node = this.#pending.get(path);
    if (node === undefined) return ErrorCode.noNode;
    if (!checkAcl(node.acl, Perm.read, request.identities)) return ErrorCode.noAuth;
    if (version !== ANY_VERSION && version !== node.version) return ErrorCode.badVersion;
    return { type: 'check', path };
  }

  /**
   * Every part sees what the parts before it did. Where one fails, nothing stays of them, and the txn
   * tells each part's code: 0 before the failing one, -2 after it (reference §3.5).
   */
  #multi(operations: readonly MultiOperation[], request: WriteRequest, zxid: Zxid): TxnBody {
    if (operations.length === 0) {
      const refused = this.#checkSession(request);
      return refused === undefined
        ? { type: 'multi', parts: [] }
        : { type: 'error', code: refused };
    }
    this.#pending.begin();
    const parts: MultiPart[] = [];
    for (const operation of operations) {
      const part = this.#part(operation, request, zxid);
      if (typeof part === 'number') {
        this.#pending.rollback();
        return { type: 'multi', parts: failedParts(operations.length, parts.length, part) };
      }
      parts.push(part);
    }
    this.#pending.keep();
    return { type: 'multi', parts };
  }

  /**
   * No check of the owner: expiry asks as well, on behalf of nobody. A session that is gone or going
   * already is closed by a txn that changes nothing, so that its client gets its reply (reference §9.2).
   */
  #closeSession(sessionId: number, zxid: Zxid): TxnBody {
    if (!this.#sessions.isOpen(sessionId)) return { type: 'closeSession', paths: [] };
    const paths = this.#pending.ephemeralsOf(sessionId);
    for (const path of paths) {
      const parentPath = parentOf(path);
      const node = this.#pending.get(path);
      const parent = this.#pending.get(parentPath);
      if (node === undefined || parent === undefined) {
        throw new InvariantViolation(`${path} of session ${sessionId} is not there`);
      }
      this.#pending.deleted(path, node, zxid);
      this.#pending.childDeleted(parentPath, parent, zxid);
    }
    this.#sessions.closed(sessionId, zxid);
    return { type: 'closeSession', paths };
  }
}

function failedParts(count: number, failedAt: number, code: ErrorCode): MultiPart[] {
  const parts: MultiPart[] = [];
  for (let at = 0; at < count; at++) {
    if (at < failedAt) parts.push({ type: 'error', code: ErrorCode.ok });
    else if (at === failedAt) parts.push({ type: 'error', code });
    else parts.push({ type: 'error', code: ErrorCode.runtimeInconsistency });
  }
  return parts;
}
