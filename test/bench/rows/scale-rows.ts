import type { Load, PeerName, Row, Setting } from '../row.ts';

const PEERS: readonly PeerName[] = ['vivarium', 'zookeeper', 'revision'];
const NODES = [10_000, 100_000, 1_000_000, 3_000_000];
const CONNECTIONS = [1, 10, 100, 1000, 5000];
const VOTERS = [3, 5, 7];
/** ZooKeeper holds its tree on the heap: about half a KB for a node of 100 bytes. */
const BIG_HEAP = '4g';
const BIG_TREE = 1_000_000;

function row(name: string, what: string, setting: Setting, load: Load): Row {
  const work = { kind: 'load', load } as const;
  return { name, what, group: 'scale', setting, work, peers: PEERS, targets: [], roundsMax: 3 };
}

function byNodes(nodes: number): Row[] {
  const setting: Setting = {
    lasts: 'round',
    flushes: 'plain',
    nodes,
    ...(nodes > BIG_TREE ? { javaHeap: BIG_HEAP } : {}),
  };
  const many = { connections: 32, window: 16, isOverTree: true } as const;
  return [
    row(`${nodes} nodes: set 100 B 32x16`, 'writes of any of them', setting, {
      operation: 'set',
      ...many,
    }),
    row(`${nodes} nodes: get 100 B 32x16`, 'reads of any of them', setting, {
      operation: 'get',
      ...many,
    }),
    {
      ...row('', 'of members and bus, at rest', setting, { operation: 'get', ...many }),
      name: `${nodes} nodes: resident memory`,
      work: { kind: 'memory' },
    },
  ];
}

function byConnections(connections: number): Row[] {
  const setting: Setting = { lasts: 'run', flushes: 'plain' };
  return (['set', 'get'] as const).map((operation) =>
    row(
      `${connections} connections: ${operation} 100 B x1`,
      'each waits for every reply',
      setting,
      { operation, connections, window: 1 },
    ),
  );
}

function byVoters(voters: number): Row[] {
  const setting: Setting = { lasts: 'round', flushes: 'plain', voters };
  return (['set', 'get'] as const).map((operation) =>
    row(`${voters} voters: ${operation} 100 B 32x32`, 'saturated', setting, {
      operation,
      connections: 32,
      window: 32,
    }),
  );
}

/** How throughput and memory go with nodes, connections and members; nothing is judged. */
export const scaleRows: readonly Row[] = [
  ...NODES.flatMap(byNodes),
  ...CONNECTIONS.flatMap(byConnections),
  ...VOTERS.flatMap(byVoters),
];
