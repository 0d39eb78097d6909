/** One place of the sources that a mutant changes. */
export interface Change {
  /** Path in the checkout. */
  readonly file: string;
  /** Occurs in the file exactly once. */
  readonly find: string;
  readonly replace: string;
}

/** A bug that somebody could have written, put into a compiled copy of the program: the simulator has to find it. */
export interface Mutant {
  /** In kebab-case; unique. */
  readonly name: string;
  /** What a careless programmer does here, and which rule it breaks. */
  readonly breaks: string;
  /** More than one where something else stands behind the first rule, and would stop the bug. */
  readonly changes: readonly Change[];
  /** It has to show in one of the lives 1 to this. */
  readonly seeds: number;
  /** How long things go wrong in each life, virtual seconds. */
  readonly safetySeconds?: number;
  readonly members?: number;
}

/** The sources have moved on, and a mutant with them: it has to be written anew, or its rule has gone. */
export class MutantDoesNotApply extends Error {
  override readonly name = 'MutantDoesNotApply';

  constructor({ name }: Mutant, { file, find }: Change, count: number) {
    super(
      `mutant ${name} no longer applies: ${file} holds what it replaces ${count} times, not once:\n${find}`,
    );
  }
}
