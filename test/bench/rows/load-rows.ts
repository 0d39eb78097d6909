import { atLeast, atMost, type Load, type PeerName, type Row, type Setting } from '../row.ts';

const SETTING: Setting = { lasts: 'run', flushes: 'plain' };
const ENSEMBLES: readonly PeerName[] = ['vivarium', 'zookeeper', 'revision'];
const ALL: readonly PeerName[] = [...ENSEMBLES, 'etcd', 'jetstream'];

const load = (
  operation: Load['operation'],
  connections: number,
  window: number,
  rest: Partial<Load> = {},
) => ({ kind: 'load', load: { operation, connections, window, ...rest } }) as const;

const shared = { group: 'compare', setting: SETTING } as const;

/** Throughput and latency of three members at rest otherwise. */
export const loadRows: readonly Row[] = [
  {
    ...shared,
    name: 'set 100 B 32x32',
    what: 'writes of 32 connections that each keep 32 under way: saturated',
    work: load('set', 32, 32),
    peers: ALL,
    targets: [atLeast('perSecond', 2.5), atMost('p99Ms', 0.5), atMost('cpuPer1000', 0.4)],
  },
  {
    ...shared,
    name: 'set 1 KB 32x16',
    what: 'larger writes: the bytes count, not only the requests',
    work: load('set', 32, 16, { bytes: 1024 }),
    peers: ENSEMBLES,
    targets: [atLeast('perSecond', 1.5)],
  },
  {
    ...shared,
    name: 'set 100 B 32x1',
    what: 'writes of 32 connections that each wait for every reply',
    work: load('set', 32, 1),
    peers: ALL,
    targets: [atLeast('perSecond', 1), atMost('p99Ms', 1)],
  },
  {
    ...shared,
    name: 'get 100 B 32x32',
    what: 'reads of 1,000 nodes by 32 connections that each keep 32 under way',
    work: load('get', 32, 32),
    peers: [...ALL, 'frames'],
    targets: [atLeast('perSecond', 6), atLeast('perSecond', 0.35, 'frames')],
  },
  {
    ...shared,
    name: 'get 100 B 32x1',
    what: 'reads of 1,000 nodes by 32 connections that each wait for every reply',
    work: load('get', 32, 1),
    peers: ALL,
    targets: [atLeast('perSecond', 1.3)],
  },
  {
    ...shared,
    name: '90 % get 10 % set 32x16',
    what: 'reads that wait for the writes of their own session',
    work: load('mix', 32, 16),
    peers: ENSEMBLES,
    targets: [atLeast('perSecond', 5)],
  },
  {
    ...shared,
    name: 'getChildren of 1000 names 32x4',
    what: 'long answers',
    work: load('children', 32, 4),
    peers: ENSEMBLES,
    targets: [atLeast('perSecond', 1.5)],
  },
  {
    ...shared,
    name: 'session open and close x8',
    what: 'connecting, createSession, closeSession: two writes and a socket each',
    work: load('session', 8, 1),
    peers: ENSEMBLES,
    targets: [atLeast('perSecond', 2)],
  },
  {
    ...shared,
    name: 'set 100 B while checkpoints run 8x4',
    what: 'half a minute of writes, in which every member writes its tree several times',
    work: load('set', 8, 4, { secondsMin: 30 }),
    peers: ENSEMBLES,
    targets: [atMost('p999OverP50', 10, 'itself')],
  },
];
