import { setup } from 'xstate';
import { type Effect, type Orders, orders } from '../effect.ts';
import { InvariantViolation, invariant } from '../invariant.ts';
import type { LoggerEvent } from './event.ts';
import type { RecordRun } from './message.ts';
import type { Zxid } from './zxid.ts';

type Append = Extract<LoggerEvent, { type: 'APPEND' }>;
type Adopt = Extract<LoggerEvent, { type: 'ADOPT' }>;
type SaveEpochs = Extract<LoggerEvent, { type: 'SAVE_EPOCHS' }>;
type Job = Append | Adopt | SaveEpochs;

/**
 * What waits for the disk, in order. While one flush is under way everything that arrives is gathered,
 * and the next flush takes all of it: group commit without a timer.
 */
export class WriteQueue {
  #waiting: Job[] = [];
  #underWay: Append[] | Adopt | SaveEpochs | undefined;
  #drainAsked = false;

  get isEmpty(): boolean {
    return this.#waiting.length === 0 && this.#underWay === undefined;
  }

  get length(): number {
    return this.#waiting.length;
  }

  add(job: Job): Effect[] {
    this.#waiting.push(job);
    return this.#next();
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
    if (first.type === 'ADOPT') {
      this.#waiting.shift();
      this.#underWay = first;
      const { keepThrough, runs, currentEpoch, committedZxid, snapshot } = first;
      return [{ type: 'adopt', keepThrough, runs, currentEpoch, committedZxid, snapshot }];
    }
    if (first.type === 'SAVE_EPOCHS') {
      this.#waiting.shift();
      this.#underWay = first;
      const { acceptedEpoch, currentEpoch } = first;
      return [{ type: 'saveEpochs', acceptedEpoch, currentEpoch }];
    }
    const batch: Append[] = [];
    for (const job of this.#waiting) {
      if (job.type !== 'APPEND' || job.owner !== first.owner) break;
      batch.push(job);
    }
    this.#waiting.splice(0, batch.length);
    this.#underWay = batch;
    const runs: RecordRun[] = [];
    let committedZxid: Zxid = 0;
    for (const job of batch) {
      runs.push(job.run);
      if (job.committedZxid > committedZxid) committedZxid = job.committedZxid;
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

const add = s.emit(({ context, event }) => {
  const { type } = event;
  if (type !== 'APPEND' && type !== 'ADOPT' && type !== 'SAVE_EPOCHS') throw unexpected(type);
  return orders(context.queue.add(event));
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
        APPEND: { target: 'flushing', actions: add },
        ADOPT: { target: 'flushing', actions: add },
        SAVE_EPOCHS: { target: 'flushing', actions: add },
        DRAIN: { actions: drain },
      },
    },
    flushing: {
      on: {
        APPEND: { actions: add },
        ADOPT: { actions: add },
        SAVE_EPOCHS: { actions: add },
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
