import type { HistoryEvent } from './event.ts';

/** One rule, held against a history as it is told. Knows only events: never asks the code under test. */
export interface Checker {
  /** Its file's name, in words. */
  readonly name: string;
  /** What this event breaks, as a sentence that says what was seen and what had to be; `undefined` where all is well. */
  see(event: HistoryEvent): string | undefined;
  /** What the whole history breaks. Called once, behind the last event. */
  end(): string | undefined;
}
