import type { Mutant } from '../mutant.ts';

/** What writes do to the tree (reference §3, §10). */
export const TREE: readonly Mutant[] = [
  {
    name: 'sequence-from-child-count',
    breaks:
      'The number of a sequential node is how many children there are: it is given again when one was deleted (§3.4).',
    changes: [
      {
        file: 'machines/znode/prep.ts',
        find: 'path += String(childCreates)',
        replace: 'path += String(parent.childCount)',
      },
    ],
    seeds: 60,
  },
  {
    name: 'multi-not-rolled-back',
    breaks:
      'A multi that fails leaves behind, for the checks of later writes, what its first parts would have done (§3.5).',
    changes: [
      {
        file: 'machines/znode/prep.ts',
        find: 'this.#pending.rollback();',
        replace: 'this.#pending.keep();',
      },
    ],
    seeds: 60,
  },
  {
    name: 'multi-stops-where-it-fails',
    breaks: 'A multi that fails keeps what its first parts did (§3.5).',
    changes: [
      {
        file: 'machines/znode/prep.ts',
        find: 'this.#pending.rollback();\n        return',
        replace:
          "this.#pending.keep();\n        if (parts.length > 0) return { type: 'multi', parts };\n        return",
      },
    ],
    seeds: 60,
  },
  {
    name: 'version-compared-with-the-tree',
    breaks:
      'The expected version is compared with the tree, not with what is prepared: of two that ask for the same one both succeed (§10.2).',
    changes: [
      {
        file: 'machines/znode/prep.ts',
        find: 'if (expected !== ANY_VERSION && expected !== node.version)',
        replace:
          'if (expected !== ANY_VERSION && expected !== (this.#tree.get(path)?.version ?? node.version))',
      },
    ],
    seeds: 60,
  },
  {
    name: 'pending-forgotten-too-early',
    breaks:
      'When a txn is applied, its paths are forgotten although a later one has changed them again (§10.2).',
    changes: [
      {
        file: 'machines/znode/pending.ts',
        find: 'if (record.zxid === changedBy) {',
        replace: 'if (record.zxid >= changedBy) {',
      },
    ],
    seeds: 100,
  },
  {
    name: 'quotas-not-found-at-the-start',
    breaks:
      'A member that has started, or taken in a snapshot, does not look for the quotas that the tree has (§6.4).',
    changes: [{ file: 'machines/znode/tree.ts', find: '    this.quotas.load();\n', replace: '' }],
    seeds: 20,
  },
  {
    name: 'quota-of-the-parent-charged-too',
    breaks:
      'A write is charged to every path with limits above it, not to the deepest alone (§6.4).',
    changes: [
      {
        file: 'machines/znode/quota.ts',
        find: '    this.#write(quota, stats, usage.count + count, usage.bytes + bytes);',
        replace:
          '    this.#write(quota, stats, usage.count + count, usage.bytes + bytes);\n    this.#charge(parentOf(quota.path), count, bytes);',
      },
    ],
    seeds: 60,
  },
];
