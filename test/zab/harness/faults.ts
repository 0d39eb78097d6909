import type { Ensemble } from '../../sim/world/ensemble.ts';

/** Something that has gone wrong, and how it is put right. */
interface Fault {
  readonly what: string;
  /** The member that it happens to, where it is one: while that one is down it cannot be put right. */
  readonly member?: number;
  readonly repair: () => void;
}

const SHARES_LOST = [0.01, 0.1, 0.4];

/** What goes wrong in one life of an ensemble, one thing after the other, and is put right again. */
export class Faults {
  readonly #ensemble: Ensemble;
  #faults: Fault[] = [];
  readonly log: string[] = [];

  constructor(ensemble: Ensemble) {
    this.#ensemble = ensemble;
  }

  /** One more thing goes wrong, or one that went wrong is put right: the more there are, the rather. */
  step(): void {
    const { random, voters, leader } = this.#ensemble;
    if (random.chance(this.#faults.length / (this.#faults.length + 1.5))) {
      this.#repair(random.pick(this.#faults));
      return;
    }
    const member = leader !== undefined && random.chance(0.3) ? leader : random.pick(voters);
    if (!this.#ensemble.isRunning(member)) return;
    const kinds = [
      () => this.#crash(member),
      () => this.#crash(member),
      () => this.#isolate(member),
      () => this.#partition(),
      () => this.#freeze(member),
      () => this.#disconnect(member),
      () => this.#hangDisk(member),
      () => this.#hangDisk(member),
      () => this.#loseSome(),
    ];
    random.pick(kinds)();
  }

  /** Everybody runs, everything passes. */
  repairAll(): void {
    for (const fault of [...this.#faults]) this.#repair(fault);
  }

  #crash(member: number): void {
    const { random } = this.#ensemble;
    const survivors = { log: random.below(3), tree: random.below(3) };
    // With the process goes whatever else was wrong with it.
    for (const fault of this.#faults.filter((one) => one.member === member)) this.#repair(fault);
    this.#begin({
      what: `crash of ${member}, survivors ${survivors.log} ${survivors.tree}`,
      repair: () => this.#ensemble.restart(member),
    });
    this.#ensemble.crash(member, survivors);
  }

  #isolate(member: number): void {
    const { random, voters, network } = this.#ensemble;
    const others = voters.filter((voter) => voter !== member);
    const hears = random.chance(0.3);
    const speaks = !hears && random.chance(0.3);
    this.#begin({
      what: `${member} is cut off${hears ? ', and hears' : ''}${speaks ? ', and speaks' : ''}`,
      repair: () => network.heal(),
    });
    for (const other of others) {
      if (!speaks) network.cut(member, other);
      if (!hears) network.cut(other, member);
    }
  }

  #partition(): void {
    const { random, voters, network } = this.#ensemble;
    const side = new Map(voters.map((voter) => [voter, random.chance(0.5)]));
    const one = voters.filter((voter) => side.get(voter) === true);
    const other = voters.filter((voter) => side.get(voter) !== true);
    this.#begin({ what: `partition ${one} | ${other}`, repair: () => network.heal() });
    network.partition(one, other);
  }

  #freeze(member: number): void {
    const process = this.#ensemble.process(member);
    if (process.isFrozen) return;
    this.#begin({ what: `${member} is frozen`, member, repair: () => process.thaw() });
    process.freeze();
  }

  #disconnect(member: number): void {
    const { network } = this.#ensemble;
    this.#begin({
      what: `${member} has lost the bus`,
      member,
      repair: () => network.reconnect(member),
    });
    network.disconnect(member);
  }

  #hangDisk(member: number): void {
    const disk = this.#ensemble.disk(member);
    this.#begin({ what: `the disk of ${member} hangs`, member, repair: () => disk.release() });
    disk.holds = () => true;
  }

  #loseSome(): void {
    const { random, network } = this.#ensemble;
    const share = random.pick(SHARES_LOST);
    const types = random.chance(0.3) ? new Set(['VOTE']) : undefined;
    this.#begin({
      what: `${share} of all ${types === undefined ? 'messages' : 'votes'} are lost`,
      repair: () => {
        network.loses = () => false;
      },
    });
    network.loses = ({ message }) => types?.has(message.type) !== false && random.chance(share);
  }

  #begin(fault: Fault): void {
    this.log.push(`${this.#ensemble.loop.nowMs} ${fault.what}`);
    this.#faults.push(fault);
  }

  #repair(fault: Fault): void {
    this.log.push(`${this.#ensemble.loop.nowMs} over: ${fault.what}`);
    this.#faults = this.#faults.filter((one) => one !== fault);
    fault.repair();
  }
}
