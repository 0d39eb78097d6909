import { userError } from '../errors.ts';
import { type HostPort, isWildcardHost, parseHostPort, parsePort } from './address.ts';
import type { PropertyLine } from './properties.ts';

/** What a `server.N` line of zoo.cfg says (reference §14.5). Its quorum and election ports have no use on a bus: they are told on. */
export interface ServerLine {
  readonly id: number;
  readonly host: string;
  readonly quorumPort: number;
  readonly electionPort: number;
  /** Whether it votes. */
  readonly role: 'participant' | 'observer';
  /** Where this server's clients connect, if the line says so. */
  readonly client: { readonly address: HostPort; readonly listenHost: string } | undefined;
}

const FORM =
  'must be host:quorumPort:electionPort[:participant|:observer][;[clientHost:]clientPort]';

export function isServerKey(key: string): boolean {
  return /^server\.\d+$/.test(key);
}

/** Reads one `server.N` property. Throws a UserError when it is malformed. */
export function parseServerLine(line: PropertyLine): ServerLine {
  const wrong = () => userError.settingWrong(`${line.where}: ${line.key}`, line.value, FORM);
  const id = Number(line.key.slice('server.'.length));
  if (id < 1 || id > 255) {
    throw userError.settingWrong(line.where, line.key, 'must have a server number from 1 to 255');
  }
  const [peerPart, clientPart, ...rest] = line.value.split(';').map((part) => part.trim());
  if (peerPart === undefined || rest.length > 0) throw wrong();
  // Several addresses of one server are joined by "|": over a bus one name is enough.
  const first = peerPart.split('|')[0] ?? '';
  const match = /^(?:\[([^\]]+)\]|([^:[\]\s]+)):(\d+):(\d+)(?::(\w+))?$/.exec(first);
  const host = match?.[1] ?? match?.[2];
  const quorumPort = parsePort(match?.[3] ?? '');
  const electionPort = parsePort(match?.[4] ?? '');
  if (host === undefined || quorumPort === undefined || electionPort === undefined) throw wrong();
  const role = (match?.[5] ?? 'participant').toLowerCase();
  if (role !== 'participant' && role !== 'observer') throw wrong();
  const client = parseClientPart(clientPart, host, wrong);
  return { id, host, quorumPort, electionPort, role, client };
}

function parseClientPart(
  text: string | undefined,
  host: string,
  wrong: () => Error,
): ServerLine['client'] {
  if (text === undefined || text === '') return undefined;
  const port = parsePort(text);
  // A port alone is one on every address (reference §12): the line has just sent clients to one of them.
  if (port !== undefined) {
    return { address: { host, port }, listenHost: host.includes(':') ? '::' : '0.0.0.0' };
  }
  const address = parseHostPort(text);
  if (address === undefined) throw wrong();
  return {
    address: isWildcardHost(address.host) ? { host, port: address.port } : address,
    listenHost: address.host,
  };
}
