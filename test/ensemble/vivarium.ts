import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { memberProgram, NODE_OPTIONS } from '../../runtime/cli/member-program.ts';
import { freePorts } from './free-port.ts';
import { ManagedProcess } from './managed-process.ts';
import type { CatchUp, Place, Service, Site } from './service.ts';

export const VIVARIUM = fileURLToPath(new URL('../../runtime/cli/vivarium.ts', import.meta.url));

/** What a learner logs when the leader has chosen its way. */
const CATCH_UP = /the leader synchronizes this member by (DIFF|SNAP|TRUNC)/g;

/** Members started one by one on a bus of their own, so that a test may hold any of them back. */
export async function vivarium(site: Site): Promise<Service> {
  const bus = await natsServers(site);
  const nats = bus.map((server) => server.url).join(',');
  const admin = await freePorts(site.places.length);
  const { program, environment, nodeFlags = () => [] } = site.options;
  const [file = process.execPath, ...args] =
    program === undefined
      ? await memberProgram(VIVARIUM)
      : [process.execPath, ...NODE_OPTIONS, program, 'member'];
  for (const place of site.places) writeConfig(site, place, nats, admin + place.id - 1);
  return {
    kind: 'vivarium',
    bus: bus.map((server) => server.process),
    memberCommand: (place) => ({
      file,
      args: [...nodeFlags(place), ...args, '--config', configFile(site, place)],
      ...(environment === undefined ? {} : { env: environment }),
    }),
    catchUps: (log) => [...log.matchAll(CATCH_UP)].map((match) => catchUp(match[1])),
  };
}

function catchUp(word: string | undefined): CatchUp {
  return word === 'DIFF' || word === 'SNAP' ? word : 'TRUNC';
}

function configFile(site: Site, place: Place): string {
  return join(site.directory, `member-${place.id}.cfg`);
}

function writeConfig(site: Site, place: Place, nats: string, adminPort: number): void {
  const settings: Record<string, string | number> = {
    'admin.serverPort': adminPort,
    '4lw.commands.whitelist': '*',
    maxClientCnxns: 0,
    logFormat: 'json',
    ...site.options.settings,
    id: place.id,
    members: idsOf(site, true),
    ...(place.votes ? {} : { peerType: 'observer' }),
    ...(site.places.every(({ votes }) => votes) ? {} : { observers: idsOf(site, false) }),
    nats,
    clientPort: place.port,
    dataDir: place.dataDir,
  };
  const lines = Object.entries(settings).map(([key, value]) => `${key}=${value}\n`);
  writeFileSync(configFile(site, place), lines.join(''));
}

function idsOf(site: Site, votes: boolean): string {
  return site.places
    .filter((place) => place.votes === votes)
    .map(({ id }) => id)
    .join(',');
}

interface NatsServer {
  readonly process: ManagedProcess;
  readonly url: string;
}

async function natsServers(site: Site): Promise<NatsServer[]> {
  const count = site.options.natsServers ?? 1;
  const base = await freePorts(count * 2);
  const routes = Array.from(
    { length: count },
    (_, index) => `nats://127.0.0.1:${base + count + index}`,
  );
  return Array.from({ length: count }, (_, index) => {
    const directory = join(site.directory, `nats-${index + 1}`);
    mkdirSync(directory);
    const args = ['--addr', '127.0.0.1', '--port', String(base + index)];
    if (count > 1) {
      args.push('--cluster_name', 'test', '--cluster', routes[index] ?? '');
      args.push('--routes', routes.join(','));
    }
    const command = { file: 'nats-server', args };
    const process = new ManagedProcess(`nats-${index + 1}`, command, join(directory, 'log'));
    return { process, url: `nats://127.0.0.1:${base + index}` };
  });
}
