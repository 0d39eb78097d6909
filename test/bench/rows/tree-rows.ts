import { atLeast, atMost, type PeerName, type Row, type Setting } from '../row.ts';

const SETTING: Setting = { lasts: 'round', flushes: 'plain', nodes: 1_000_000 };
const PEERS: readonly PeerName[] = ['vivarium', 'zookeeper', 'revision'];
const shared = { group: 'compare', setting: SETTING, peers: PEERS } as const;

/** A tree of a million nodes, made anew in each round: how it grows, what it weighs, how it comes back. */
export const treeRows: readonly Row[] = [
  {
    ...shared,
    name: 'create 100 B to a million nodes 32x16',
    what: 'nodes in directories of 1,000, until all are there; every second and every tenth by itself',
    work: { kind: 'fill', connections: 32, window: 16 },
    targets: [
      atLeast('perSecond', 2.5),
      atLeast('lastTenthShare', 0.8, 'itself'),
      atLeast('worstSecondShare', 0.5, 'itself'),
    ],
  },
  {
    ...shared,
    name: 'get 100 B of a million nodes 32x32',
    what: 'reads of nodes that are chosen uniformly among all',
    work: {
      kind: 'load',
      load: { operation: 'get', connections: 32, window: 32, isOverTree: true },
    },
    targets: [atLeast('perSecond', 2.5)],
  },
  {
    ...shared,
    name: 'resident memory at a million nodes',
    what: 'of all members and the bus together, after the rows above, at rest',
    work: { kind: 'memory' },
    targets: [atMost('residentMb', 0.25)],
  },
  {
    ...shared,
    name: 'restart with a million nodes',
    what: 'kill -9 of every process, start, until the first write is acknowledged; and with an empty tree',
    work: { kind: 'restart' },
    targets: [atMost('firstWriteMs', 0.1), atMost('overEmpty', 2, 'itself')],
  },
];
