import { existsSync } from 'node:fs';
import { Ensemble } from '../ensemble.ts';
import { hasProgram } from '../nemesis/isolation.ts';
import { clear } from './clearing.ts';
import type { Step } from './step.ts';
import { type Transcript, World } from './world.ts';

/** What both services are told, so that they may be held against each other. */
const SETTINGS = {
  minSessionTimeout: 20_000,
  maxSessionTimeout: 200_000,
  'DigestAuthenticationProvider.superDigest': 'super:D/InIHSb7yEEbrWz8b9l71RjZJU=',
  '4lw.commands.whitelist': '*',
  maxClientCnxns: 0,
} as const;
const ZOOKEEPER_SETTINGS = { ...SETTINGS, extendedTypesEnabled: 'true' } as const;
/** Nothing is reaped while a script runs. */
const NEVER_MS = 2_000_000_000;
const DAY_MS = 86_400_000;
const VIVARIUM_SETTINGS = { ...SETTINGS, 'znode.container.checkIntervalMs': DAY_MS } as const;
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

  private constructor(zookeeper: Ensemble, vivarium: Ensemble, options: ServersOptions) {
    this.#zookeeper = zookeeper;
    this.#vivarium = vivarium;
    this.#options = options;
  }

  static async start(options: ServersOptions): Promise<Servers> {
    const [zookeeper, vivarium] = await Promise.all([
      Ensemble.start({
        service: 'zookeeper',
        members: 1,
        settings: ZOOKEEPER_SETTINGS,
        javaProperties: { 'znode.container.checkIntervalMs': NEVER_MS },
      }),
      Ensemble.start({
        service: 'vivarium',
        members: options.members,
        settings: VIVARIUM_SETTINGS,
      }),
    ]);
    return new Servers(zookeeper, vivarium, options);
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
        answersCheck: false,
      }),
      vivarium: new World({
        members: this.#vivarium.members,
        round,
        answerMs,
        answersCheck: true,
      }),
    };
  }

  /** Both trees as they were before any script. */
  async clear(): Promise<void> {
    await Promise.all(
      [this.#zookeeper, this.#vivarium].map(({ members }) => clear(members.slice(0, 1))),
    );
  }

  async stop(): Promise<void> {
    await Promise.all([this.#zookeeper.stop(), this.#vivarium.stop()]);
  }
}

/** The same step on both at the same time. */
export async function performBoth(worlds: Pair<World>, step: Step): Promise<Pair<Transcript>> {
  const [zookeeper, vivarium] = await Promise.all([
    worlds.zookeeper.perform(step),
    worlds.vivarium.perform(step),
  ]);
  return { zookeeper, vivarium };
}
