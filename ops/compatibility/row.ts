/** Where something is proven: a test file, and the title of a test in it as the source has it. */
export type Proof = readonly [file: string, title: string];

/** One thing that ZooKeeper 3.9 has, and what became of it here. */
export interface Row {
  readonly name: string;
  readonly state: 'supported' | 'differs' | 'not there';
  /** Says how it differs, or why it is not there; of what is supported, only what one should know. */
  readonly why?: string;
  readonly proofs: readonly Proof[];
}

/** A table of the page. */
export interface Kind {
  readonly title: string;
  /** What the first column holds. */
  readonly of: string;
  readonly rows: readonly Row[];
}

export function supported(name: string, ...proofs: readonly Proof[]): Row {
  return { name, state: 'supported', proofs };
}

export function differs(name: string, why: string, ...proofs: readonly Proof[]): Row {
  return { name, state: 'differs', why, proofs };
}

export function absent(name: string, why: string, ...proofs: readonly Proof[]): Row {
  return { name, state: 'not there', why, proofs };
}

/** Titles of one file. */
export function titlesOf(file: string): (title: string) => Proof {
  return (title) => [file, title];
}
