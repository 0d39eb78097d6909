import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from 'nats';
import type { Address } from '../../client/connection.ts';
import { eventually } from '../../ensemble/wait.ts';
import { BUCKET, JetStreamClient } from '../generators/jetstream-client.ts';
import { nodeLoad } from '../generators/node-load.ts';
import type { Load } from '../row.ts';
import type { Peer } from './peer.ts';
import { ServerGroup, type ServerPlace } from './server-group.ts';

const SERVERS = 3;
const START_MS = 60_000;
const STREAM = `KV_${BUCKET}`;
/** The first version that can flush before it acknowledges. */
const FLUSHING = [2, 10] as const;

/** Whether a version of nats-server has `sync_interval: always`. */
export function canFlushAlways(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > FLUSHING[0] || (major === FLUSHING[0] && minor >= FLUSHING[1]);
}

/** Three servers of NATS with JetStream, and a bucket of which each has a replica. */
export async function jetstream(version: string): Promise<Peer> {
  const group = await ServerGroup.start('jetstream', SERVERS, (place, all) => {
    const file = join(place.directory, 'nats.conf');
    writeFileSync(file, config(place, all, canFlushAlways(version)));
    return { file: 'nats-server', args: ['-c', file] };
  });
  try {
    await eventually('JetStream to serve', START_MS, () => isReady(group), 500);
  } catch (error) {
    const complaints = group.complaints();
    await group.stop();
    throw new Error(`JetStream does not serve:\n${complaints}`, { cause: error });
  }
  return {
    name: 'jetstream',
    load: async (load, run) => nodeLoad('jetstream', await addresses(group, load), load, run),
    pids: () => group.pids(),
    // The bucket is one stream: it has a new leader exactly when its replicas have elected one.
    term: async () => `leader ${await leader(group)}`,
    stop: () => group.stop(),
  };
}

function config(place: ServerPlace, all: readonly ServerPlace[], flushes: boolean): string {
  const routes = all.map(({ host, peerPort }) => `nats-route://${host}:${peerPort}`);
  return [
    `server_name: m${place.id}`,
    `listen: ${place.host}:${place.port}`,
    'jetstream {',
    `  store_dir: ${JSON.stringify(place.directory)}`,
    ...(flushes ? ['  sync_interval: always'] : []),
    '}',
    'cluster {',
    '  name: bench',
    `  listen: ${place.host}:${place.peerPort}`,
    `  routes: [${routes.join(', ')}]`,
    '}',
    '',
  ].join('\n');
}

async function isReady(group: ServerGroup): Promise<boolean> {
  try {
    const [place] = group.places;
    if (place === undefined) return false;
    const client = await JetStreamClient.connect(place.host, place.port);
    await client.set('ready', Buffer.alloc(1));
    await client.close();
    return true;
  } catch {
    return false;
  }
}

async function leader(group: ServerGroup): Promise<string> {
  const [place] = group.places;
  if (place === undefined) return 'unknown';
  const connection = await connect({ servers: `${place.host}:${place.port}` });
  try {
    const manager = await connection.jetstreamManager();
    return await eventually('the leader of the bucket', START_MS, async () => {
      const { cluster } = await manager.streams.info(STREAM);
      return cluster?.leader === '' ? undefined : cluster?.leader;
    });
  } finally {
    await connection.close();
  }
}

async function addresses(group: ServerGroup, { at }: Load): Promise<readonly Address[]> {
  if (at === undefined) return group.places;
  const name = await leader(group);
  const chosen = group.places.filter(({ id }) => (`m${id}` === name) === (at === 'leader'));
  return chosen.slice(0, 1);
}
