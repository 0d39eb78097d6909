import type { Mutant } from '../mutant.ts';

const RULE = 'machines/znode/reaping.ts';

/** What the leader deletes by itself (reference §9.8). */
export const REAPING: readonly Mutant[] = [
  {
    name: 'container-goes-unused',
    breaks: 'A container that has never had a child goes at the first look (§9.8).',
    changes: [
      {
        file: RULE,
        find: 'return node.childCreates > 0 || (maxNeverUsedMs > 0 && ageMs > maxNeverUsedMs);',
        replace: 'return true;',
      },
    ],
    seeds: 20,
  },
  {
    name: 'container-goes-with-a-child',
    breaks:
      'A container that has a child again goes all the same: neither the look nor what stands behind it counts (§3.2).',
    changes: [
      { file: RULE, find: 'if (node.childCount !== 0) return false;', replace: '' },
      {
        file: RULE,
        find: 'if (node.childCount !== 0) return refused(ErrorCode.notEmpty);',
        replace: '',
      },
      {
        file: 'machines/znode/apply.ts',
        find: 'if (node.childCount !== 0 || path === ROOT) {',
        replace: 'if (path === ROOT) {',
      },
    ],
    seeds: 20,
  },
  {
    name: 'ttl-counted-from-the-creation',
    breaks: 'setData does not renew the time of a TTL node (§9.8).',
    changes: [
      {
        file: RULE,
        find: 'const ageMs = wallMs - node.mtimeMs;',
        replace: 'const ageMs = wallMs - node.ctimeMs;',
      },
    ],
    seeds: 20,
  },
  {
    name: 'containers-lost-by-checkpoints',
    breaks:
      'A checkpoint does not say which containers and TTL nodes came: the leader never finds them again.',
    changes: [
      {
        file: 'storage/memory/tree.ts',
        find: 'if (isThere) reapables.add(path);',
        replace: 'if (isThere) continue;',
      },
    ],
    seeds: 20,
  },
];
