import type { Checker } from './checker.ts';
import type { HistoryEvent } from './event.ts';

/** Who sees events of which kind, in the order of the checkers. */
export class Audience {
  readonly all: readonly Checker[];
  readonly #byType = new Map<HistoryEvent['type'], readonly Checker[]>();

  constructor(checkers: readonly Checker[]) {
    this.all = checkers;
  }

  of(type: HistoryEvent['type']): readonly Checker[] {
    const known = this.#byType.get(type);
    if (known !== undefined) return known;
    const hearing = this.all.filter(({ ignores }) => !ignores.has(type));
    this.#byType.set(type, hearing);
    return hearing;
  }
}
