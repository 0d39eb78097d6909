import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Zxid } from '../machines/zab/zxid.ts';
import { leaderExpiry } from './actor-figures.ts';
import type { MemberConfig } from './config/member-config.ts';
import type { Member } from './member.ts';
import { type MemberReport, RELEASE } from './member-report.ts';
import type { Clock } from './ports.ts';
import type { MemberStatus } from './wire/member-status.ts';
import { environmentOf } from './word/environment.ts';
import type { DirectorySizes, SessionDump, WatchDump, WordSource } from './word/word-source.ts';

/** ZooKeeper's: client requests, sessions, warnings (reference §14.1). Nothing is traced by it here. */
const TRACE_MASK = 306n;
/** Where the storage keeps the log; everything beside it is the tree. */
const LOG_DIRECTORY = 'log';

/** What a member tells by four-letter words beyond its report. */
export class MemberWords implements WordSource {
  readonly version = RELEASE;
  traceMask = TRACE_MASK;
  readonly #config: MemberConfig;
  readonly #member: Member;
  readonly #report: MemberReport;
  readonly #clock: Clock;

  constructor(config: MemberConfig, member: Member, report: MemberReport, clock: Clock) {
    this.#config = config;
    this.#member = member;
    this.#report = report;
    this.#clock = clock;
  }

  get status(): MemberStatus | undefined {
    return this.#report.status;
  }

  sessions(): SessionDump {
    const { role, host, replica, clients, localSessions } = this.#member;
    const { sessions } = replica.tree;
    const ahead = this.#clock.wallMs() - this.#clock.now();
    const expiry = role === 'leader' ? leaderExpiry(host.actors.get('leader')) : undefined;
    const local = localSessions.areThere ? localSessions.expiry : undefined;
    const all = [...sessions];
    return {
      expiry: expiry?.map(({ timeMs, sessionIds }) => ({ wallMs: ahead + timeMs, sessionIds })),
      local: local?.map(([timeMs, sessionIds]) => ({ wallMs: ahead + timeMs, sessionIds })),
      sessions: all.map(([sessionId, { timeoutMs }]) => ({ sessionId, timeoutMs })),
      ephemerals: all.flatMap(([sessionId, { ephemerals }]) =>
        ephemerals.size === 0 ? [] : [{ sessionId, paths: [...ephemerals] }],
      ),
      connections: [...clients.attendances].map(({ connection, client }) => ({
        wallMs: this.#endOfSilence(client?.timeoutMs),
        remoteAddress: connection.remoteAddress,
        remotePort: connection.remotePort,
        sessionId: client?.sessionId ?? 0,
      })),
    };
  }

  watches(): WatchDump {
    const { data } = this.#member.processor.watches;
    return {
      connections: data.watcherCount,
      paths: data.pathCount,
      total: data.count,
      *bySession() {
        for (const [client, paths] of data.watchers()) yield [client.sessionId, paths] as const;
      },
      *byPath() {
        for (const [watched, clients] of data.paths()) {
          yield [watched, [...clients.keys()].map(({ sessionId }) => sessionId)] as const;
        }
      },
    };
  }

  digests(): Iterable<readonly [zxid: Zxid, digest: number]> {
    return this.#member.replica.digestLog;
  }

  sizes(): DirectorySizes {
    const directory = this.#config.dataDirectory;
    const logBytes = bytesOf(path.join(directory, LOG_DIRECTORY));
    return { dataBytes: bytesOf(directory) - logBytes, logBytes };
  }

  environment(): readonly (readonly [key: string, value: string])[] {
    return environmentOf(this.version);
  }

  resetServer(): void {
    this.#report.reset();
  }

  resetConnections(): void {
    this.#report.resetConnections();
  }

  /** Rounded up to whole ticks, as ZooKeeper's buckets are: connections of one time stand together. */
  #endOfSilence(timeoutMs: number | undefined): number {
    const { tickTimeMs, client } = this.#config;
    const endMs = this.#clock.wallMs() + (timeoutMs ?? client.handshakeTimeoutMs);
    return Math.ceil(endMs / tickTimeMs) * tickTimeMs;
  }
}

/** All files below. What goes away while they are counted does not count. */
function bytesOf(directory: string): number {
  let bytes = 0;
  try {
    for (const entry of readdirSync(directory, { withFileTypes: true })) {
      const file = path.join(directory, entry.name);
      bytes += entry.isDirectory() ? bytesOf(file) : statSync(file).size;
    }
  } catch {
    return bytes;
  }
  return bytes;
}
