import { InvariantViolation, unreachable } from '../invariant.ts';
import { follows, hex, type Zxid } from '../zab/zxid.ts';
import { CONFIG_VERSION } from './config-node.ts';
import { CONFIG_NODE, parentOf, ROOT } from './path.ts';
import type { DataTree } from './tree.ts';
import type { TreeObserver } from './tree-observer.ts';
import type {
  CloseSessionTxn,
  CreateTxn,
  DeleteTxn,
  MultiPart,
  MultiTxn,
  SetAclTxn,
  SetDataTxn,
  Txn,
} from './txn.ts';
import type { TxnPartResult, TxnResult } from './txn-result.ts';
import { dataLength, NodeKind, type Znode } from './znode.ts';
import {
  createdNode,
  nextChildCreates,
  nextVersion,
  withAcl,
  withChildCreated,
  withChildDeleted,
  withData,
} from './znode-change.ts';

/**
 * Applies committed txns to a tree, in order. Strict: checkpoints are exact at one zxid, so that a txn
 * that does not fit what it finds means that this member differs from the others (reference §10.4). It is
 * an InvariantViolation, after which the tree is not to be used.
 */
export class TxnApplier {
  readonly #tree: DataTree;
  readonly #observer: TreeObserver;

  constructor(tree: DataTree, observer: TreeObserver) {
    this.#tree = tree;
    this.#observer = observer;
  }

  /** The tree's zxid moves last: nobody sees a multi half done (reference §10.4). */
  apply(txn: Txn): TxnResult {
    const { zxid, body } = txn;
    if (!follows(this.#tree.zxid, zxid)) {
      throw new InvariantViolation(`txn ${hex(zxid)} does not follow ${hex(this.#tree.zxid)}`);
    }
    const result = body.type === 'multi' ? this.#multi(body, txn) : this.#single(txn);
    this.#tree.advance(zxid);
    return result;
  }

  #single(txn: Txn): TxnResult {
    const { body, zxid } = txn;
    switch (body.type) {
      case 'setAcl':
        return this.#setAcl(body, zxid);
      case 'setConfig': {
        const { timeMs } = txn;
        const before = this.#find(CONFIG_NODE, zxid);
        const node = withData(before, ownBytes(body.data), CONFIG_VERSION, zxid, timeMs);
        this.#tree.replace(CONFIG_NODE, before, node);
        this.#observer.dataChanged(CONFIG_NODE, zxid, node.acl);
        return { type: 'setConfig' };
      }
      case 'createSession': {
        const password = ownBytes(body.password);
        this.#tree.openSession(txn.sessionId, body.timeoutMs, password);
        const { timeoutMs } = body;
        return { type: 'createSession', sessionId: txn.sessionId, timeoutMs, password };
      }
      case 'closeSession':
        return this.#closeSession(body, txn.sessionId, zxid);
      case 'multi':
        return this.#multi(body, txn);
      default:
        return this.#part(body, txn);
    }
  }

  #part(part: MultiPart, txn: Txn): TxnPartResult {
    switch (part.type) {
      case 'create':
        return this.#create(part, txn.zxid, txn.timeMs);
      case 'delete':
        return this.#delete(part, txn.zxid);
      case 'setData':
        return this.#setData(part, txn.zxid, txn.timeMs);
      case 'check':
        this.#find(part.path, txn.zxid);
        return { type: 'check', path: part.path };
      case 'error':
        return { type: 'error', code: part.code };
      default:
        return unreachable(part);
    }
  }

  #multi(multi: MultiTxn, txn: Txn): TxnResult {
    const { parts } = multi;
    const failed = parts.length > 0 && parts[0]?.type === 'error';
    const results: TxnPartResult[] = [];
    for (const part of parts) {
      if ((part.type === 'error') !== failed) {
        throw new InvariantViolation(`multi ${hex(txn.zxid)} has failed in part`);
      }
      results.push(this.#part(part, txn));
    }
    return { type: 'multi', parts: results };
  }

  #create(create: CreateTxn, zxid: Zxid, timeMs: number): TxnPartResult {
    const { path, parentChildCreates } = create;
    if (this.#tree.get(path) !== undefined) {
      throw new InvariantViolation(`${hex(zxid)} creates ${path}, which exists`);
    }
    const parentPath = parentOf(path);
    const parent = this.#find(parentPath, zxid);
    if (parentChildCreates !== nextChildCreates(parent.childCreates)) {
      throw new InvariantViolation(
        `${hex(zxid)} makes ${parentChildCreates} creates under ${parentPath}, which had ${parent.childCreates}`,
      );
    }
    if (parent.kind === NodeKind.ephemeral) {
      throw new InvariantViolation(`${hex(zxid)} creates ${path} under an ephemeral`);
    }
    if ((create.kind === NodeKind.ephemeral) !== (create.ephemeralOwner !== 0)) {
      throw new InvariantViolation(`${hex(zxid)} creates ${path} with an owner of another kind`);
    }
    if ((create.kind === NodeKind.ttl) !== create.ttlMs > 0) {
      throw new InvariantViolation(`${hex(zxid)} creates ${path} with a TTL of another kind`);
    }
    const acl = this.#tree.acls.intern(create.acl);
    const node = createdNode(create, ownData(create.data), acl, zxid, timeMs);
    this.#tree.replace(parentPath, parent, withChildCreated(parent, parentChildCreates, zxid));
    this.#tree.insert(path, parentPath, node);
    this.#tree.quotas.created(path, dataLength(node));
    this.#observer.nodeCreated(path, zxid, acl);
    this.#observer.childrenChanged(parentPath, zxid, parent.acl);
    return { type: 'create', path, node };
  }

  #delete(remove: DeleteTxn, zxid: Zxid): TxnPartResult {
    const { path } = remove;
    this.#remove(path, this.#find(path, zxid), zxid);
    return { type: 'delete', path };
  }

  #remove(path: string, node: Znode, zxid: Zxid): void {
    if (node.childCount !== 0 || path === ROOT) {
      throw new InvariantViolation(`${hex(zxid)} deletes ${path}, which has children`);
    }
    const parentPath = parentOf(path);
    const parent = this.#find(parentPath, zxid);
    this.#tree.remove(path, parentPath, node);
    this.#tree.replace(parentPath, parent, withChildDeleted(parent, zxid));
    this.#tree.quotas.deleted(path, dataLength(node));
    this.#observer.nodeDeleted(path, zxid, node.acl);
    this.#observer.childrenChanged(parentPath, zxid, parent.acl);
  }

  #setData(change: SetDataTxn, zxid: Zxid, timeMs: number): TxnPartResult {
    const { path, version } = change;
    const before = this.#find(path, zxid);
    if (version !== nextVersion(before.version)) {
      throw new InvariantViolation(
        `${hex(zxid)} makes version ${version} of ${path}, which had ${before.version}`,
      );
    }
    const node = withData(before, ownData(change.data), version, zxid, timeMs);
    this.#tree.replace(path, before, node);
    this.#tree.quotas.dataSet(path, dataLength(before), dataLength(node));
    this.#observer.dataChanged(path, zxid, node.acl);
    return { type: 'setData', path, node };
  }

  #setAcl(change: SetAclTxn, zxid: Zxid): TxnResult {
    const { path, aversion } = change;
    const before = this.#find(path, zxid);
    if (aversion !== nextVersion(before.aversion)) {
      throw new InvariantViolation(
        `${hex(zxid)} makes aversion ${aversion} of ${path}, which had ${before.aversion}`,
      );
    }
    const node = withAcl(before, this.#tree.acls.intern(change.acl), aversion);
    this.#tree.replace(path, before, node);
    return { type: 'setAcl', path, node };
  }

  /** A session may be closed twice, by its client and by expiry: the second time nothing is left to do. */
  #closeSession(close: CloseSessionTxn, sessionId: number, zxid: Zxid): TxnResult {
    const session = this.#tree.sessions.get(sessionId);
    for (const path of close.paths) {
      const node = this.#find(path, zxid);
      if (session === undefined || node.ephemeralOwner !== sessionId) {
        throw new InvariantViolation(`${hex(zxid)} deletes ${path}, which is not the session's`);
      }
      this.#remove(path, node, zxid);
    }
    if (session !== undefined) {
      this.#tree.closeSession(sessionId);
      this.#observer.sessionClosed(sessionId, zxid);
    }
    return { type: 'closeSession', sessionId };
  }

  #find(path: string, zxid: Zxid): Znode {
    const node = this.#tree.get(path);
    if (node === undefined) {
      throw new InvariantViolation(`${hex(zxid)} needs ${path}, which does not exist`);
    }
    return node;
  }
}

/** A txn's bytes are views of what carried it; the tree must not keep all of that alive for one node. */
function ownBytes(bytes: Uint8Array): Uint8Array {
  const own = Buffer.allocUnsafe(bytes.length);
  own.set(bytes);
  return own;
}

function ownData(data: Uint8Array | null): Uint8Array | null {
  return data === null ? null : ownBytes(data);
}
