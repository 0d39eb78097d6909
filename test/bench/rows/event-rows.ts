import { atLeast, atMost, type PeerName, type Row, type Setting } from '../row.ts';

const SETTING: Setting = { lasts: 'row', flushes: 'plain' };
const PEERS: readonly PeerName[] = ['vivarium', 'zookeeper', 'revision'];
const shared = { group: 'compare', setting: SETTING, peers: PEERS } as const;

/** Rows that start ensembles of their own: faults, crowds, more members. */
export const eventRows: readonly Row[] = [
  {
    ...shared,
    name: 'kill -9 of the leader under load',
    what: 'ten times, default settings: how long no client has a write acknowledged',
    work: { kind: 'leader-kill', kills: 10 },
    targets: [atMost('gapMs', 0.6), atMost('worstGapMs', 1)],
    roundsMax: 1,
  },
  {
    ...shared,
    name: '10000 sessions watch one node',
    what: 'a change of the node until the last session has its event, one-shot watches',
    work: { kind: 'watches', sessions: 10_000, changes: 20 },
    targets: [atMost('toldMs', 0.7)],
  },
  {
    ...shared,
    name: '6 observers more set 100 B 32x32',
    what: 'writes with six observers beside the voters, as a share of those without; and what the leader sends',
    work: {
      kind: 'observers',
      observers: 6,
      load: { operation: 'set', connections: 32, window: 32 },
    },
    targets: [atLeast('shareOfVoters', 1)],
  },
];
