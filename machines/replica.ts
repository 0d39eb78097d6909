import { invariant } from './invariant.ts';
import { decodeWrite } from './jute/decode.ts';
import { sameBytes } from './same-bytes.ts';
import { SizeRange } from './size-range.ts';
import type { ForwardedRequest, RecordRun } from './zab/message.ts';
import type { ReplicatedState } from './zab/replicated-state.ts';
import type { Zxid } from './zab/zxid.ts';
import { TxnApplier } from './znode/apply.ts';
import { configOf } from './znode/config-node.ts';
import { DigestLog } from './znode/digest-log.ts';
import { Prep, type PrepOptions } from './znode/prep.ts';
import type { QuotaExcess } from './znode/quota.ts';
import { RecordWriter } from './znode/record-writer.ts';
import type { DataTree } from './znode/tree.ts';
import { NO_OBSERVER, type TreeObserver } from './znode/tree-observer.ts';
import type { Txn } from './znode/txn.ts';
import { encodeTxn } from './znode/txn-codec.ts';
import type { TxnResult } from './znode/txn-result.ts';

/** Digests remembered to compare with the leader's: one for each of the last batches of commits. */
const DIGESTS_KEPT = 512;
/** Requests that no member sent on behalf of a client: the leader's own, when a session expires. */
const NO_MEMBER = 0;

/** Something that the replica takes in. */
export type Delivery =
  | { readonly type: 'txn'; readonly txn: Txn }
  | { readonly type: 'snapshot'; readonly zxid: Zxid };

/**
 * A member's copy of the replicated state: what ZAB delivers is applied here, in order, and where the
 * member leads, requests become txns here.
 */
export class Replica implements ReplicatedState {
  #tree: DataTree;
  #prep: Prep;
  #applier: TxnApplier;
  #silentApplier: TxnApplier;
  readonly #observer: TreeObserver;
  readonly #prepOptions: PrepOptions;
  readonly #writer = new RecordWriter();
  /** Of the txns that this member made records of, leading; and how many sessions it has let expire. */
  readonly proposalSizes = new SizeRange();
  proposalCount = 0;
  expiredSessions = 0;
  readonly digestLog = new DigestLog();
  readonly #digests = new Map<Zxid, number>();
  /** Told before anything of it can be seen. Set only while someone looks: nobody looking costs nothing. */
  observe: ((delivery: Delivery) => void) | undefined;

  constructor(tree: DataTree, observer: TreeObserver, prepOptions: PrepOptions = {}) {
    this.#observer = observer;
    this.#prepOptions = prepOptions;
    this.#tree = tree;
    this.#prep = new Prep(tree, this.#prepOptions);
    this.#applier = new TxnApplier(tree, observer);
    this.#silentApplier = new TxnApplier(tree, NO_OBSERVER);
  }

  get tree(): DataTree {
    return this.#tree;
  }

  get appliedZxid(): Zxid {
    return this.#tree.zxid;
  }

  /** What the config node says; empty where nobody knows where clients reach the members. */
  get config(): string {
    return configOf(this.#tree);
  }

  get digest(): number {
    return this.#tree.digest;
  }

  /** A snapshot has taken the place of everything that was here. */
  replaceTree(tree: DataTree): void {
    this.#tree = tree;
    this.#prep = new Prep(tree, this.#prepOptions);
    this.#applier = new TxnApplier(tree, this.#observer);
    this.#silentApplier = new TxnApplier(tree, NO_OBSERVER);
    this.#digests.clear();
    this.digestLog.clear();
    this.observe?.({ type: 'snapshot', zxid: tree.zxid });
  }

  /** A committed txn. Its watch events leave while it is applied. */
  apply(txn: Txn): TxnResult {
    this.observe?.({ type: 'txn', txn });
    const result = this.#applier.apply(txn);
    this.digestLog.passed(txn.zxid, this.#tree.digest);
    this.#prep.settle(txn.zxid);
    return result;
  }

  /** A committed txn from the log: nobody watches yet (reference §16 69). */
  replay(txn: Txn): void {
    this.observe?.({ type: 'txn', txn });
    this.#silentApplier.apply(txn);
    this.digestLog.passed(txn.zxid, this.#tree.digest);
  }

  /** Every member applies commits in the same batches: the ends of these are where digests are compared. */
  rememberDigest(): void {
    this.#digests.set(this.#tree.zxid, this.#tree.digest);
    if (this.#digests.size <= DIGESTS_KEPT) return;
    for (const oldest of this.#digests.keys()) {
      this.#digests.delete(oldest);
      break;
    }
  }

  /** Two members that applied the same txns have the same tree; anything else is corruption (reference §10.5). */
  compareDigest(zxid: Zxid, digest: number): void {
    const own = this.#digests.get(zxid);
    if (own === undefined) return;
    invariant(
      own === digest,
      () => `this member's tree differs from the leader's at zxid 0x${zxid.toString(16)}`,
    );
  }

  startPreparing(): void {
    this.#prep.reset();
  }

  prepare(request: ForwardedRequest, fromMember: number, zxid: Zxid, wallMs: number): Txn {
    const operation = decodeWrite(request.opcode, asBuffer(request.body));
    return this.#prep.prepare(
      {
        operation,
        sessionId: request.sessionId,
        isLocal: request.isLocal === true,
        cxid: request.cxid,
        identities: request.identities,
        originMember: fromMember,
        requestId: request.requestId,
      },
      zxid,
      wallMs,
    );
  }

  prepareExpiry(sessionId: number, zxid: Zxid, wallMs: number): Txn {
    this.expiredSessions += 1;
    return this.#prep.prepare(
      {
        operation: { op: 'closeSession' },
        sessionId,
        cxid: 0,
        identities: [],
        originMember: NO_MEMBER,
        requestId: 0,
      },
      zxid,
      wallMs,
    );
  }

  /** Quotas that writes went or would have gone beyond since the last call, where this member leads. */
  takeQuotaExcesses(): readonly QuotaExcess[] {
    return this.#prep.quotaGuard.takeExcesses();
  }

  reapablePaths(): Iterator<string> {
    return this.#tree.reapablePaths();
  }

  mayReap(path: string, wallMs: number, maxNeverUsedMs: number): boolean {
    return this.#prep.mayReap(path, wallMs, maxNeverUsedMs);
  }

  prepareReaping(path: string, zxid: Zxid, wallMs: number): Txn {
    return this.#prep.prepareReaping(path, zxid, wallMs);
  }

  get hasNewConfig(): boolean {
    return this.#prep.hasNewConfig;
  }

  prepareConfig(zxid: Zxid, wallMs: number): Txn {
    return this.#prep.prepareConfig(zxid, wallMs);
  }

  encode(txns: readonly Txn[]): RecordRun {
    const first = txns[0];
    const last = txns[txns.length - 1];
    invariant(first !== undefined && last !== undefined, 'a run has at least one record');
    for (const txn of txns) {
      const before = this.#writer.length;
      encodeTxn(txn, this.#writer);
      this.proposalSizes.add(this.#writer.length - before);
    }
    this.proposalCount += txns.length;
    return {
      firstZxid: first.zxid,
      lastZxid: last.zxid,
      count: txns.length,
      bytes: this.#writer.take(),
    };
  }

  *sessions(): Iterable<readonly [sessionId: number, timeoutMs: number]> {
    for (const [sessionId, { timeoutMs }] of this.#tree.sessions) yield [sessionId, timeoutMs];
  }

  revalidate(sessionId: number, password: Uint8Array, member: number): boolean {
    const own = this.#prep.passwordOf(sessionId);
    if (own === undefined || !sameBytes(own, password)) return false;
    this.#prep.setOwner(sessionId, member);
    return true;
  }

  ownerOf(sessionId: number): number | undefined {
    return this.#prep.owner(sessionId);
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
