import type { ForwardedRequest, RecordRun } from '../../../machines/zab/message.ts';
import type { ReplicatedState } from '../../../machines/zab/replicated-state.ts';
import type { Txn, TxnBody } from '../../../machines/znode/txn.ts';
import { runOf, txnOf } from './history.ts';

/** A state machine that makes a txn of everything and looks at none. */
export class FakeState implements ReplicatedState {
  appliedZxid = 0;
  digest = 0;
  /** Sessions that live, with their timeouts, and where their clients are. */
  readonly alive = new Map<number, number>();
  readonly owners = new Map<number, number>();
  /** Containers and TTL nodes, and from when on each may be deleted. */
  readonly reapables = new Map<string, number>();
  /** What the next request comes to. */
  nextBody: TxnBody = { type: 'error', code: -101 };

  startPreparing(): void {}

  prepare(request: ForwardedRequest, fromMember: number, zxid: number): Txn {
    return {
      ...txnOf(zxid),
      originMember: fromMember,
      requestId: request.requestId,
      sessionId: this.nextBody.type === 'createSession' ? zxid : request.sessionId,
      body: this.nextBody,
    };
  }

  prepareExpiry(sessionId: number, zxid: number): Txn {
    return { ...txnOf(zxid), sessionId, body: { type: 'closeSession', paths: [] } };
  }

  reapablePaths(): Iterator<string> {
    return this.reapables.keys();
  }

  mayReap(path: string, wallMs: number): boolean {
    return (this.reapables.get(path) ?? Number.POSITIVE_INFINITY) <= wallMs;
  }

  prepareReaping(path: string, zxid: number): Txn {
    this.reapables.delete(path);
    return { ...txnOf(zxid), body: { type: 'delete', path } };
  }

  hasNewConfig = false;

  prepareConfig(zxid: number): Txn {
    return { ...txnOf(zxid), body: { type: 'setConfig', data: Buffer.from('members') } };
  }

  encode(txns: readonly Txn[]): RecordRun {
    return runOf(...txns.map(({ zxid }) => zxid));
  }

  sessions(): Iterable<readonly [sessionId: number, timeoutMs: number]> {
    return this.alive;
  }

  revalidate(sessionId: number, _password: Uint8Array, member: number): boolean {
    if (!this.alive.has(sessionId)) return false;
    this.owners.set(sessionId, member);
    return true;
  }

  ownerOf(sessionId: number): number | undefined {
    return this.owners.get(sessionId);
  }
}
