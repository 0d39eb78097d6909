import { existsSync } from 'node:fs';
import { Ensemble } from '../ensemble.ts';
import { hasProgram } from '../nemesis/isolation.ts';
import { clear } from './clearing.ts';
import type { Step } from './step.ts';
import { type Transcript, World } from './world.ts';

/** Nothing is reaped while a script runs. */
const NEVER_MS = 86_400_000;
/** What both services are told, so that they may be held against each other. */
const SETTINGS = {
  // No session expires while a script runs, however busy the machine is.
  minSessionTimeout: 600_000,
  maxSessionTimeout: 3_600_000,
  'DigestAuthenticationProvider.superDigest': 'super:D/InIHSb7yEEbrWz8b9l71RjZJU=',
  '4lw.commands.whitelist': '*',
  maxClientCnxns: 0,
  extendedTypesEnabled: 'true',
  enforceQuota: 'true',
} as const;
const VIVARIUM_SETTINGS = {
  ...SETTINGS,
  'znode.container.checkIntervalMs': NEVER_MS,
} as const;
const LOG_CHARACTERS = 4000;
const ZOOKEEPER_JAR = '/usr/share/java/zookeeper.jar';

/** Why there is nothing to compare with on this machine, in a sentence. */
export function whyNot(): string | undefined {
  if (!existsSync(ZOOKEEPER_JAR) || !hasProgram('java')) {
    return 'ZooKeeper is not installed here: ops/interop.sh installs it on Debian.';
  }
  return hasProgram('nats-server')
    ? undefined
    : 'There is no nats-server on the PATH: ops/interop.sh installs it on Debian.';
}

export interface ServersOptions {
  /** Of Vivarium; ZooKeeper has one. */
  readonly members: number;
  readonly answerMs: number;
}

/** Two transcripts of the same step. */
export interface Pair<T> {
  readonly zookeeper: T;
  readonly vivarium: T;
}

/** One ZooKeeper and one Vivarium, started once for many scripts. */
export class Servers {
  readonly #zookeeper: Ensemble;
  readonly #vivarium: Ensemble;
  readonly #options: ServersOptions;
  /** Once for all scripts: each that waited for it by itself would read the log. */
  readonly #ended: Promise<never>;

  private constructor(zookeeper: Ensemble, vivarium: Ensemble, options: ServersOptions) {
    this.#zookeeper = zookeeper;
    this.#vivarium = vivarium;
    this.#options = options;
    this.#ended = firstEnd([zookeeper, vivarium]);
    // Whoever waits for it is told; and when nobody does, both are being stopped.
    this.#ended.catch(() => undefined);
  }

  static async start(options: ServersOptions): Promise<Servers> {
    const started = await Promise.allSettled([
      Ensemble.start({
        service: 'zookeeper',
        members: 1,
        settings: SETTINGS,
        javaProperties: { 'znode.container.checkIntervalMs': NEVER_MS },
      }),
      Ensemble.start({
        service: 'vivarium',
        members: options.members,
        settings: VIVARIUM_SETTINGS,
      }),
    ]);
    const [zookeeper, vivarium] = started;
    if (zookeeper.status === 'fulfilled' && vivarium.status === 'fulfilled') {
      return new Servers(zookeeper.value, vivarium.value, options);
    }
    for (const one of started) if (one.status === 'fulfilled') await one.value.stop();
    const reasons = started.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
    throw new AggregateError(reasons, reasons.map(String).join('\n'));
  }

  /** Two worlds without a session, for one script. */
  worlds(): Pair<World> {
    const { members, answerMs } = this.#options;
    const round = members > 1 ? 'sync' : 'ping';
    return {
      zookeeper: new World({
        members: this.#zookeeper.members,
        round,
        answerMs,
        mayLoseCheck: true,
      }),
      vivarium: new World({
        members: this.#vivarium.members,
        round,
        answerMs,
        mayLoseCheck: false,
      }),
    };
  }

  /** Both trees as they were before any script. Rejects when a server has ended. */
  async clear(): Promise<void> {
    const both = [this.#zookeeper, this.#vivarium];
    const cleared = both.map(({ members }) => clear(members.slice(0, 1)));
    await Promise.race([Promise.all(cleared), this.#ended]);
  }

  /** How long ZooKeeper's log is by now, in bytes. */
  get logLength(): number {
    return this.#zookeeper.members[0]?.process.logLength ?? 0;
  }

  /** What ZooKeeper has written to its log since then. */
  logSince(bytes: number): string {
    const log = this.#zookeeper.members[0]?.process.log(bytes) ?? '';
    return log.slice(-LOG_CHARACTERS);
  }

  async stop(): Promise<void> {
    await Promise.all([this.#zookeeper.stop(), this.#vivarium.stop()]);
  }
}

/** Rejects when a member has ended. */
function firstEnd(both: readonly Ensemble[]): Promise<never> {
  return Promise.race(
    both.flatMap(({ kind, members }) =>
      members.map(async ({ process }) => {
        await process.ended();
        const from = Math.max(0, process.logLength - LOG_CHARACTERS);
        throw new Error(`a member of ${kind} has ended:\n${process.log(from)}`);
      }),
    ),
  );
}

/** The same step on both at the same time. */
export async function performBoth(worlds: Pair<World>, step: Step): Promise<Pair<Transcript>> {
  const [zookeeper, vivarium] = await Promise.all([
    worlds.zookeeper.perform(step),
    worlds.vivarium.perform(step),
  ]);
  return { zookeeper, vivarium };
}
