import { Opcode } from '../jute/opcode.ts';
import type { Zxid } from '../zab/zxid.ts';

const NOTHING = 0;
const NONE = -1;

/** The word that `cons` has for the last operation of a connection (reference §14.1). */
const OPERATIONS: ReadonlyMap<number, string> = new Map<number, string>([
  [Opcode.ping, 'PING'],
  [Opcode.createSession, 'SESS'],
  [Opcode.closeSession, 'CLOS'],
  [Opcode.create, 'CREA'],
  [Opcode.create2, 'CREA'],
  [Opcode.createContainer, 'CREA'],
  [Opcode.createTtl, 'CREA'],
  [Opcode.delete, 'DELE'],
  [Opcode.deleteContainer, 'DELE'],
  [Opcode.setData, 'SETD'],
  [Opcode.setAcl, 'SETA'],
  [Opcode.getData, 'GETD'],
  [Opcode.getChildren, 'GETC'],
  [Opcode.getChildren2, 'GETC'],
  [Opcode.getAllChildrenNumber, 'GETACN'],
  [Opcode.getAcl, 'GETA'],
  [Opcode.getEphemerals, 'GETE'],
  [Opcode.exists, 'EXIS'],
  [Opcode.sync, 'SYNC'],
  [Opcode.multi, 'MULT'],
  [Opcode.multiRead, 'MLTR'],
  [Opcode.check, 'CHEC'],
  [Opcode.setWatches, 'SETW'],
  [Opcode.setWatches2, 'STW2'],
  [Opcode.addWatch, 'ADDW'],
  [Opcode.removeWatches, 'REMW'],
  [Opcode.checkWatches, 'CHKW'],
  [Opcode.whoAmI, 'HOMI'],
  [Opcode.reconfig, 'RECO'],
]);

/** What `cons` tells of one connection's requests. A reply costs a few numbers, and no memory. */
export class ConnectionFigures {
  #opcode: number = NOTHING;
  lastCxid = NONE;
  lastZxid: Zxid = NONE;
  lastResponseMs = 0;
  #count = 0;
  #lastMs = 0;
  #minMs = 0;
  #maxMs = 0;
  #sumMs = 0;

  answered(opcode: number, xid: number, zxid: Zxid, nowMs: number, latencyMs: number): void {
    this.#opcode = opcode;
    // Pings and the like have numbers below zero, which are not the client's own count.
    if (xid >= 0) this.lastCxid = xid;
    this.lastZxid = zxid;
    this.lastResponseMs = nowMs;
    this.#minMs = this.#count === 0 ? latencyMs : Math.min(this.#minMs, latencyMs);
    this.#maxMs = Math.max(this.#maxMs, latencyMs);
    this.#lastMs = latencyMs;
    this.#sumMs += latencyMs;
    this.#count += 1;
  }

  /** `crst` */
  reset(): void {
    this.#opcode = NOTHING;
    this.lastCxid = NONE;
    this.lastZxid = NONE;
    this.lastResponseMs = 0;
    this.#count = 0;
    this.#lastMs = 0;
    this.#minMs = 0;
    this.#maxMs = 0;
    this.#sumMs = 0;
  }

  get lastOperation(): string {
    return OPERATIONS.get(this.#opcode) ?? 'NA';
  }

  get latencyMs(): {
    readonly last: number;
    readonly min: number;
    readonly average: number;
    readonly max: number;
  } {
    return {
      last: Math.floor(this.#lastMs),
      min: Math.floor(this.#minMs),
      average: this.#count === 0 ? 0 : this.#sumMs / this.#count,
      max: Math.ceil(this.#maxMs),
    };
  }
}
