import { readdirSync, readFileSync } from 'node:fs';
import type { Client } from '../machines/session/client.ts';
import { SizeRange } from '../machines/size-range.ts';
import type { Summary, SummaryFigures } from '../machines/summary.ts';
import { epochOf } from '../machines/zab/zxid.ts';
import { followerFigures, leaderFigures } from './actor-figures.ts';
import type { MemberConfig } from './config/member-config.ts';
import type { Member } from './member.ts';
import type { ActorView, MemberStatusForAdmin } from './member-contract.ts';
import type { Clock } from './ports.ts';
import { VERSION } from './version.ts';
import type { ClientListener } from './wire/client-listener.ts';
import type {
  ConfigurationStatus,
  ConnectionStatus,
  LeaderStatus,
  MemberStatus,
  SessionStatus,
} from './wire/member-status.ts';

/** The release of ZooKeeper whose protocol is spoken: tools read a plain `x.y.z` first (reference §14.1). */
const PROTOCOL_RELEASE = '3.9.4';
export const RELEASE = `${PROTOCOL_RELEASE}-vivarium-${VERSION}`;

/** ZooKeeper keeps the root under two names and counts both (reference §5.3); tools compare with its figure. */
const ROOT_COUNTED_TWICE = 1;

/** What is served, in the words of ZooKeeper's peer state; without a leader a member is part of no ensemble. */
const PEER_STATES = {
  leader: 'leading - broadcast',
  follower: 'following - broadcast',
  observer: 'observing - broadcast',
  'read-only': undefined,
} as const;

/** What a member tells of itself: to four-letter words, to the admin endpoint. */
export class MemberReport {
  readonly #config: MemberConfig;
  readonly #member: Member;
  readonly #listener: () => ClientListener | undefined;
  readonly #clock: Clock;
  readonly #startedMs: number;
  /** What had come and gone when somebody reset the figures, of the member and of its connections. */
  #packetsBefore: { readonly received: number; readonly sent: number } = { received: 0, sent: 0 };
  readonly #before = new WeakMap<object, { readonly received: number; readonly sent: number }>();

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
    const { role, replica, localSessions, processor } = this.#member;
    if (role === 'looking') return undefined;
    const { latency } = processor.statistics;
    const { nodeCount, ephemeralCount, dataBytes } = replica.tree.totals;
    const { received, sent } = this.#packets;
    return {
      version: RELEASE,
      builtOn: undefined,
      mode: role,
      peerState: PEER_STATES[role],
      quorumSize: this.#config.voters.length,
      zxid: replica.appliedZxid,
      uptimeMs: this.#clock.wallMs() - this.#startedMs,
      latencyMs: { min: latency.minMs, average: latency.averageMs, max: latency.maxMs },
      received: received - this.#packetsBefore.received,
      sent: sent - this.#packetsBefore.sent,
      outstanding: processor.outstanding,
      connections: this.#connections(),
      sessionCount: replica.tree.sessions.size,
      localSessionCount: localSessions.size,
      nodeCount: nodeCount + ROOT_COUNTED_TWICE,
      ephemeralCount,
      watchCount: processor.watches.count,
      dataBytes,
      openFileDescriptors: countOpenFiles(),
      maxFileDescriptors: maxOpenFiles(),
      observedLeader: role === 'observer' ? this.#leader : undefined,
      leader: this.#leaderStatus,
      responseBytes: this.#listener()?.responseSizes ?? new SizeRange(),
      counters: this.#counters(),
      summaries: this.#summaries(),
      configuration: this.#configuration,
    };
  }

  /** `srst` */
  reset(): void {
    const { processor, replica } = this.#member;
    processor.statistics.reset();
    replica.proposalSizes.reset();
    this.#listener()?.responseSizes.reset();
    this.#packetsBefore = this.#packets;
  }

  /** `crst`: connections count from here on. */
  resetConnections(): void {
    for (const { connection, client } of this.#member.clients.attendances) {
      const { received, sent } = connection;
      this.#before.set(connection, { received, sent });
      client?.figures.reset();
    }
  }

  get #packets(): { readonly received: number; readonly sent: number } {
    const counters = this.#listener()?.counters;
    return { received: counters?.packetsReceived ?? 0, sent: counters?.packetsSent ?? 0 };
  }

  get #configuration(): ConfigurationStatus {
    const { config } = this.#member.replica;
    const { client, membership, tickTimeMs, zab } = this.#config;
    return {
      clientPort: client.port,
      dataDirectory: this.#config.dataDirectory,
      logDirectory: this.#config.dataDirectory,
      tickTimeMs,
      maxClientCnxns: client.maxConnectionsPerAddress,
      minSessionTimeoutMs: client.minSessionTimeoutMs,
      maxSessionTimeoutMs: client.maxSessionTimeoutMs,
      backlog: client.backlog,
      serverId: this.#config.id,
      ensemble: {
        isObserver: !this.#config.voters.includes(this.#config.id),
        initLimit: Math.round(zab.initTimeoutMs / tickTimeMs),
        syncLimit: Math.ceil(zab.heartbeatTimeoutMs / tickTimeMs),
        electionPort: membership.electionPort,
        quorumPort: membership.quorumPort,
        membership: config === '' ? [...membership.lines, 'version=0'].join('\n') : config,
      },
    };
  }

  get #leader(): number | undefined {
    const { role, host, clients } = this.#member;
    if (role === 'leader') return this.#config.id;
    return clients.isServing ? followerFigures(host.actors.get('follower'))?.leader : undefined;
  }

  /** The epoch that the member serves in; while it looks, that of the last txn it applied. */
  get #epoch(): number {
    const { role, host, replica, clients } = this.#member;
    const serving =
      role === 'leader'
        ? leaderFigures(host.actors.get('leader'))
        : clients.isServing
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
      syncedFollowers: figures.syncedFollowers,
      syncedNonVotingFollowers: figures.syncedNonVotingFollowers,
      syncedObservers: figures.syncedObservers,
      pendingSyncs: figures.unconfirmed,
      proposalBytes: this.#member.replica.proposalSizes,
    };
  }

  #counters(): (readonly [string, number])[] {
    const { checkpointer, links, metrics, processor, replica } = this.#member;
    const listener = this.#listener()?.counters;
    return [
      ['snapshot_count', checkpointer.count],
      ['link_resets', links.counters.resets],
      ['connection_rejected', (listener?.connectionRejected ?? 0) + metrics.throttledConnections],
      ['connection_drop_count', listener?.connectionDropCount ?? 0],
      ['large_requests_rejected', processor.rejectedRequests],
      ['sessionless_connections_expired', listener?.sessionlessConnectionsExpired ?? 0],
      ['bytes_received_count', listener?.bytesReceived ?? 0],
      ['response_bytes', listener?.bytesSent ?? 0],
      ['watch_bytes', processor.statistics.watchBytes],
      ['auth_failed_count', processor.statistics.authFailures],
      ['proposal_count', replica.proposalCount],
      ['stale_sessions_expired', replica.expiredSessions],
      // A member whose tree differs, or that finds itself broken otherwise, stops: whoever answers has counted none.
      ['digest_mismatches_count', 0],
      ['unrecoverable_error_count', 0],
      ...metrics.counters,
    ];
  }

  #summaries(): (readonly [string, SummaryFigures])[] {
    const { checkpointer, metrics, processor } = this.#member;
    const { reads, updates } = processor.statistics;
    const watched = processor.watches.figures;
    const summaries: (readonly [string, Summary])[] = [
      ['readlatency', reads],
      ['updatelatency', updates],
      ['snapshottime', checkpointer.durations],
      ['node_created_watch_count', watched.created],
      ['node_deleted_watch_count', watched.deleted],
      ['node_changed_watch_count', watched.dataChanged],
      ['node_children_watch_count', watched.childrenChanged],
      ...metrics.summaries,
    ];
    return summaries.map(([name, summary]) => [name, summary.figures] as const);
  }

  #connections(): ConnectionStatus[] {
    const list: ConnectionStatus[] = [];
    for (const { connection, client } of this.#member.clients.attendances) {
      const { remoteAddress, remotePort, reading, unsentBytes } = connection;
      const before = this.#before.get(connection);
      list.push({
        ...{ remoteAddress, remotePort, reading, unsentBytes },
        outstanding: client?.waiting ?? 0,
        received: connection.received - (before?.received ?? 0),
        sent: connection.sent - (before?.sent ?? 0),
        establishedMs: connection.openedMs,
        session: client === undefined ? undefined : sessionOf(client),
      });
    }
    return list;
  }
}

function sessionOf({ sessionId, timeoutMs, figures }: Client): SessionStatus {
  const { lastOperation, lastCxid, lastZxid, lastResponseMs, latencyMs } = figures;
  return { sessionId, timeoutMs, lastOperation, lastCxid, lastZxid, lastResponseMs, latencyMs };
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
