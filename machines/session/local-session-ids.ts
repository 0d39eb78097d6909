import { invariant } from '../invariant.ts';
import { ZXID_LIMIT } from '../zab/zxid.ts';

/** Member ids are below 2^8, incarnations below 2^21 (`runtime/main.ts`); together with the limit of all zxids that fills 53 bits. */
const MEMBER_SPAN = 2 ** 44;
const LIFE_SPAN = 2 ** 23;

/**
 * Ids for the local sessions of one life of a member. They are above every zxid, so that no global session can have one; they
 * name the member and count from its incarnation, which no two of its lives share: none is given twice, also when its session
 * has become a global one and outlives the member.
 */
export class LocalSessionIds {
  readonly #first: number;
  #next: number;

  constructor(member: number, incarnation: number) {
    invariant(member > 0 && member < 2 ** 8, () => `member id ${member} is outside 1..255`);
    const isCounted = incarnation >= 0 && incarnation < MEMBER_SPAN / LIFE_SPAN;
    invariant(isCounted, () => `incarnation ${incarnation} is outside 0..2^21`);
    this.#first = ZXID_LIMIT + member * MEMBER_SPAN + incarnation * LIFE_SPAN;
    this.#next = this.#first;
  }

  /** Eight million sessions are enough for most lives; a member that has had more creates global ones. */
  get isUsedUp(): boolean {
    return this.#next === this.#first + LIFE_SPAN;
  }

  next(): number {
    invariant(!this.isUsedUp, 'there are no ids for local sessions any more');
    this.#next += 1;
    return this.#next - 1;
  }

  /** Whether the id was given in this life. */
  hasGiven(sessionId: number): boolean {
    return sessionId >= this.#first && sessionId < this.#next;
  }
}
