import type { Delivery } from '../../../machines/replica.ts';
import { RecordWriter } from '../../../machines/znode/record-writer.ts';
import type { Txn } from '../../../machines/znode/txn.ts';
import { encodeTxn } from '../../../machines/znode/txn-codec.ts';
import type { Observation } from '../../../runtime/host.ts';
import type { Member } from '../../../runtime/member.ts';
import type { DeliveredTxn, MemberHappening } from '../../history/event.ts';
import { sumsOf } from './message-seen.ts';

/** Tells what one member delivers, and how its charts move, while nobody in the member knows. */
export class MemberWatch {
  readonly #member: Member;
  readonly #id: number;
  readonly #tell: (happening: MemberHappening) => void;
  readonly #states = new Map<string, unknown>();
  readonly #writer = new RecordWriter();
  #digestZxid = 0;

  constructor(member: Member, id: number, tell: (happening: MemberHappening) => void) {
    this.#member = member;
    this.#id = id;
    this.#tell = tell;
    this.#digestZxid = member.replica.appliedZxid;
    member.replica.observe = (delivery) => this.#delivered(delivery);
    member.host.observe = (observation) => this.#moved(observation);
  }

  /** Behind every callback: where the tree is, says its digest. */
  look(): void {
    const { appliedZxid, digest } = this.#member.replica;
    if (appliedZxid === this.#digestZxid) return;
    this.#digestZxid = appliedZxid;
    this.#tell({ type: 'digest', member: this.#id, zxid: appliedZxid, digest });
  }

  #delivered(delivery: Delivery): void {
    if (delivery.type === 'snapshot') {
      this.#tell({ type: 'installed', member: this.#id, zxid: delivery.zxid });
      return;
    }
    encodeTxn(delivery.txn, this.#writer);
    const [record] = sumsOf({ bytes: this.#writer.take() });
    const sum = record?.[1] ?? 0;
    this.#tell({ type: 'delivered', member: this.#id, ...deliveredTxn(delivery.txn, sum) });
  }

  #moved({ actor, event, state }: Observation): void {
    if (this.#states.get(actor) === state) return;
    const text = typeof state === 'string' ? state : JSON.stringify(state);
    const before = this.#states.get(actor);
    this.#states.set(actor, state);
    if (before !== undefined && JSON.stringify(before) === JSON.stringify(state)) return;
    this.#tell({ type: 'state', member: this.#id, actor, on: event.type, state: text });
  }
}

/** @param sum checksum of the record */
export function deliveredTxn(txn: Txn, sum: number): DeliveredTxn {
  const { zxid, sessionId: session, cxid, timeMs, body } = txn;
  const delivered = { zxid, session, cxid, timeMs, kind: body.type, sum };
  if (body.type === 'error') return { ...delivered, code: body.code };
  if (body.type === 'multi') {
    const RUNTIME_INCONSISTENCY = -2;
    const codes = body.parts.map((part) => (part.type === 'error' ? part.code : 0));
    const code = codes.find((one) => one !== 0 && one !== RUNTIME_INCONSISTENCY) ?? 0;
    return { ...delivered, code };
  }
  if (body.type === 'createSession') return { ...delivered, timeoutMs: body.timeoutMs };
  if (body.type === 'closeSession') return { ...delivered, paths: body.paths };
  if (body.type === 'setConfig') return { ...delivered, config: Buffer.from(body.data).toString() };
  if (body.type === 'delete' && session === 0) return { ...delivered, paths: [body.path] };
  return delivered;
}
