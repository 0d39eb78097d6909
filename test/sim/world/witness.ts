import { crc32 } from 'node:zlib';
import type { RecordRun } from '../../../machines/zab/message.ts';
import { Majority } from '../../../machines/zab/quorum.ts';
import { hex, type Zxid } from '../../../machines/zab/zxid.ts';
import { recordsOf, zxidAt } from '../../../machines/znode/txn-codec.ts';
import type { LogPort } from '../../../runtime/ports.ts';
import type { Traffic } from './network.ts';

/** What a witness may look at, of members that live and of those that do not. */
export interface Scene {
  readonly voters: readonly number[];
  log(member: number): LogPort;
  /** zxid and digest of the tree of every member that lives. */
  trees(): Iterable<readonly [member: number, zxid: Zxid, digest: number]>;
}

/** Sees every message that leaves and every state that a member shows, and says when one cannot be (reference §11.10). */
export class Witness {
  readonly #scene: Scene;
  readonly #quorum: Majority;
  readonly #leaders = new Map<number, number>();
  readonly #records = new Map<Zxid, number>();
  readonly #digests = new Map<Zxid, readonly [member: number, digest: number]>();
  /** The first thing that could not be. */
  violation: string | undefined;

  constructor(scene: Scene) {
    this.#scene = scene;
    this.#quorum = new Majority(scene.voters);
  }

  hear({ from, message }: Traffic): void {
    const log = this.#scene.log(from);
    switch (message.type) {
      case 'LEADERINFO':
        this.#demand(
          log.epochs.acceptedEpoch >= message.epoch,
          `member ${from} proposes epoch ${message.epoch} before its own promise is on its disk`,
        );
        return;
      case 'NEWLEADER': {
        const leader = this.#leaders.get(message.epoch) ?? from;
        this.#leaders.set(message.epoch, leader);
        this.#demand(leader === from, `members ${leader} and ${from} lead epoch ${message.epoch}`);
        this.#demand(
          log.epochs.currentEpoch >= message.epoch,
          `member ${from} leads epoch ${message.epoch} before that is on its disk`,
        );
        return;
      }
      case 'ACKEPOCH':
        this.#demand(
          message.lastZxid <= log.lastZxid,
          `member ${from} promises with a history that is not on its disk`,
        );
        return;
      case 'ACKNEWLEADER':
        this.#demand(
          log.epochs.currentEpoch >= message.epoch,
          `member ${from} acknowledges NEWLEADER before epoch and history are on its disk`,
        );
        return;
      case 'ACK':
        this.#demand(
          log.lastZxid >= message.zxid,
          `member ${from} acknowledges ${hex(message.zxid)} before it is on its disk`,
        );
        return;
      case 'COMMIT':
        this.#hearCommit(from, message.zxid);
        return;
      case 'PROPOSAL':
      case 'RECORDS':
        this.#hearRecords(from, message.run);
        return;
      default:
    }
  }

  /** Members that have applied the same txns are the same. */
  look(): void {
    for (const [member, zxid, digest] of this.#scene.trees()) {
      const known = this.#digests.get(zxid);
      if (known === undefined) this.#digests.set(zxid, [member, digest]);
      else {
        this.#demand(
          known[1] === digest,
          `members ${known[0]} and ${member} differ after ${hex(zxid)}`,
        );
      }
    }
  }

  #hearCommit(from: number, zxid: Zxid): void {
    const holders = this.#scene.voters.filter((voter) => this.#scene.log(voter).lastZxid >= zxid);
    this.#demand(
      this.#quorum.contains(holders),
      `member ${from} commits ${hex(zxid)}, which only ${holders.join(' and ')} has on its disk`,
    );
  }

  /** A zxid is one txn, for ever and everywhere. */
  #hearRecords(from: number, run: RecordRun): void {
    for (const { start, end } of recordsOf(run.bytes)) {
      const zxid = zxidAt(run.bytes, start);
      const sum = crc32(run.bytes.subarray(start, end));
      const known = this.#records.get(zxid) ?? sum;
      this.#records.set(zxid, known);
      this.#demand(known === sum, `member ${from} sends another txn ${hex(zxid)}`);
    }
  }

  #demand(condition: boolean, violation: string): void {
    if (!condition) this.violation ??= violation;
  }
}
