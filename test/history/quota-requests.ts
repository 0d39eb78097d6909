import type { Random } from '../sim/world/random.ts';
import type { SingleWrite, WriteRequest } from './request.ts';

/** Paths that other requests fill, one of them below another. */
const QUOTAS = ['/a', '/b', '/a/b'].map((path) => `/zookeeper/quota${path}`);
const LIMITS = 'zookeeper_limits';
const STATS = 'zookeeper_stats';

/** A node whose text moves with the writes of all clients. */
export function usagePath(random: Random): string {
  return `${random.pick(QUOTAS)}/${STATS}`;
}

/** Sets a quota as clients do, or meddles with one that is there (reference §6.4). */
export function quotaRequest(random: Random): WriteRequest {
  const quota = random.pick(QUOTAS);
  const dice = random.next();
  if (dice < 0.6) {
    const paths = [`${quota}/${LIMITS}`, `${quota}/${STATS}`];
    if (random.chance(0.5)) paths.unshift(quota);
    return { op: 'multi', parts: paths.map((path) => created(path, random)) };
  }
  const path = `${quota}/${random.pick([LIMITS, STATS])}`;
  if (dice < 0.75) return created(path, random);
  if (dice < 0.85) return { op: 'setData', path, data: text(random), version: -1 };
  return { op: 'delete', path, version: -1 };
}

function created(path: string, random: Random): SingleWrite {
  return {
    op: 'create',
    opcode: 1,
    path,
    data: text(random),
    acl: ['31:world:anyone'],
    mode: 0,
    ttlMs: 0,
  };
}

function text(random: Random): string {
  const limit = random.below(40);
  return random.pick([
    `count=${limit},bytes=${limit * 50}`,
    `count=-1,bytes=-1=;byteHardLimit=${limit * 50};countHardLimit=${limit}`,
    'neither',
  ]);
}
