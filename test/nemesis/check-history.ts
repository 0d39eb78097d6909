import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { Audience } from '../history/audience.ts';
import type { Checker } from '../history/checker.ts';
import type { HistoryEvent } from '../history/event.ts';

/** What one checker has to say of a history: `undefined` where it found nothing. */
export interface Verdict {
  readonly checker: string;
  readonly violation: string | undefined;
}

/** Tells the whole history to every checker, and keeps the first thing that each finds. */
export async function checkHistory(
  events: AsyncIterable<HistoryEvent>,
  checkers: readonly Checker[],
): Promise<Verdict[]> {
  const found = new Map<Checker, string>();
  const object = (checker: Checker, violation: string | undefined) => {
    if (violation !== undefined && !found.has(checker)) found.set(checker, violation);
  };
  const audience = new Audience(checkers);
  for await (const event of events) {
    for (const checker of audience.of(event.type)) object(checker, checker.see(event));
  }
  for (const checker of checkers) object(checker, checker.end());
  return checkers.map((checker) => ({ checker: checker.name, violation: found.get(checker) }));
}

/**
 * What the members delivered and what the clients saw, in one. A txn stands where its leader's clock says that it was
 * made, but never behind the first client event that shows it.
 */
export async function* wholeHistory(
  delivered: Iterator<HistoryEvent>,
  clientFile: string,
): AsyncGenerator<HistoryEvent> {
  let next = delivered.next();
  for await (const line of createInterface({ input: createReadStream(clientFile) })) {
    const event: HistoryEvent = JSON.parse(line);
    const shownZxid = zxidShownBy(event);
    while (!next.done && (next.value.atMs <= event.atMs || zxidOf(next.value) <= shownZxid)) {
      yield next.value;
      next = delivered.next();
    }
    yield event;
  }
}

function zxidOf(event: HistoryEvent): number {
  return 'zxid' in event ? (event.zxid ?? 0) : 0;
}

/** At the end everything has been delivered. */
function zxidShownBy(event: HistoryEvent): number {
  if (event.type === 'phase' && event.phase === 'end') return Number.POSITIVE_INFINITY;
  // The id of a session is the zxid that made it.
  if (event.type === 'connected') return event.session;
  return event.type === 'reply' || event.type === 'notified' ? event.zxid : 0;
}
