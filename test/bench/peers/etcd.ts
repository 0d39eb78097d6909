import type { Address } from '../../client/connection.ts';
import { eventually } from '../../ensemble/wait.ts';
import { nodeLoad } from '../generators/node-load.ts';
import type { Load } from '../row.ts';
import type { Peer } from './peer.ts';
import { ServerGroup, type ServerPlace } from './server-group.ts';

const START_MS = 60_000;
const ANSWER_MS = 2000;

interface Status {
  readonly term: string;
  readonly leads: boolean;
}

/** A cluster of etcd's servers, with their default settings. */
export async function etcd(members: number): Promise<Peer> {
  const group = await ServerGroup.start('etcd', members, (place, all) => ({
    file: 'etcd',
    args: settings(place, all).flatMap(([key, value]) => [`--${key}`, value]),
  }));
  try {
    await eventually('etcd to serve', START_MS, async () => (await leader(group)) !== undefined);
  } catch (error) {
    const complaints = group.complaints();
    await group.stop();
    throw new Error(`etcd does not serve:\n${complaints}`, { cause: error });
  }
  return {
    name: 'etcd',
    load: async (load, run) => nodeLoad('etcd', await addresses(group, load), load, run),
    pids: () => group.pids(),
    term: async () => {
      const [place] = group.places;
      if (place === undefined) return 'no members';
      const { term } = await eventually('the status of etcd', START_MS, () => statusOf(place));
      return `term ${term}`;
    },
    stop: () => group.stop(),
  };
}

function settings(place: ServerPlace, all: readonly ServerPlace[]): [string, string][] {
  const client = `http://${place.host}:${place.port}`;
  const peer = ({ host, peerPort }: ServerPlace) => `http://${host}:${peerPort}`;
  return [
    ['name', `m${place.id}`],
    ['data-dir', place.directory],
    ['listen-client-urls', client],
    ['advertise-client-urls', client],
    ['listen-peer-urls', peer(place)],
    ['initial-advertise-peer-urls', peer(place)],
    ['initial-cluster', all.map((other) => `m${other.id}=${peer(other)}`).join(',')],
    ['log-level', 'warn'],
    ['logger', 'zap'],
  ];
}

async function leader(group: ServerGroup): Promise<ServerPlace | undefined> {
  const statuses = await Promise.all(group.places.map(statusOf));
  if (statuses.includes(undefined)) return undefined;
  return group.places[statuses.findIndex((status) => status?.leads)];
}

async function addresses(group: ServerGroup, { at }: Load): Promise<readonly Address[]> {
  if (at === undefined) return group.places;
  const first = await leader(group);
  const chosen = group.places.filter((place) => (place === first) === (at === 'leader'));
  return chosen.slice(0, 1);
}

/** As the member's gateway for JSON tells it. */
async function statusOf({ host, port }: Address): Promise<Status | undefined> {
  try {
    const response = await fetch(`http://${host}:${port}/v3/maintenance/status`, {
      method: 'POST',
      body: '{}',
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    const status: unknown = await response.json();
    if (typeof status !== 'object' || status === null || !('leader' in status)) return undefined;
    const { leader: leading } = status;
    const term = 'raftTerm' in status ? String(status.raftTerm) : '';
    return { term, leads: leading === memberId(status) };
  } catch {
    return undefined;
  }
}

function memberId(status: object): unknown {
  const header = 'header' in status ? status.header : undefined;
  if (typeof header !== 'object' || header === null || !('member_id' in header)) return undefined;
  return header.member_id;
}
