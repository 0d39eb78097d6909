import type { Random } from '../sim/world/random.ts';
import type { ClientRequest } from './request.ts';

/** Types of removeWatches and checkWatches (reference §3.8). */
const TYPES = [1, 2, 3, 4, 5];

/** Sets a watch that stays, takes one away, or asks whether there is one. */
export function watchRequest(random: Random, path: string): ClientRequest {
  const dice = random.next();
  if (dice < 0.5) return { op: 'addWatch', path, recursive: random.chance(0.4) };
  const op = random.pick(['removeWatches', 'removeWatches', 'checkWatches'] as const);
  return { op, path, type: random.pick(TYPES) };
}

/** A question that goes beyond one node. */
export function wideRead(random: Random, path: () => string): ClientRequest {
  const dice = random.next();
  if (dice < 0.35) {
    const parts = Array.from({ length: random.below(4) }, () => {
      return { op: random.pick(['getData', 'getChildren'] as const), path: path() };
    });
    return { op: 'multiRead', parts };
  }
  const top = random.chance(0.3) ? '/' : path();
  return dice < 0.7
    ? { op: 'getEphemerals', path: top }
    : { op: 'getAllChildrenNumber', path: top };
}
