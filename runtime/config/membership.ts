import { formatHostPort, type HostPort, isLoopbackHost, isWildcardHost } from './address.ts';
import type { ServerLine } from './server-line.ts';

/** On a bus nobody listens on such ports; tools that read the lines want numbers, and these are the usual ones. */
const QUORUM_PORT = 2888;
const ELECTION_PORT = 3888;
/** Stands for an address that nobody gave. */
const UNKNOWN_HOST = '0.0.0.0';

/** The members as ZooKeeper's texts have them (reference §12). */
export interface Membership {
  /** A line for each member, as `conf` shows them. */
  readonly lines: readonly string[];
  /** Whether clients may be sent there: every line has an address that a client can reach. */
  readonly isReachable: boolean;
  readonly quorumPort: number;
  readonly electionPort: number;
}

export interface MembershipFacts {
  readonly self: number;
  readonly voters: readonly number[];
  readonly observers: readonly number[];
  readonly servers: readonly ServerLine[];
  /** Where clients reach the members, as somebody said it: a listening address alone says nothing of the way there. */
  readonly clientAddresses: ReadonlyMap<number, HostPort>;
}

/**
 * A client that reads the lines goes where they say (Curator does), and stays away from members that have no address
 * there: either all of them have one, or nobody is sent anywhere.
 */
export function membershipOf(facts: MembershipFacts): Membership {
  const { self, voters, observers, servers, clientAddresses } = facts;
  const ids = [...voters, ...observers].sort((left, right) => left - right);
  const own = servers.find(({ id }) => id === self);
  return {
    lines: ids.map((id) =>
      memberLine(
        id,
        observers.includes(id) ? 'observer' : 'participant',
        servers.find((server) => server.id === id),
        clientAddresses.get(id),
      ),
    ),
    isReachable: ids.every((id) => {
      const address = clientAddresses.get(id);
      return address !== undefined && !isWildcardHost(address.host) && address.port !== 0;
    }),
    quorumPort: own?.quorumPort ?? QUORUM_PORT,
    electionPort: own?.electionPort ?? ELECTION_PORT,
  };
}

/** The role is always spelled out (reference §12). */
function memberLine(
  id: number,
  role: 'participant' | 'observer',
  server: ServerLine | undefined,
  client: HostPort | undefined,
): string {
  const host = server?.host ?? client?.host ?? UNKNOWN_HOST;
  const port = server?.quorumPort ?? QUORUM_PORT;
  const peer = `${formatHostPort({ host, port })}:${server?.electionPort ?? ELECTION_PORT}:${role}`;
  return `server.${id}=${peer}${client === undefined ? '' : `;${formatHostPort(client)}`}`;
}

/**
 * What is wrong with the address where clients are told to reach this member, if it does not listen there. ZooKeeper refuses to
 * start with two ports (reference §12); here something between the two may bring them together.
 */
export function misleadingAddress(listen: HostPort, told: HostPort | undefined): string[] {
  if (told === undefined) return [];
  const isHidden = isLoopbackHost(listen.host) && !isLoopbackHost(told.host);
  if (told.port === listen.port && !isHidden) return [];
  return [
    `Clients are told to reach this member at ${formatHostPort(told)}, but it listens on ${formatHostPort(listen)}.`,
  ];
}
