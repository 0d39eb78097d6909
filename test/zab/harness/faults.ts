import type { Ensemble } from './ensemble.ts';

/** Things that go wrong in one life of an ensemble, one after the other, and how they are put right. */
export class Faults {
  readonly #ensemble: Ensemble;
  readonly #frozen = new Set<number>();
  readonly #offline = new Set<number>();
  readonly log: string[] = [];

  constructor(ensemble: Ensemble) {
    this.#ensemble = ensemble;
  }

  /** One thing goes wrong, or is put right. */
  step(): void {
    const { random, voters, network, leader } = this.#ensemble;
    const member = leader !== undefined && random.chance(0.3) ? leader : random.pick(voters);
    const dice = random.next();
    if (dice < 0.3) this.#crashOrRestart(member);
    else if (dice < 0.45) this.#partition(member);
    else if (dice < 0.6) this.#tell('heal', () => network.heal());
    else if (dice < 0.7) this.#freezeOrThaw(member);
    else if (dice < 0.8) this.#disconnectOrReconnect(member);
    else if (dice < 0.9) this.#holdOrReleaseDisk(member);
    else this.#loseSome();
  }

  /** Everybody runs, everything passes. */
  repair(): void {
    const { network, voters } = this.#ensemble;
    network.heal();
    network.loses = () => false;
    for (const member of voters) {
      this.#ensemble.disk(member).release();
      if (this.#frozen.delete(member)) this.#ensemble.process(member).thaw();
      if (this.#offline.delete(member)) network.reconnect(member);
      if (!this.#ensemble.isRunning(member)) this.#ensemble.restart(member);
    }
    this.log.push(`${this.#ensemble.loop.nowMs} repair`);
  }

  #crashOrRestart(member: number): void {
    const { random } = this.#ensemble;
    if (!this.#ensemble.isRunning(member)) {
      this.#tell(`restart ${member}`, () => this.#ensemble.restart(member));
      return;
    }
    const survivors = { log: random.below(3), tree: random.below(3) };
    this.#frozen.delete(member);
    this.#offline.delete(member);
    this.#tell(`crash ${member}, survivors ${survivors.log} ${survivors.tree}`, () => {
      this.#ensemble.crash(member, survivors);
    });
  }

  #partition(alone: number): void {
    const { random, voters, network } = this.#ensemble;
    if (random.chance(0.3)) {
      const others = voters.filter((voter) => voter !== alone);
      this.#tell(`partition ${alone} | ${others}`, () => network.partition([alone], others));
      return;
    }
    const side = new Map(voters.map((voter) => [voter, random.chance(0.5)]));
    const one = voters.filter((voter) => side.get(voter) === true);
    const other = voters.filter((voter) => side.get(voter) !== true);
    if (random.chance(0.3)) {
      const from = random.pick(voters);
      const to = random.pick(voters);
      this.#tell(`cut ${from} to ${to}`, () => network.cut(from, to));
    } else this.#tell(`partition ${one} | ${other}`, () => network.partition(one, other));
  }

  #freezeOrThaw(member: number): void {
    if (!this.#ensemble.isRunning(member)) return;
    const process = this.#ensemble.process(member);
    if (this.#frozen.delete(member)) {
      this.#tell(`thaw ${member}`, () => process.thaw());
      return;
    }
    this.#frozen.add(member);
    this.#tell(`freeze ${member}`, () => process.freeze());
  }

  #disconnectOrReconnect(member: number): void {
    const { network } = this.#ensemble;
    if (!this.#ensemble.isRunning(member)) return;
    if (this.#offline.delete(member)) {
      this.#tell(`bus back for ${member}`, () => network.reconnect(member));
      return;
    }
    this.#offline.add(member);
    this.#tell(`bus away for ${member}`, () => network.disconnect(member));
  }

  #holdOrReleaseDisk(member: number): void {
    const disk = this.#ensemble.disk(member);
    if (disk.held.length > 0) this.#tell(`disk of ${member} goes on`, () => disk.release());
    else {
      this.#tell(`disk of ${member} hangs`, () => {
        disk.holds = () => true;
      });
    }
  }

  #loseSome(): void {
    const { random, network } = this.#ensemble;
    const share = random.pick([0, 0.01, 0.1]);
    this.#tell(`lose ${share} of all messages`, () => {
      network.loses = () => random.chance(share);
    });
  }

  #tell(what: string, act: () => void): void {
    this.log.push(`${this.#ensemble.loop.nowMs} ${what}`);
    act();
  }
}
