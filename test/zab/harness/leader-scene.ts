import type { Effect } from '../../../machines/effect.ts';
import type { LeaderEvent, LearnerMessage } from '../../../machines/zab/event.ts';
import { leaderMachine } from '../../../machines/zab/leader.ts';
import type { LinkMessage } from '../../../machines/zab/message.ts';
import { zxidOf } from '../../../machines/zab/zxid.ts';
import { Chart } from './chart.ts';
import { FakeHistory, zxids } from './history.ts';
import { FakeState } from './state.ts';

export const SILENCE_MS = 500;
export const ESTABLISH_MS = 5000;
export const REAPING = { checkIntervalMs: 1000, maxPerMinute: 600, maxNeverUsedIntervalMs: 0 };

type Said<T extends LearnerMessage['type']> = Omit<
  Extract<LearnerMessage, { type: T }>,
  'type' | 'from' | 'link'
>;

/** Member 1 as a leader, alone, and what its learners say. Each learner's link has its number times 100. */
export class LeaderScene {
  readonly history: FakeHistory;
  readonly state = new FakeState();
  readonly chart: Chart<LeaderEvent>;

  /** @param batchWorth requests that are proposed without waiting for the batch before: any, unless given */
  constructor(
    voters: readonly number[] = [1, 2, 3],
    history = new FakeHistory(zxids(1, 1, 3), 1),
    batchWorth = 1,
  ) {
    this.history = history;
    this.chart = new Chart(leaderMachine, {
      self: 1,
      voters,
      history,
      state: this.state,
      silenceMs: SILENCE_MS,
      establishMs: ESTABLISH_MS,
      expiryIntervalMs: 100,
      reaping: REAPING,
      batchWorth,
    });
  }

  info(from: number, acceptedEpoch = 1, link = from * 100): Effect[] {
    return this.chart.send({ type: 'FOLLOWERINFO', from, link, acceptedEpoch });
  }

  /** A learner without a vote comes. */
  observerInfo(from: number, acceptedEpoch = 1, link = from * 100): Effect[] {
    return this.chart.send({ type: 'OBSERVERINFO', from, link, acceptedEpoch });
  }

  promise(from: number, said: Partial<Said<'ACKEPOCH'>> = {}): Effect[] {
    const { currentEpoch = 1, lastZxid = zxidOf(1, 3) } = said;
    return this.chart.send({ type: 'ACKEPOCH', from, link: from * 100, currentEpoch, lastZxid });
  }

  save(acceptedEpoch: number, currentEpoch: number): Effect[] {
    this.history.epochs = { acceptedEpoch, currentEpoch };
    return this.chart.send({ type: 'EPOCHS_SAVED', acceptedEpoch, currentEpoch });
  }

  caughtUp(peer: number, through = this.history.lastZxid): Effect[] {
    return this.chart.send({ type: 'CAUGHT_UP', peer, link: peer * 100, through });
  }

  acceptsLeader(from: number, epoch = 2): Effect[] {
    return this.chart.send({ type: 'ACKNEWLEADER', from, link: from * 100, epoch });
  }

  /** Epoch 2 has the promises of 1 and 2, and 2 is being synchronized. */
  claim(): Effect[] {
    this.chart.send({ type: 'LEAD' });
    this.info(2);
    this.save(2, 1);
    this.promise(2);
    return this.save(2, 2);
  }

  establish(): Effect[] {
    this.claim();
    this.caughtUp(2);
    this.acceptsLeader(2);
    return this.chart.send({ type: 'REPLAYED', through: this.history.lastZxid });
  }

  join(member: number): Effect[] {
    this.info(member);
    this.promise(member);
    this.caughtUp(member);
    return this.acceptsLeader(member);
  }

  /** The same without a vote. */
  observe(member: number): Effect[] {
    this.observerInfo(member);
    this.promise(member);
    this.caughtUp(member);
    return this.acceptsLeader(member);
  }

  request(count = 1, from = 1, sessionId = 7): Effect[] {
    const requests = Array.from({ length: count }, (_, at) => ({
      requestId: at,
      sessionId,
      cxid: at,
      opcode: 1,
      identities: [],
      body: Buffer.alloc(0),
    }));
    return this.chart.send({ type: 'REQUEST', from, link: from * 100, requests, wallMs: 0 });
  }

  ack(from: number, zxid: number): Effect[] {
    return this.chart.send({ type: 'ACK', from, link: from * 100, zxid });
  }

  pong(from: number, round = 0, touched: readonly number[] = []): Effect[] {
    return this.chart.send({ type: 'PONG', from, link: from * 100, round, touched });
  }

  tick(nowMs: number): Effect[] {
    return this.chart.send({ type: 'TICK', nowMs, wallMs: nowMs, touched: [] });
  }
}

export function sentTo(effects: readonly Effect[], peer: number): LinkMessage[] {
  return effects.flatMap((effect) =>
    effect.type === 'send' && effect.peer === peer ? [effect.message] : [],
  );
}

export function committed(effects: readonly Effect[]): number | undefined {
  for (const effect of effects) {
    if (effect.type === 'publish' && effect.message.type === 'COMMIT') return effect.message.zxid;
  }
  return undefined;
}
