import type { HistoryEvent } from './event.ts';

/** One rule, held against a history as it is told. Knows only events: never asks the code under test. */
export interface Checker {
  /** Its file's name, in words. */
  readonly name: string;
  /** Kinds of events of which it makes nothing, so that it need not be shown them. */
  readonly ignores: ReadonlySet<HistoryEvent['type']>;
  /** What this event breaks, as a sentence that says what was seen and what had to be; `undefined` where all is well. */
  see(event: HistoryEvent): string | undefined;
  /** What the whole history breaks. Called once, behind the last event. */
  end(): string | undefined;
}

/** What goes on between members and in them: for the rules of ZAB. */
export const BETWEEN_MEMBERS: ReadonlySet<HistoryEvent['type']> = new Set([
  'message',
  'durable',
  'state',
  'note',
]);

/** What clients see, and what is told for readers alone: for the rules of clients. */
export const OF_CLIENTS: ReadonlySet<HistoryEvent['type']> = new Set([
  'connected',
  'refused',
  'invoke',
  'reply',
  'notified',
  'disconnected',
  'state',
  'note',
]);
