import { follows } from '../../machines/zab/zxid.ts';
import type { DeliveredTxn, Happening } from '../history/event.ts';
import { type LogPart, readLogAfter } from './log-reader.ts';

/** Whose log it is, and where. */
interface Keeper {
  readonly id: number;
  readonly dataDir: string;
}

/** One member as its log shows it: what it had, and where a snapshot took the place of records. */
interface MemberHistory {
  readonly zxids: number[];
  /** zxid of the snapshot in front of the record with this index. */
  readonly installed: Map<number, number>;
  last: number;
  /** What the log held when the run was over. */
  kept?: { readonly baseZxid: number; readonly zxids: ReadonlySet<number> };
}

/** Every txn that was committed, read out of the members' logs before they lose it: by a wipe, or for a snapshot. */
export class TxnArchive {
  /** The same zxid with two contents. */
  readonly violations: string[] = [];
  readonly #txns = new Map<number, DeliveredTxn>();
  readonly #members = new Map<number, MemberHistory>();

  get size(): number {
    return this.#txns.size;
  }

  /** Takes over what the log of a member that is dead has gained and knows to be committed. */
  async gather({ id: member, dataDir }: Keeper): Promise<void> {
    const history = this.#of(member);
    const part = await readLogAfter(dataDir, history.last);
    if (part === undefined) return;
    const hole = holeIn(part, history.last);
    if (hole !== undefined) this.violations.push(`the log of member ${member} ${hole}`);
    this.#take(member, part, part.committedZxid);
  }

  /** At the end: everything up to `through` is committed, and the whole log is compared with what was gathered. */
  async finish({ id: member, dataDir }: Keeper, through: number): Promise<void> {
    const whole = await readLogAfter(dataDir, 0);
    if (whole === undefined) return;
    const hole = holeIn(whole, whole.baseZxid);
    if (hole !== undefined) this.violations.push(`the log of member ${member} ${hole}`);
    this.#take(member, whole, through);
    const zxids = new Set(whole.txns.map(({ zxid }) => zxid));
    this.#of(member).kept = { baseZxid: whole.baseZxid, zxids };
    const last = whole.txns.at(-1)?.zxid ?? whole.baseZxid;
    if (last < through) {
      this.violations.push(
        `the log of member ${member} ends at ${hex(last)}, although the member had applied ${hex(through)}`,
      );
    }
  }

  /** Where a committed txn was in no log that was read, so that nobody can say what became of it. */
  gap(): string | undefined {
    const zxids = [...this.#txns.keys()].sort((one, other) => one - other);
    const at = zxids.findIndex((zxid, index) => index > 0 && !follows(zxids[index - 1] ?? 0, zxid));
    if (at === -1) return undefined;
    return `what was committed between ${hex(zxids[at - 1] ?? 0)} and ${hex(zxids[at] ?? 0)} was in no log that was read`;
  }

  /** The first committed txn that a log should hold at the end and does not, for each member. */
  *holes(through: number): Generator<string> {
    const zxids = [...this.#txns.keys()].filter((zxid) => zxid <= through);
    for (const [member, { kept }] of this.#members) {
      const lost = zxids.find(
        (zxid) => kept !== undefined && zxid > kept.baseZxid && !kept.zxids.has(zxid),
      );
      if (lost !== undefined) yield `the log of member ${member} lacks ${hex(lost)}`;
    }
  }

  /** All members together in the order of the zxids, so that no record comes before the one it follows. */
  *delivered(startedWallMs: number): Generator<{ readonly atMs: number } & Happening> {
    const positions = new Map([...this.#members.keys()].map((member) => [member, 0]));
    for (const member of positions.keys()) {
      yield { atMs: 0, type: 'started', member, incarnation: 1, zxid: 0 };
    }
    for (const zxid of [...this.#txns.keys()].sort((one, other) => one - other)) {
      const txn = this.#txns.get(zxid);
      if (txn === undefined) continue;
      const atMs = txn.timeMs - startedWallMs;
      for (const [member, { zxids, installed }] of this.#members) {
        const at = positions.get(member) ?? 0;
        if (zxids[at] !== zxid) continue;
        positions.set(member, at + 1);
        const snapshot = installed.get(at);
        if (snapshot !== undefined) {
          yield { atMs, type: 'installed', member, zxid: snapshot };
        }
        yield { atMs, type: 'delivered', member, ...txn };
      }
    }
  }

  #take(member: number, part: LogPart, through: number): void {
    const history = this.#of(member);
    if (part.baseZxid > history.last) {
      history.installed.set(history.zxids.length, part.baseZxid);
      history.last = part.baseZxid;
    }
    for (const txn of part.txns) {
      if (txn.zxid > through) return;
      const known = this.#txns.get(txn.zxid);
      if (known === undefined) this.#txns.set(txn.zxid, txn);
      else if (known.sum !== txn.sum) {
        this.violations.push(
          `member ${member} has another txn at ${hex(txn.zxid)} than was committed: ` +
            `${JSON.stringify(txn)}, not ${JSON.stringify(known)}`,
        );
      }
      if (txn.zxid <= history.last) continue;
      history.zxids.push(txn.zxid);
      history.last = txn.zxid;
    }
  }

  #of(member: number): MemberHistory {
    const known = this.#members.get(member);
    if (known !== undefined) return known;
    const history: MemberHistory = { zxids: [], installed: new Map(), last: 0 };
    this.#members.set(member, history);
    return history;
  }
}

/** Where the records of a log do not follow one another; inside an epoch they count up by one. */
function holeIn({ baseZxid, txns }: LogPart, after: number): string | undefined {
  let last = Math.max(baseZxid, after);
  for (const { zxid } of txns) {
    if (zxid > last && !follows(last, zxid)) return `goes on with ${hex(zxid)} after ${hex(last)}`;
    last = zxid;
  }
  return undefined;
}

function hex(zxid: number): string {
  return `0x${zxid.toString(16)}`;
}
