import { invariant } from '../../machines/invariant.ts';

/** An ensemble's name is one token of a NATS subject: no dots, wildcards or blanks. */
const ENSEMBLE_NAME = /^[A-Za-z0-9_-]{1,64}$/;

/** The largest member id that fits the envelope (uint32). */
export const MAX_MEMBER_ID = 0xffff_ffff;

export function isEnsembleName(name: string): boolean {
  return ENSEMBLE_NAME.test(name);
}

/**
 * Every subject of one ensemble. Several ensembles share a bus without hearing each other, and a member can be
 * given the right to publish and subscribe to exactly what it needs.
 */
export interface Subjects {
  /** Election notifications to everybody. */
  readonly votes: string;
  /** What one member, when it leads, publishes once for all. */
  broadcast(member: number): string;
  /** What is meant for one member only. */
  member(member: number): string;
  /** Prefix of the reply subjects of one member. */
  inbox(member: number): string;
}

/** @throws RangeError when the name cannot be a token of a subject. */
export function subjectsOf(ensemble: string): Subjects {
  if (!isEnsembleName(ensemble)) {
    throw new RangeError(
      `ensemble name ${JSON.stringify(ensemble)} must be 1 to 64 letters, digits, "-" or "_"`,
    );
  }
  const root = `viv.${ensemble}`;
  const token = (member: number): number => {
    invariant(
      Number.isInteger(member) && member >= 0 && member <= MAX_MEMBER_ID,
      () => `a member id is a uint32, not ${member}`,
    );
    return member;
  };
  return {
    votes: `${root}.votes`,
    broadcast: (member) => `${root}.broadcast.${token(member)}`,
    member: (member) => `${root}.member.${token(member)}`,
    inbox: (member) => `${root}.inbox.${token(member)}`,
  };
}
