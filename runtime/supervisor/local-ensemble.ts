import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { formatHostPort, type HostPort, isWildcardHost } from '../config/address.ts';
import type { MemberConfig } from '../config/member-config.ts';
import { ExitCode, type UserError, userError } from '../errors.ts';
import { claimDirectory, type DirectoryClaim } from './directory-claim.ts';
import { writeEnsembleRecord } from './ensemble-record.ts';
import { clearLeftovers } from './leftovers.ts';
import { requireFreePort } from './loopback-port.ts';
import { provideNatsServer } from './nats-binary.ts';
import { natsReady, planNatsServers } from './nats-cluster.ts';
import { askHealth } from './serving.ts';
import { type ProcessEnd, type ProcessHooks, SupervisedProcess } from './supervised-process.ts';

export interface EnsembleOptions {
  /** Absolute; member i works in `directory`/i. */
  readonly directory: string;
  readonly members: readonly MemberConfig[];
  /** Command and arguments that run a member; the NATS addresses of own servers are given to it. */
  memberCommand(member: MemberConfig, natsServers: readonly string[]): readonly string[];
  /** `undefined`: attach to the NATS servers of the members' settings. */
  readonly ownNats:
    | { readonly servers: number; readonly firstPort: number | undefined }
    | undefined;
  readonly restart: boolean;
}

/** Where the ensemble's words go. */
export interface EnsembleOutput {
  readonly logger: Logger;
  /** A line that a process wrote. */
  line(name: string, line: string): void;
  /** The ensemble serves on these addresses, separated by commas; said once. */
  serving(connectionString: string): void;
}

/** How long the ports of processes that were just killed may stay taken. */
const DYING_MS = 3000;
const NATS_READY_MS = 10_000;
const HEALTH_INTERVAL_MS = 50;
const HEALTH_TIMEOUT_MS = 1000;
const PROGRESS_MS = 2000;
/** From then on a majority is enough to call it serving: a member that cannot start does not silence the rest. */
const PATIENCE_MS = 10_000;
const MEMBER_GRACE_MS = 5000;
const NATS_GRACE_MS = 2000;

/** An ensemble whose processes all run on this machine and belong to this one. */
export class LocalEnsemble {
  readonly #options: EnsembleOptions;
  readonly #output: EnsembleOutput;
  readonly #nats: SupervisedProcess[] = [];
  readonly #members: SupervisedProcess[] = [];
  #claim: DirectoryClaim | undefined;
  #stopping = false;
  #announced = false;
  #fail: (error: UserError) => void = () => {};

  constructor(options: EnsembleOptions, output: EnsembleOutput) {
    this.#options = options;
    this.#output = output;
  }

  /** Starts everything and watches over it. Never resolves; rejects with a UserError when it cannot go on. */
  async run(): Promise<never> {
    const failed = new Promise<never>((_, reject) => {
      this.#fail = reject;
    });
    failed.catch(() => {});
    const { directory, members } = this.#options;
    this.#claim = claimDirectory(directory);
    const patienceMs = (await clearLeftovers(directory)) ? DYING_MS : 0;
    await this.#requireFreePorts(patienceMs);
    const ensemble = members[0]?.ensemble ?? '';
    const observers = this.#observers.length;
    writeEnsembleRecord(directory, { members: members.length - observers, observers, ensemble });
    const natsServers = await Promise.race([this.#startNats(patienceMs), failed]);
    for (const member of members) this.#startMember(member, natsServers);
    await Promise.race([this.#announceServing(), failed]);
    return await failed;
  }

  /** Ends every process, members first so that they can say goodbye on the bus. Bounded in time. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await Promise.all(this.#members.map((member) => member.stop(MEMBER_GRACE_MS)));
    await Promise.all(this.#nats.map((server) => server.stop(NATS_GRACE_MS)));
    this.#claim?.release();
  }

  /** Ends every process at once. */
  kill(): void {
    for (const supervised of [...this.#members, ...this.#nats]) supervised.kill();
  }

  async #requireFreePorts(patienceMs: number): Promise<void> {
    for (const { client, admin } of this.#options.members) {
      await requireFreePort(client.host, client.port, '--client-port', patienceMs);
      if (admin === undefined) continue;
      await requireFreePort(admin.host, admin.port, '--admin-port', patienceMs);
    }
  }

  async #startNats(patienceMs: number): Promise<readonly string[]> {
    const { ownNats, directory, members } = this.#options;
    if (ownNats === undefined) return members[0]?.nats.servers ?? [];
    const binary = provideNatsServer((sentence) => this.#output.logger.info(sentence));
    const reserved = new Set(
      members.flatMap((member) => [member.client.port, member.admin?.port ?? 0]),
    );
    const { servers, firstPort } = ownNats;
    if (firstPort !== undefined) {
      for (let index = 0; index < servers; index++) {
        await requireFreePort('127.0.0.1', firstPort + index, '--nats-port', patienceMs);
      }
    }
    const plans = await planNatsServers(binary, directory, servers, firstPort, reserved);
    const hooks = this.#hooks((name, end) => this.#natsEnded(name, end));
    for (const plan of plans) this.#launch(new SupervisedProcess(plan, hooks), this.#nats);
    await Promise.all(
      plans.map((plan, index) =>
        natsReady(plan, () => this.#nats[index]?.kept === true, NATS_READY_MS),
      ),
    );
    return plans.map((plan) => plan.url);
  }

  #startMember(member: MemberConfig, natsServers: readonly string[]): void {
    const [command = '', ...args] = this.#options.memberCommand(member, natsServers);
    const pidFile = path.join(member.dataDirectory, 'pid');
    const plan = { name: `member-${member.id}`, command, args, pidFile };
    const hooks = this.#hooks((name, end) => this.#memberEnded(name, member, end));
    this.#launch(new SupervisedProcess(plan, hooks), this.#members);
  }

  #launch(supervised: SupervisedProcess, among: SupervisedProcess[]): void {
    if (this.#stopping) return;
    among.push(supervised);
    supervised.start();
  }

  #hooks(ended: ProcessHooks['ended']): ProcessHooks {
    return {
      ended,
      line: (name, line) => this.#output.line(name, line),
      restarting: (name, delayMs) =>
        this.#output.logger.info(`${name} is started again in ${delayMs} ms.`),
    };
  }

  #natsEnded(name: string, end: ProcessEnd): 'restart' | 'leave' {
    return this.#reportEnd(name, end);
  }

  #memberEnded(name: string, member: MemberConfig, end: ProcessEnd): 'restart' | 'leave' {
    const answer = this.#reportEnd(name, end);
    if (!this.#announced && end.exitCode === ExitCode.configuration) {
      this.#fail(userError.memberRefused(member.id));
      return 'leave';
    }
    // The one that ended is no longer kept; with the others gone too there is nothing left to watch.
    if (answer === 'leave' && this.#members.every((other) => !other.kept)) {
      this.#fail(
        userError.memberStopped(
          'All members have ended, and --no-restart forbids to start them again.',
          'Start the ensemble again with the same command: it goes on with its data.',
        ),
      );
    }
    return answer;
  }

  #reportEnd(name: string, end: ProcessEnd): 'restart' | 'leave' {
    const seconds = (end.uptimeMs / 1000).toFixed(1);
    const { restart } = this.#options;
    this.#output.logger.warn(
      `${name} ${end.description} after ${seconds} s${restart ? '' : '; --no-restart leaves it so'}.`,
    );
    return restart ? 'restart' : 'leave';
  }

  /** Waits until every member serves, and says so. Says what it waits for when that takes long. */
  async #announceServing(): Promise<void> {
    const startedMs = performance.now();
    let nextProgressMs = startedMs + PROGRESS_MS;
    while (!this.#stopping) {
      const missing = await this.#membersNotServing(this.#options.members);
      if (this.#stopping) return;
      const nowMs = performance.now();
      if (missing.length === 0 || (nowMs > startedMs + PATIENCE_MS && (await this.#isMajority()))) {
        if (missing.length > 0) {
          this.#output.logger.warn(`The ensemble serves without ${missing.join(', ')}.`);
        }
        this.#announced = true;
        this.#output.serving(this.#connectionString());
        return;
      }
      if (nowMs > nextProgressMs) {
        nextProgressMs = nowMs + PROGRESS_MS;
        this.#output.logger.info(`Still waiting for ${missing.join(', ')}.`);
      }
      await delay(HEALTH_INTERVAL_MS);
    }
  }

  get #observers(): readonly MemberConfig[] {
    return this.#options.members.filter(({ id, voters }) => !voters.includes(id));
  }

  async #isMajority(): Promise<boolean> {
    const voters = this.#options.members.filter((member) => !this.#observers.includes(member));
    return (await this.#membersNotServing(voters)).length < voters.length / 2;
  }

  async #membersNotServing(members: readonly MemberConfig[]): Promise<string[]> {
    const answers = await Promise.all(
      members.map(async (member) => {
        if (member.admin === undefined) return '';
        const health = await askHealth(reachable(member.admin), HEALTH_TIMEOUT_MS);
        return health?.serving === true
          ? ''
          : `member ${member.id} (${health?.mode ?? 'no answer yet'})`;
      }),
    );
    return answers.filter((answer) => answer !== '');
  }

  #connectionString(): string {
    return this.#options.members
      .map((member) => formatHostPort(reachable(member.client)))
      .join(',');
  }
}

/** Where this machine itself reaches a listening address. */
function reachable(address: HostPort): HostPort {
  return isWildcardHost(address.host)
    ? { host: address.host === '::' ? '::1' : '127.0.0.1', port: address.port }
    : { host: address.host, port: address.port };
}
