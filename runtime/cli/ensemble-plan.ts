import path from 'node:path';
import { formatHostPort } from '../config/address.ts';
import { loadMemberConfig, type MemberConfig } from '../config/member-config.ts';
import type { SettingKey } from '../config/setting-schema.ts';
import { gatherSettings } from '../config/setting-sources.ts';
import { userError } from '../errors.ts';
import {
  type EnsembleRecord,
  freshEnsembleName,
  readEnsembleRecord,
} from '../supervisor/ensemble-record.ts';

type Flags = Partial<Record<SettingKey, string>>;

/** What `start` takes beside the settings of its members. */
export interface StartFlags {
  /** Those that vote, and those that do not. */
  readonly members?: number;
  readonly observers?: number;
  readonly data?: string;
  readonly natsServers?: number;
  readonly natsPort?: number;
  readonly config?: string;
  readonly restart: boolean;
}

/** What `vivarium start` is about to run. */
export interface EnsemblePlan {
  readonly directory: string;
  readonly members: readonly MemberConfig[];
  /** The flags that make each member what its config says, by id. */
  readonly memberFlags: ReadonlyMap<number, Flags>;
  /** Whether somebody gave NATS servers to attach to. */
  readonly attaches: boolean;
  readonly warnings: readonly string[];
}

/** Works out the members' settings from those of `start`. Throws a UserError. */
export function planEnsemble(
  start: StartFlags,
  flags: Flags,
  environment: Readonly<Record<string, string | undefined>>,
): EnsemblePlan {
  const configFile = start.config === undefined ? {} : { configFile: start.config };
  const gathered = gatherSettings({ flags, environment, ...configFile });
  const directory = path.resolve(
    start.data ?? gathered.settings.get('dataDir')?.value ?? '.vivarium',
  );
  const attaches = gathered.settings.has('nats');
  if (attaches && (start.natsServers !== undefined || start.natsPort !== undefined)) {
    throw userError.settingsClash(
      'NATS servers are given to attach to, and own ones are asked for as well.',
      'Leave out either --nats (or the setting "nats") or --nats-servers and --nats-port.',
    );
  }
  const record = readEnsembleRecord(directory);
  const voters = voterIds(start, directory, record);
  const observers = Array.from(
    { length: start.observers ?? record?.observers ?? 0 },
    (_, index) => voters.length + index + 1,
  );
  const ids = [...voters, ...observers];
  const load = (memberFlags: Flags) =>
    loadMemberConfig({ flags: { ...flags, ...memberFlags }, environment, ...configFile });

  const common: Flags = { members: voters.join(','), adminEnabled: 'true' };
  if (observers.length > 0) common.observers = observers.join(',');
  if (!gathered.settings.has('ensemble')) {
    common.ensemble = record?.ensemble ?? freshEnsembleName();
  }
  const first = load({
    ...common,
    id: '1',
    peerType: 'participant',
    dataDir: directory,
    clientAddresses: '',
  }).config;
  if (first.client.port === 0 || first.admin?.port === 0) {
    throw userError.settingsClash(
      'Port 0 (any free port) leaves the other members without one.',
      'Give --client-port and --admin-port as numbers above 0.',
    );
  }
  const clientPorts = ids.map((id) => first.client.port + id - 1);
  const adminPorts = portsBeside(first.admin?.port ?? 0, ids.length, clientPorts);
  const highest = Math.max(...clientPorts, ...adminPorts);
  if (highest > 65535) {
    throw userError.settingsClash(
      `${ids.length} members would need ports up to ${highest}, but 65535 is the last one.`,
      'Give a lower --client-port or --admin-port.',
    );
  }
  const host = first.client.host;
  common.clientAddresses = ids
    .map((id, index) => `${id}=${formatHostPort({ host, port: clientPorts[index] ?? 0 })}`)
    .join(',');

  const memberFlags = new Map<number, Flags>();
  const members = ids.map((id, index) => {
    const own: Flags = {
      ...common,
      id: String(id),
      peerType: voters.includes(id) ? 'participant' : 'observer',
      dataDir: path.join(directory, String(id)),
      clientPort: String(clientPorts[index]),
      adminPort: String(adminPorts[index]),
    };
    memberFlags.set(id, { ...flags, ...own });
    return load(own).config;
  });
  const warnings = [...gathered.warnings];
  if (gathered.servers.length > 0) {
    warnings.push(
      `${start.config}: the server.N lines are not used: "start" makes its own ${ids.length} members here.`,
    );
  }
  return { directory, members, memberFlags, attaches, warnings };
}

function voterIds(
  start: StartFlags,
  directory: string,
  record: EnsembleRecord | undefined,
): number[] {
  const recorded = record?.members;
  if (recorded !== undefined && start.members !== undefined && start.members !== recorded) {
    throw userError.settingsClash(
      `${directory} holds an ensemble of ${recorded} members, not of ${start.members}.`,
      'Members that vote cannot be added or removed yet: leave --members out, or choose another directory with --data. --observers adds some that do not vote.',
    );
  }
  const count = start.members ?? recorded ?? 3;
  return Array.from({ length: count }, (_, index) => index + 1);
}

/** `count` ports from `first` on, without those in `taken`. */
function portsBeside(first: number, count: number, taken: readonly number[]): number[] {
  const ports: number[] = [];
  for (let port = first; ports.length < count; port++) {
    if (!taken.includes(port)) ports.push(port);
  }
  return ports;
}
