import { setTimeout as sleep } from 'node:timers/promises';
import { residentMb } from '../ensemble/resident-memory.ts';
import { Ensemble, type Member } from '../ensemble.ts';
import { Attacker } from './attacker.ts';
import { Keeper, SUPER_DIGEST } from './keeper.ts';
import { Victim } from './victim.ts';

export interface CampaignOptions {
  readonly seed: number;
  /** Mutated frames that must have been taken in. */
  readonly frames: number;
  readonly members: number;
  /** Connections at a time. */
  readonly attackers: number;
  /** Number of the first connection: one that failed can be repeated alone. */
  readonly firstConnection: number;
  /** Told now and then, and at the end. */
  readonly progress?: (soFar: Tally) => void;
}

export interface Tally {
  frames: number;
  connections: number;
  /** Connections in which the lengths between the frames were damaged as well; their frames do not count. */
  torn: number;
  endedByMember: number;
  events: number;
  removedNodes: number;
  victimChecks: number;
}

export interface CampaignReport extends Tally {
  readonly seconds: number;
  /** Resident MB of each member: before the first attack, after a fifth of them, at the end. */
  readonly memoryMb: Readonly<Record<'before' | 'early' | 'after', readonly number[]>>;
  /** What went wrong; empty where nothing did. */
  readonly violations: readonly string[];
}

/** Between two looks after victim and tree. */
const ROUND_MS = 2000;
/** What the heap of a runtime that collects when it likes may take beyond an early figure. */
const GROWTH_MB = 256;
const EARLY_SHARE = 0.2;

/** Attacks a real ensemble while a victim goes on with its work beside. */
export async function campaign(options: CampaignOptions): Promise<CampaignReport> {
  const ensemble = await Ensemble.start({
    members: options.members,
    settings: {
      'DigestAuthenticationProvider.superDigest': SUPER_DIGEST,
      '4lw.commands.whitelist': 'srvr,ruok',
      tickTime: 1000,
      maxSessionTimeout: 10_000,
    },
  });
  try {
    return await new Campaign(options, ensemble).run();
  } finally {
    await ensemble.stop();
  }
}

class Campaign {
  readonly #options: CampaignOptions;
  readonly #ensemble: Ensemble;
  readonly #violations: string[] = [];
  readonly #pids: readonly (number | undefined)[];
  readonly #tally: Tally = {
    frames: 0,
    connections: 0,
    torn: 0,
    endedByMember: 0,
    events: 0,
    removedNodes: 0,
    victimChecks: 0,
  };
  #next: number;
  #early: readonly number[] | undefined;

  constructor(options: CampaignOptions, ensemble: Ensemble) {
    this.#options = options;
    this.#ensemble = ensemble;
    this.#next = options.firstConnection;
    this.#pids = ensemble.members.map((member) => member.process.pid);
  }

  async run(): Promise<CampaignReport> {
    const { members } = this.#ensemble;
    const victim = await Victim.start(members, `secret-of-the-victim-${this.#options.seed}-93f1c4`);
    const keeper = await Keeper.start(members);
    const before = this.#memory();
    const started = performance.now();
    await keeper.tidy();
    const lanes = Array.from({ length: this.#options.attackers }, () => this.#lane(victim.secret));
    const over = Promise.all(lanes).then(() => true);
    for (let isOver = false; !isOver; ) {
      isOver = await Promise.race([over, sleep(ROUND_MS, false)]);
      await this.#look(victim, keeper);
      if (this.#isOver) await over;
    }
    const seconds = (performance.now() - started) / 1000;
    const after = this.#memory();
    const early = this.#early ?? after;
    this.#judgeMemory(early, after);
    await victim.end();
    await keeper.end();
    const memoryMb = { before, early, after };
    return { ...this.#tally, seconds, memoryMb, violations: this.#violations };
  }

  get #isOver(): boolean {
    return this.#tally.frames >= this.#options.frames || this.#violations.length > 0;
  }

  async #lane(secret: Buffer): Promise<void> {
    while (!this.#isOver) {
      const connection = this.#next;
      this.#next += 1;
      try {
        const target = this.#target(connection);
        const attack = await Attacker.attack(this.#options.seed, connection, target, secret);
        this.#tally.connections += 1;
        this.#tally.frames += attack.frames;
        this.#tally.events += attack.events;
        if (attack.isTorn) this.#tally.torn += 1;
        if (attack.endedByMember) this.#tally.endedByMember += 1;
      } catch (error) {
        this.#violate(`connection ${connection}: ${textOf(error)}`);
      }
    }
  }

  /** The same member for the same connection, however many there are at a time. */
  #target(connection: number): Member {
    const { members } = this.#ensemble;
    const member = members[connection % members.length];
    if (member === undefined) throw new RangeError('an ensemble without members');
    return member;
  }

  async #look(victim: Victim, keeper: Keeper): Promise<void> {
    try {
      await victim.check();
      this.#tally.victimChecks += 1;
      this.#tally.removedNodes += await keeper.tidy();
    } catch (error) {
      this.#violate(`beside the attacks: ${textOf(error)}`);
    }
    for (const [index, member] of this.#ensemble.members.entries()) {
      if (member.process.pid !== this.#pids[index]) {
        const line = member.process.log().trimEnd().split('\n').at(-1);
        this.#violate(`member ${member.id} stopped: ${line}`);
      }
    }
    if (this.#tally.frames >= EARLY_SHARE * this.#options.frames) this.#early ??= this.#memory();
    this.#options.progress?.(this.#tally);
  }

  #memory(): number[] {
    return this.#pids.map((pid) => residentMb(pid) ?? 0);
  }

  #judgeMemory(early: readonly number[], after: readonly number[]): void {
    for (const [index, mb] of after.entries()) {
      const grown = mb - (early[index] ?? 0);
      if (grown > GROWTH_MB) this.#violate(`member ${index + 1} grew by ${grown} MB`);
    }
  }

  #violate(what: string): void {
    this.#violations.push(what);
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
