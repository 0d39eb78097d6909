import { readdirSync, readFileSync } from 'node:fs';
import { epochOf } from '../machines/zab/zxid.ts';
import { followerFigures, leaderFigures } from './actor-figures.ts';
import { formatHostPort } from './config/address.ts';
import type { MemberConfig } from './config/member-config.ts';
import type { Member } from './member.ts';
import type { ActorView, MemberStatusForAdmin } from './member-contract.ts';
import type { Clock } from './ports.ts';
import { VERSION } from './version.ts';
import type { ClientListener } from './wire/client-listener.ts';
import type { ConnectionStatus, LeaderStatus, MemberStatus } from './wire/member-status.ts';

/** The release of ZooKeeper whose protocol is spoken: tools read a plain `x.y.z` first (reference §14.1). */
const PROTOCOL_RELEASE = '3.9.4';

/** ZooKeeper keeps the root under two names and counts both (reference §5.3); tools compare with its figure. */
const ROOT_COUNTED_TWICE = 1;

/** What a member tells of itself: to four-letter words, to the admin endpoint. */
export class MemberReport {
  readonly #config: MemberConfig;
  readonly #member: Member;
  readonly #listener: () => ClientListener | undefined;
  readonly #clock: Clock;
  readonly #startedMs: number;

  constructor(
    config: MemberConfig,
    member: Member,
    listener: () => ClientListener | undefined,
    clock: Clock,
  ) {
    this.#config = config;
    this.#member = member;
    this.#listener = listener;
    this.#clock = clock;
    this.#startedMs = clock.wallMs();
  }

  get forAdmin(): MemberStatusForAdmin {
    const { role, replica, clients } = this.#member;
    return {
      serving: clients.isServing,
      mode: role,
      leader: this.#leader,
      epoch: this.#epoch,
      zxid: replica.appliedZxid,
      uptimeMs: this.#clock.wallMs() - this.#startedMs,
    };
  }

  get actors(): readonly ActorView[] {
    const views: ActorView[] = [];
    for (const actor of this.#member.host.actors.values()) {
      const { name, state, status, view } = actor;
      views.push({ name, state, status, view, definition: actor.definition.chart.config });
    }
    for (const { actor } of this.#member.clients.attendances) {
      const { name, state, status, view } = actor;
      views.push({ name, state, status, view, definition: actor.definition.chart.config });
    }
    return views;
  }

  /** `undefined` while the member does not serve. */
  get status(): MemberStatus | undefined {
    const { role, replica, clients, processor } = this.#member;
    if (!clients.isServing || role === 'looking') return undefined;
    const { latency } = processor.statistics;
    const { nodeCount, ephemeralCount, dataBytes } = replica.tree.totals;
    const connections = this.#connections();
    return {
      version: `${PROTOCOL_RELEASE}-vivarium-${VERSION}`,
      builtOn: undefined,
      mode: role,
      peerState: role === 'leader' ? 'leading - broadcast' : 'following - broadcast',
      quorumSize: this.#config.voters.length,
      zxid: replica.appliedZxid,
      uptimeMs: this.#clock.wallMs() - this.#startedMs,
      latencyMs: { min: latency.minMs, average: latency.averageMs, max: latency.maxMs },
      received: processor.statistics.received,
      sent: processor.statistics.received - processor.outstanding,
      outstanding: processor.outstanding,
      connections,
      sessionCount: replica.tree.sessions.size,
      nodeCount: nodeCount + ROOT_COUNTED_TWICE,
      ephemeralCount,
      watchCount: processor.watches.count,
      dataBytes,
      openFileDescriptors: countOpenFiles(),
      maxFileDescriptors: maxOpenFiles(),
      leader: this.#leaderStatus,
      counters: this.#counters(),
      configuration: {
        clientPort: this.#config.client.port,
        dataDirectory: this.#config.dataDirectory,
        logDirectory: this.#config.dataDirectory,
        tickTimeMs: this.#config.tickTimeMs,
        maxClientCnxns: this.#config.client.maxConnectionsPerAddress,
        minSessionTimeoutMs: this.#config.client.minSessionTimeoutMs,
        maxSessionTimeoutMs: this.#config.client.maxSessionTimeoutMs,
        backlog: this.#config.client.backlog,
        serverId: this.#config.id,
        ensemble: { observer: false, membership: this.#membership() },
      },
    };
  }

  get #leader(): number | undefined {
    const { role, host } = this.#member;
    if (role === 'leader') return this.#config.id;
    return role === 'follower' ? followerFigures(host.actors.get('follower'))?.leader : undefined;
  }

  /** The epoch that the member serves in; while it looks, that of the last txn it applied. */
  get #epoch(): number {
    const { role, host, replica } = this.#member;
    const serving =
      role === 'leader'
        ? leaderFigures(host.actors.get('leader'))
        : role === 'follower'
          ? followerFigures(host.actors.get('follower'))
          : undefined;
    return serving?.epoch ?? epochOf(replica.appliedZxid);
  }

  get #leaderStatus(): LeaderStatus | undefined {
    const { role, host, clients } = this.#member;
    const figures = role === 'leader' ? leaderFigures(host.actors.get('leader')) : undefined;
    if (figures === undefined) return undefined;
    return {
      uptimeMs: Math.round(this.#clock.now() - clients.servingSinceMs),
      learners: figures.learners,
      syncedFollowers: figures.synced,
      syncedObservers: 0,
      proposalBytes: undefined,
    };
  }

  #membership(): string[] {
    return this.#config.voters.map((id) => {
      const address = this.#config.clientAddresses.get(id);
      const suffix = address === undefined ? '' : `;${formatHostPort(address)}`;
      return `server.${id}=:participant${suffix}`;
    });
  }

  #counters(): (readonly [string, number])[] {
    const { checkpointer, links } = this.#member;
    const listener = this.#listener()?.counters;
    return [
      ['snapshot_count', checkpointer.count],
      ['link_resets', links.counters.resets],
      ['connection_rejected', listener?.connectionRejected ?? 0],
      ['connection_request_count', listener?.connectionRequestCount ?? 0],
      ['sessionless_connections_expired', listener?.sessionlessConnectionsExpired ?? 0],
    ];
  }

  #connections(): ConnectionStatus[] {
    const list: ConnectionStatus[] = [];
    for (const { connection, client } of this.#member.clients.attendances) {
      const { remoteAddress, remotePort, reading, unsentBytes, received, sent } = connection;
      const outstanding = client?.waiting ?? 0;
      list.push({ remoteAddress, remotePort, reading, unsentBytes, outstanding, received, sent });
    }
    return list;
  }
}

/** Descriptors that this process has open, where the system tells. */
function countOpenFiles(): number | undefined {
  try {
    return readdirSync('/proc/self/fd').length;
  } catch {
    return undefined;
  }
}

function maxOpenFiles(): number | undefined {
  try {
    const line = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'));
    return line?.[1] === undefined ? undefined : Number(line[1]);
  } catch {
    return undefined;
  }
}
