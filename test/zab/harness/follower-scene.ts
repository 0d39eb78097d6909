import assert from 'node:assert/strict';
import type { Effect } from '../../../machines/effect.ts';
import type { FollowerEvent } from '../../../machines/zab/event.ts';
import { followerMachine } from '../../../machines/zab/follower.ts';
import type { LinkMessage, StreamMessage } from '../../../machines/zab/message.ts';
import { zxidOf } from '../../../machines/zab/zxid.ts';
import { Chart } from './chart.ts';
import { FakeHistory, runOf, zxids } from './history.ts';

export const LEADER = 2;
export const SILENCE_MS = 500;
export const PING: StreamMessage = { type: 'PING', round: 1, zxid: 0, digest: 0 };

/** A follower alone, and the leader's words for it. */
export class FollowerScene {
  readonly history: FakeHistory;
  readonly chart: Chart<FollowerEvent>;
  link = 0;

  /** @param batchWorth requests that wait for no acknowledgement: any, unless given */
  constructor(history = new FakeHistory(zxids(1, 1, 3), 1), votes = true, batchWorth = 1) {
    this.history = history;
    this.chart = new Chart(followerMachine, {
      self: 1,
      votes,
      history,
      incarnation: 1,
      silenceMs: SILENCE_MS,
      batchWorth,
    });
  }

  follow(): Effect[] {
    const effects = this.chart.send({ type: 'FOLLOW', leader: LEADER });
    const open = effects.find(({ type }) => type === 'open');
    assert.ok(open?.type === 'open');
    this.link = open.link;
    return effects;
  }

  hear(message: Exclude<LinkMessage, ToLeader>, from = LEADER, link = this.link): Effect[] {
    return this.chart.send({ ...message, from, link });
  }

  stream(sequence: number, message: StreamMessage, from = LEADER, stream = 2): Effect[] {
    return this.chart.send({ type: 'BROADCAST', from, stream, sequence, message });
  }

  tick(nowMs: number, touched: readonly number[] = []): Effect[] {
    return this.chart.send({ type: 'TICK', nowMs, wallMs: nowMs, touched });
  }

  /** Epoch 2 is promised. */
  promise(): Effect[] {
    this.follow();
    this.hear({ type: 'LEADERINFO', epoch: 2 });
    return this.save(2);
  }

  save(acceptedEpoch: number): Effect[] {
    const { currentEpoch } = this.history.epochs;
    this.history.epochs = { acceptedEpoch, currentEpoch };
    return this.chart.send({ type: 'EPOCHS_SAVED', acceptedEpoch, currentEpoch });
  }

  newLeader(lastZxid: number, sequence = 0): Effect[] {
    const committedZxid = this.history.committedZxid;
    return this.hear({ type: 'NEWLEADER', epoch: 2, lastZxid, committedZxid, sequence });
  }

  /** Adopted: it has what it had, and 1:4. */
  adopt(sequence = 0): Effect[] {
    this.promise();
    this.hear({ type: 'DIFF', keepThrough: zxidOf(1, 3) });
    this.hear({ type: 'RECORDS', run: runOf(zxidOf(1, 4)) });
    this.newLeader(zxidOf(1, 4), sequence);
    return this.adopted();
  }

  adopted(): Effect[] {
    this.history.zxids.push(zxidOf(1, 4));
    this.history.epochs = { acceptedEpoch: 2, currentEpoch: 2 };
    return this.chart.send({ type: 'ADOPTED' });
  }

  activate(): Effect[] {
    this.adopt();
    this.hear({ type: 'UPTODATE', committedZxid: zxidOf(1, 4) });
    return this.chart.send({ type: 'REPLAYED', through: zxidOf(1, 4) });
  }
}

type ToLeader = Extract<
  LinkMessage,
  {
    type:
      | 'FOLLOWERINFO'
      | 'OBSERVERINFO'
      | 'ACKEPOCH'
      | 'ACKNEWLEADER'
      | 'ACK'
      | 'PONG'
      | 'REQUEST'
      | 'SYNC'
      | 'REVALIDATE'
      | 'CREDIT';
  }
>;

export function sent(
  effects: readonly Effect[],
  type: LinkMessage['type'],
): LinkMessage | undefined {
  const effect = effects.find((one) => one.type === 'send' && one.message.type === type);
  return effect?.type === 'send' ? effect.message : undefined;
}

export const proposal = (...of: number[]): StreamMessage => ({
  type: 'PROPOSAL',
  run: runOf(...of),
});
export const commit = (zxid: number): StreamMessage => ({ type: 'COMMIT', zxid });

/** zxids of what the member's tree is given to apply. */
export function delivered(effects: readonly Effect[]): number[] {
  return effects.flatMap((effect) =>
    effect.type === 'deliver' ? effect.txns.map(({ zxid }) => zxid) : [],
  );
}
