import { setTimeout as sleep } from 'node:timers/promises';
import type { Peer } from '../peers/peer.ts';
import { residentMbOf } from '../process-figures.ts';
import type { Played } from './played.ts';

/** Longer than a member waits with its next checkpoint. */
const REST_MS = 10_000;

/** What all processes hold when nothing has been asked of them for a while. */
export async function playMemory(peer: Peer): Promise<Played> {
  await sleep(REST_MS);
  return { figures: { residentMb: residentMbOf(peer.pids()) }, notes: [], measurements: [] };
}
