import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '../sim/world/random.ts';
import { clientCheckers } from './checkers/index.ts';
import type { HistoryEvent } from './event.ts';
import { objections } from './history-script.ts';
import { PlainEnsemble } from './plain-ensemble.ts';
import { RequestMix } from './request-mix.ts';

type Event<T extends HistoryEvent['type']> = Extract<HistoryEvent, { type: T }>;

/** Histories of members that are right, and the same with one thing wrong. */

const SEEDS = [1, 2, 3, 4, 5, 6];

function history(seed: number): readonly HistoryEvent[] {
  const random = new Random(seed);
  const ensemble = new PlainEnsemble(random, new RequestMix(random, `seed ${seed}`, 0.5), 3);
  ensemble.run(3000);
  return ensemble.events;
}

function judge(events: readonly HistoryEvent[]): Map<string, string> {
  return objections(clientCheckers({ expiry: { allowanceMs: 0 } }), events);
}

const histories = SEEDS.map(history);

test('what real request processors and trees do is accepted', () => {
  for (const events of histories) assert.deepEqual([...judge(events)], []);
});

test('these histories have something for every checker', () => {
  const events = histories.flat();
  const count = (is: (event: HistoryEvent) => boolean) => events.filter(is).length;
  assert.ok(count((event) => event.type === 'notified') > 100);
  assert.ok(count((event) => event.type === 'notified' && event.zxid < 0) > 10);
  assert.ok(count((event) => event.type === 'refused') > 5);
  assert.ok(count((event) => event.type === 'connected' && event.resumed) > 20);
  assert.ok(count((event) => event.type === 'delivered' && (event.paths?.length ?? 0) > 0) > 10);
  assert.ok(count((event) => event.type === 'reply' && event.code === 0) > 1000);
  assert.ok(count((event) => event.type === 'reply' && event.code < 0) > 500);
});

/** Every event of a kind, changed by `corrupt`, is one history with a fault. */
function eachFault<T extends HistoryEvent['type']>(
  type: T,
  corrupt: (event: Event<T>, at: number, events: readonly HistoryEvent[]) => unknown,
): HistoryEvent[][] {
  const faulty: HistoryEvent[][] = [];
  const isOfType = (event: HistoryEvent): event is Event<T> => event.type === type;
  for (const events of histories) {
    let found = 0;
    for (const [at, event] of events.entries()) {
      if (found === 4 || !isOfType(event)) continue;
      const corrupted = corrupt(event, at, events);
      if (!Array.isArray(corrupted)) continue;
      found += 1;
      faulty.push(corrupted);
    }
  }
  assert.ok(faulty.length >= 3, `only ${faulty.length} histories with such a fault`);
  return faulty;
}

function allFound(checker: string, faulty: HistoryEvent[][]): void {
  for (const events of faulty) {
    const found = judge(events);
    assert.ok(found.has(checker), `found only by ${[...found.keys()].join()}`);
  }
}

/** Where the same connection is next answered by something as new. */
function nextReply(
  events: readonly HistoryEvent[],
  after: number,
  { connection, zxid }: { connection: number; zxid: number },
): number {
  return events.findIndex(
    (event, at) =>
      at > after && event.type === 'reply' && event.connection === connection && event.zxid >= zxid,
  );
}

const removed = (events: readonly HistoryEvent[], at: number) => events.toSpliced(at, 1);

test('a watch event that is lost is found', () => {
  const faulty = eachFault('notified', (event, at, events) =>
    event.zxid > 0 && nextReply(events, at, event) > 0 ? removed(events, at) : undefined,
  );
  allFound('watches exact', faulty);
});

test('a watch event that is told twice is found', () => {
  const faulty = eachFault('notified', (event, at, events) =>
    event.zxid > 0 ? events.toSpliced(at, 0, event) : undefined,
  );
  allFound('watches exact', faulty);
});

test('a watch event behind the reply that shows its change is found', () => {
  const faulty = eachFault('notified', (event, at, events) => {
    const reply = event.zxid > 0 ? nextReply(events, at, event) : -1;
    return reply < 0 ? undefined : removed(events.toSpliced(reply + 1, 0, event), at);
  });
  allFound('watch before read', faulty);
  allFound('watches exact', faulty);
});

test('a stat of another state is found', () => {
  const faulty = eachFault('reply', (event, at, events) => {
    const { stat, data } = event.result;
    if (stat === undefined || data === undefined) return undefined;
    const result = { ...event.result, stat: { ...stat, pzxid: stat.pzxid + 1 } };
    return events.with(at, { ...event, result });
  });
  allFound('reads at zxid', faulty);
});

test('a reply out of turn is found', () => {
  const faulty = eachFault('reply', (event, at, events) => {
    const other = events[at + 1];
    if (other?.type !== 'reply' || other.connection !== event.connection) return undefined;
    if (other.xid === event.xid) return undefined;
    return events.with(at, other).with(at + 1, event);
  });
  allFound('FIFO client order', faulty);
});

test('an ephemeral that outlives its session is found', () => {
  const faulty = eachFault('delivered', (event, at, events) => {
    const isFirst = !events
      .slice(0, at)
      .some((other) => other.type === 'delivered' && other.zxid === event.zxid);
    if (!isFirst || event.paths === undefined || event.paths.length === 0) return undefined;
    return events.with(at, { ...event, paths: event.paths.slice(1) });
  });
  allFound('ephemerals', faulty);
});

test('an acknowledged write that no member ever delivered is found', () => {
  const faulty = eachFault('reply', (event, _, events) => {
    const isOf = (other: HistoryEvent) => other.type === 'delivered' && other.zxid === event.zxid;
    const request = events.find(
      (other) =>
        other.type === 'invoke' &&
        other.connection === event.connection &&
        other.xid === event.xid &&
        other.request.op === 'setData',
    );
    if (request === undefined) return undefined;
    return events.filter((other) => !isOf(other));
  });
  allFound('linearizable writes', faulty);
});
