import { hex } from '../../machines/zab/zxid.ts';
import type { ConfigurationStatus, ConnectionStatus, MemberStatus } from './member-status.ts';

/** The words that are answered. */
const ANSWERED = ['ruok', 'isro', 'srvr', 'stat', 'mntr', 'conf'] as const;
/** Words that are known for what they are, and refused. */
const REFUSED = [
  'cons',
  'crst',
  'srst',
  'envi',
  'dump',
  'dirs',
  'wchs',
  'wchc',
  'wchp',
  'hash',
  'gtmk',
  'stmk',
] as const;
const KNOWN: ReadonlySet<string> = new Set([...ANSWERED, ...REFUSED]);

const NOT_SERVING = 'This ZooKeeper instance is not currently serving requests\n';
/** Bits of Java's interest set, which stands in brackets behind an address. */
const READ_INTEREST = 1;
const WRITE_INTEREST = 4;

/** The words that may be answered. */
export type Whitelist = ReadonlySet<string>;

/**
 * From `4lw.commands.whitelist`: words with commas between, or `*` for all. ZooKeeper's default is `srvr`, and adds
 * `isro` where read-only mode is enabled.
 */
export function parseWhitelist(text: string): Whitelist {
  const words = text.split(',').map((word) => word.trim());
  return new Set(words.includes('*') ? ANSWERED : ANSWERED.filter((word) => words.includes(word)));
}

/** The known word whose bytes, read as a frame length, give this int32. */
export function fourLetterWordOf(length: number): string | undefined {
  const word = String.fromCharCode(
    length >>> 24,
    (length >>> 16) & 0xff,
    (length >>> 8) & 0xff,
    length & 0xff,
  );
  return KNOWN.has(word) ? word : undefined;
}

/** The answer to a known word (reference §14.1); `status` is `undefined` while the member does not serve. */
export function fourLetterAnswer(
  word: string,
  whitelist: Whitelist,
  status: MemberStatus | undefined,
): string {
  if (!whitelist.has(word)) return `${word} is not executed because it is not in the whitelist.\n`;
  if (word === 'ruok') return 'imok';
  if (word === 'isro') return readOnlyText(status);
  if (status === undefined) return NOT_SERVING;
  switch (word) {
    case 'srvr':
      return serverText(status, '');
    case 'stat':
      return serverText(status, clientsText(status.connections));
    case 'mntr':
      return monitorText(status);
    case 'conf':
      return configurationText(status.configuration);
    default:
      return '';
  }
}

function readOnlyText(status: MemberStatus | undefined): string {
  if (status === undefined) return 'null';
  return status.mode === 'read-only' ? 'ro' : 'rw';
}

function serverText(status: MemberStatus, clients: string): string {
  const { latencyMs, leader } = status;
  const readOnly =
    status.mode === 'read-only' ? 'READ-ONLY mode; serving only read-only clients\n' : '';
  const text = `Zookeeper version: ${versionText(status)}
${readOnly}${clients}Latency min/avg/max: ${latencyMs.min}/${decimal(latencyMs.average)}/${latencyMs.max}
Received: ${status.received}
Sent: ${status.sent}
Connections: ${status.connections.length}
Outstanding: ${status.outstanding}
Zxid: ${hex(status.zxid)}
Mode: ${status.mode}
Node count: ${status.nodeCount}
`;
  if (leader === undefined) return text;
  const { last, min, max } = leader.proposalBytes ?? { last: -1, min: -1, max: -1 };
  return `${text}Proposal sizes last/min/max: ${last}/${min}/${max}\n`;
}

function clientsText(connections: readonly ConnectionStatus[]): string {
  let text = 'Clients:\n';
  for (const connection of connections) {
    const address = connection.remoteAddress.includes(':')
      ? `[${connection.remoteAddress}]`
      : connection.remoteAddress;
    const interest =
      (connection.reading ? READ_INTEREST : 0) | (connection.unsentBytes > 0 ? WRITE_INTEREST : 0);
    text +=
      ` /${address}:${connection.remotePort}[${interest}]` +
      `(queued=${connection.outstanding},recved=${connection.received},sent=${connection.sent})\n`;
  }
  return `${text}\n`;
}

function monitorText(status: MemberStatus): string {
  let text = '';
  const line = (name: string, value: number | string | undefined): void => {
    if (value !== undefined) text += `zk_${name}\t${value}\n`;
  };
  line('version', versionText(status));
  line('server_state', status.mode);
  line('peer_state', status.peerState);
  line('avg_latency', decimal(status.latencyMs.average));
  line('max_latency', status.latencyMs.max);
  line('min_latency', status.latencyMs.min);
  line('packets_received', status.received);
  line('packets_sent', status.sent);
  line('num_alive_connections', status.connections.length);
  line('outstanding_requests', status.outstanding);
  line('znode_count', status.nodeCount);
  line('watch_count', status.watchCount);
  line('ephemerals_count', status.ephemeralCount);
  line('approximate_data_size', status.dataBytes);
  line('open_file_descriptor_count', status.openFileDescriptors);
  line('max_file_descriptor_count', status.maxFileDescriptors);
  line('global_sessions', status.sessionCount);
  line('uptime', status.uptimeMs);
  line('quorum_size', status.quorumSize);
  const leader = status.leader;
  if (leader !== undefined) {
    line('learners', leader.learners);
    // The name before 3.6, by which exporters and alerts still ask.
    line('followers', leader.learners);
    line('synced_followers', leader.syncedFollowers);
    line('synced_observers', leader.syncedObservers);
    line('leader_uptime', leader.uptimeMs);
    line('last_proposal_size', leader.proposalBytes?.last);
    line('max_proposal_size', leader.proposalBytes?.max);
    line('min_proposal_size', leader.proposalBytes?.min);
  }
  for (const [name, value] of status.counters) line(name, value);
  return text;
}

function configurationText(configuration: ConfigurationStatus): string {
  let text = '';
  const line = (name: string, value: number | string | undefined): void => {
    if (value !== undefined) text += `${name}=${value}\n`;
  };
  line('clientPort', configuration.clientPort);
  line('dataDir', configuration.dataDirectory);
  line('dataLogDir', configuration.logDirectory);
  line('tickTime', configuration.tickTimeMs);
  line('maxClientCnxns', configuration.maxClientCnxns);
  line('minSessionTimeout', configuration.minSessionTimeoutMs);
  line('maxSessionTimeout', configuration.maxSessionTimeoutMs);
  line('clientPortListenBacklog', configuration.backlog);
  line('serverId', configuration.serverId);
  const ensemble = configuration.ensemble;
  if (ensemble === undefined) return text;
  line('peerType', ensemble.observer ? 1 : 0);
  return `${text}membership: \n${ensemble.membership.join('\n')}`;
}

function versionText(status: MemberStatus): string {
  return status.builtOn === undefined
    ? status.version
    : `${status.version}, built on ${status.builtOn}`;
}

/** As ZooKeeper prints a mean: at most four decimals, and one even where it is whole. */
function decimal(value: number): string {
  const rounded = Math.round(value * 10_000) / 10_000;
  return Number.isInteger(rounded) ? `${rounded}.0` : `${rounded}`;
}
