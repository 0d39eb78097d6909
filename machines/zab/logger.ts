import { setup } from 'xstate';
import { type Effect, type Orders, orders } from '../effect.ts';
import { InvariantViolation, invariant } from '../invariant.ts';
import type { LoggerEvent } from './event.ts';
import type { RecordRun } from './message.ts';
import type { Zxid } from './zxid.ts';

type Append = Extract<LoggerEvent, { type: 'APPEND' }>;
type Adopt = Extract<LoggerEvent, { type: 'ADOPT' }>;
type SaveEpochs = Extract<LoggerEvent, { type: 'SAVE_EPOCHS' }>;

/**
 * What waits for the disk, in order. While one flush is under way all records that arrive are gathered, and the next
 * flush takes all of them: group commit without a timer. Only records ever wait: an epoch is promised, and a history
 * adopted, by a member whose log was drained before it looked for its leader, one after the other.
 */
export class WriteQueue {
  #waiting: Append[] = [];
  #underWay: Append[] | Adopt | SaveEpochs | undefined;
  #drainAsked = false;

  get isEmpty(): boolean {
    return this.#waiting.length === 0 && this.#underWay === undefined;
  }

  get length(): number {
    return this.#waiting.length;
  }

  append(event: Append): Effect[] {
    this.#waiting.push(event);
    return this.#next();
  }

  adopt(event: Adopt): Effect[] {
    const { keepThrough, runs, currentEpoch, committedZxid, snapshot } = event;
    this.#begin(event);
    return [{ type: 'adopt', keepThrough, runs, currentEpoch, committedZxid, snapshot }];
  }

  saveEpochs(event: SaveEpochs): Effect[] {
    const { acceptedEpoch, currentEpoch } = event;
    this.#begin(event);
    return [{ type: 'saveEpochs', acceptedEpoch, currentEpoch }];
  }

  #begin(event: Adopt | SaveEpochs): void {
    invariant(this.isEmpty, () => `${event.type} while something else is on its way to the disk`);
    this.#underWay = event;
  }

  drain(): Effect[] {
    this.#drainAsked = true;
    return this.#drained();
  }

  flushed(): Effect[] {
    const done = this.#underWay;
    invariant(done !== undefined, 'the disk reported a flush that nobody had ordered');
    this.#underWay = undefined;
    return [...reportOf(done), ...this.#next(), ...this.#drained()];
  }

  #next(): Effect[] {
    const first = this.#waiting[0];
    if (this.#underWay !== undefined || first === undefined) return [];
    const batch = this.#waiting;
    this.#waiting = [];
    this.#underWay = batch;
    const runs: RecordRun[] = [];
    let committedZxid: Zxid = 0;
    for (const append of batch) {
      invariant(append.owner === first.owner, 'records of a leader and of a follower in one flush');
      runs.push(append.run);
      if (append.committedZxid > committedZxid) committedZxid = append.committedZxid;
    }
    return [{ type: 'append', runs, committedZxid }];
  }

  #drained(): Effect[] {
    if (!this.#drainAsked || !this.isEmpty) return [];
    this.#drainAsked = false;
    return [{ type: 'tell', to: 'member', event: { type: 'DRAINED' } }];
  }
}

function reportOf(done: Append[] | Adopt | SaveEpochs): Effect[] {
  if (!Array.isArray(done)) {
    return done.type === 'ADOPT'
      ? [{ type: 'tell', to: 'follower', event: { type: 'ADOPTED' } }]
      : [epochsSaved(done)];
  }
  const last = done[done.length - 1];
  invariant(last !== undefined, 'a flush of nothing');
  const event = { type: 'APPENDED', zxid: last.run.lastZxid } as const;
  return [
    last.owner === 'leader'
      ? { type: 'tell', to: 'leader', event }
      : { type: 'tell', to: 'follower', event },
  ];
}

function epochsSaved({ acceptedEpoch, currentEpoch, owner }: SaveEpochs): Effect {
  const event = { type: 'EPOCHS_SAVED', acceptedEpoch, currentEpoch } as const;
  return owner === 'leader'
    ? { type: 'tell', to: 'leader', event }
    : { type: 'tell', to: 'follower', event };
}

const s = setup({
  types: {
    context: {} as { readonly queue: WriteQueue },
    events: {} as LoggerEvent,
    emitted: {} as Orders,
  },
  guards: {
    isLast: ({ context }) => context.queue.length === 0,
  },
});

const append = s.emit(({ context, event }) => {
  if (event.type !== 'APPEND') throw unexpected(event.type);
  return orders(context.queue.append(event));
});

const adopt = s.emit(({ context, event }) => {
  if (event.type !== 'ADOPT') throw unexpected(event.type);
  return orders(context.queue.adopt(event));
});

const saveEpochs = s.emit(({ context, event }) => {
  if (event.type !== 'SAVE_EPOCHS') throw unexpected(event.type);
  return orders(context.queue.saveEpochs(event));
});

const flushed = s.emit(({ context }) => orders(context.queue.flushed()));
const drain = s.emit(({ context }) => orders(context.queue.drain()));

function unexpected(type: string): InvariantViolation {
  return new InvariantViolation(`the logger does not expect ${type} here`);
}

/**
 * Owns the order of everything that is written to the transaction log, and of the epochs beside it. An
 * acknowledgement is possible only after APPENDED or ADOPTED, a promise only after EPOCHS_SAVED, which only
 * FLUSHED brings about (reference §13.2). A member looks for a leader when nothing is under way any more.
 */
export const loggerMachine = s.createMachine({
  id: 'logger',
  context: () => ({ queue: new WriteQueue() }),
  initial: 'idle',
  states: {
    idle: {
      on: {
        APPEND: { target: 'flushing', actions: append },
        ADOPT: { target: 'flushing', actions: adopt },
        SAVE_EPOCHS: { target: 'flushing', actions: saveEpochs },
        DRAIN: { actions: drain },
      },
    },
    flushing: {
      on: {
        APPEND: { actions: append },
        DRAIN: { actions: drain },
        FLUSHED: [{ guard: 'isLast', target: 'idle', actions: flushed }, { actions: flushed }],
      },
    },
  },
  on: {
    '*': {
      actions: s.createAction(({ event }) => {
        throw unexpected(event.type);
      }),
    },
  },
});

/** For the inspector and the tests. */
export function loggerView(context: { readonly queue: WriteQueue }) {
  return { waiting: context.queue.length };
}
