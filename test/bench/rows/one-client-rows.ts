import { atMost, type Row, type Target } from '../row.ts';

const TARGETS: readonly Target[] = [atMost('p50Ms', 1.3), atMost('p99Ms', 1.3)];
const places = ['leader', 'follower'] as const;
const flushes = ['counted', 'dropped'] as const;

/** One write at a time: what a write costs by itself, with the disk and without. */
export const oneClientRows: readonly Row[] = flushes.flatMap((kind) =>
  places.map(
    (at): Row => ({
      group: 'compare',
      name: `one client at the ${at}${kind === 'dropped' ? ' without flushes' : ''}`,
      what:
        kind === 'counted'
          ? `one set of 100 B after the other through the ${at}, with each member's flushes counted`
          : `the same with every flush of a member answered at once: what is left is processor and network`,
      setting: { lasts: 'run', flushes: kind },
      work: { kind: 'load', load: { operation: 'set', connections: 1, window: 1, at } },
      // Servers written in Go flush without the C library: their flushes can be neither counted nor dropped.
      peers:
        kind === 'counted'
          ? ['vivarium', 'zookeeper', 'revision', 'etcd', 'jetstream']
          : ['vivarium', 'zookeeper', 'revision'],
      targets: TARGETS,
    }),
  ),
);
