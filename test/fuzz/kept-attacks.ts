/** Attacks that once found something; each is repeated in the gate. `why` says what it found. */
export const KEPT_ATTACKS: readonly {
  readonly seed: number;
  readonly firstConnection: number;
  readonly frames: number;
  readonly why: string;
}[] = [
  { seed: 1, firstConnection: 0, frames: 3000, why: 'the first of all: every kind of request' },
];
