import assert from 'node:assert/strict';
import { Ensemble, type EnsembleOptions } from '../../sim/world/ensemble.ts';
import type { Traffic } from '../../sim/world/network.ts';
import { create } from '../../sim/world/request.ts';

/** Checkpoints come quickly, and the log keeps nothing that one of them has. */
export const SHORT_LOG = {
  settings: { checkpoint: { intervalMs: 100, changes: 3, retainTxns: 0 } },
} satisfies EnsembleOptions;

/** A running ensemble, and one member of it that was away while others wrote: it has been synchronized. */
export interface LateMember {
  readonly ensemble: Ensemble;
  readonly leader: number;
  readonly late: number;
  /** Where its history ended, and the leader's when it came back. */
  readonly lastZxid: number;
  readonly leaderZxid: number;
  /** What the leader has told it since, in order; signs of life left out. */
  readonly heard: readonly Traffic['message'][];
}

/** @param inARush written at last, when no checkpoint has the time to take it in */
export function lateMember(writes: number, options: EnsembleOptions = {}, inARush = 0): LateMember {
  const ensemble = new Ensemble(options);
  ensemble.start();
  const leader = ensemble.settle();
  const late = ensemble.followers.at(-1);
  assert.ok(late !== undefined);
  const client = ensemble.connect(leader);
  ensemble.run(100);
  const { lastZxid } = ensemble.log(late);
  ensemble.crash(late);
  for (let at = 0; at < writes; at++) ensemble.ask(client, create(`/late${at}`));
  ensemble.run(500);
  for (let at = 0; at < inARush; at++) ensemble.ask(client, create(`/last${at}`));
  const leaderZxid = ensemble.zxid(leader);
  const before = ensemble.traffic.length;
  ensemble.restart(late);
  ensemble.until(() => ensemble.role(late) === 'follower', 'the member follows');
  const heard = ensemble.traffic
    .slice(before)
    .filter(({ to, message }) => to === late && message.type !== 'VOTE' && message.type !== 'HOLD')
    .map(({ message }) => message);
  return { ensemble, leader, late, lastZxid, leaderZxid, heard };
}

export function typesOf(messages: readonly Traffic['message'][]): string[] {
  return messages.map(({ type }) => type);
}
