import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Srvr, srvr } from './ensemble/four-letter-word.ts';
import { freePorts } from './ensemble/free-port.ts';
import { ManagedProcess } from './ensemble/managed-process.ts';
import type { CatchUp, EnsembleOptions, Place, Service, Site } from './ensemble/service.ts';
import { vivarium } from './ensemble/vivarium.ts';
import { eventually } from './ensemble/wait.ts';
import { zookeeper } from './interop/zookeeper-ensemble.ts';

/** A member as tests see it: a process, an address, a directory. */
export class Member implements Place {
  readonly id: number;
  readonly host: string;
  readonly port: number;
  readonly votes: boolean;
  readonly dataDir: string;
  readonly process: ManagedProcess;

  constructor(place: Place, process: ManagedProcess) {
    this.id = place.id;
    this.host = place.host;
    this.port = place.port;
    this.votes = place.votes;
    this.dataDir = place.dataDir;
    this.process = process;
  }

  srvr(): Promise<Srvr | undefined> {
    return srvr(this);
  }

  /** Deletes what a stopped member kept. */
  wipe(): void {
    if (this.process.alive) throw new Error(`member ${this.id} runs`);
    rmSync(this.dataDir, { recursive: true, force: true });
  }
}

/** A real ensemble on free loopback ports in a temporary directory. Nothing restarts a member but the test. */
export class Ensemble {
  readonly kind: 'vivarium' | 'zookeeper';
  readonly members: readonly Member[];
  readonly bus: readonly ManagedProcess[];
  readonly directory: string;
  readonly #service: Service;

  private constructor(service: Service, site: Site) {
    this.kind = service.kind;
    this.#service = service;
    this.bus = service.bus;
    this.directory = site.directory;
    this.members = site.places.map((place) => {
      const log = join(site.directory, `member-${place.id}.log`);
      const command = service.memberCommand(place);
      return new Member(place, new ManagedProcess(`member ${place.id}`, command, log));
    });
  }

  /** Starts the ensemble and waits until every member serves. */
  static async start(options: EnsembleOptions = {}): Promise<Ensemble> {
    const ensemble = await Ensemble.layOut(options);
    try {
      await ensemble.startAll(options.serveMs);
      return ensemble;
    } catch (error) {
      const logs = ensemble.members.map((member) => member.process.log().slice(-2000)).join('\n');
      await ensemble.stop();
      throw new Error(`the ensemble does not serve:\n${logs}`, { cause: error });
    }
  }

  /** Everything but the processes. */
  static async layOut(options: EnsembleOptions): Promise<Ensemble> {
    const directory = mkdtempSync(join(tmpdir(), 'ensemble-'));
    const voters = options.members ?? 3;
    const count = voters + (options.observers ?? 0);
    const base = await freePorts(count);
    const places = Array.from({ length: count }, (_, index) => ({
      id: index + 1,
      host: '127.0.0.1',
      port: base + index,
      votes: index < voters,
      dataDir: join(directory, String(index + 1)),
    }));
    const kind = options.service ?? serviceUnderTest();
    const site = { directory, places, options };
    return new Ensemble(kind === 'vivarium' ? await vivarium(site) : await zookeeper(site), site);
  }

  get connectString(): string {
    return this.members.map((member) => `${member.host}:${member.port}`).join(',');
  }

  member(id: number): Member {
    const member = this.members.find((candidate) => candidate.id === id);
    if (member === undefined) throw new RangeError(`no member ${id}`);
    return member;
  }

  async startAll(withinMs = 60_000): Promise<void> {
    for (const server of this.bus) if (!server.alive) server.start();
    for (const member of this.members) if (!member.process.alive) member.process.start();
    await this.serving(this.members, withinMs);
  }

  /** Waits until these members serve under one leader. */
  async serving(members: readonly Member[] = this.members, withinMs = 60_000): Promise<void> {
    await eventually('one leader and the rest following', withinMs, async () => {
      const modes = await Promise.all(members.map(async (member) => (await member.srvr())?.mode));
      if (modes.includes(undefined)) return undefined;
      const leaders = modes.filter((mode) => mode === 'leader' || mode === 'standalone').length;
      return leaders === 1 || members.length < this.members.length ? true : undefined;
    });
  }

  /** The member that leads, once there is exactly one. */
  leader(withinMs = 60_000): Promise<Member> {
    return eventually('a leader', withinMs, async () => {
      const leaders: Member[] = [];
      for (const member of this.members) {
        if ((await member.srvr())?.mode === 'leader') leaders.push(member);
      }
      return leaders.length === 1 ? leaders[0] : undefined;
    });
  }

  /** The members that do not lead, by id. */
  async followers(): Promise<Member[]> {
    const leader = await this.leader();
    return this.members.filter((member) => member !== leader);
  }

  /** Waits until all members report the same last zxid: nothing is on its way any more. */
  settled(members: readonly Member[] = this.members, withinMs = 30_000): Promise<number> {
    return eventually('the same zxid on every member', withinMs, async () => {
      const zxids = await Promise.all(members.map(async (member) => (await member.srvr())?.zxid));
      const [first] = zxids;
      return first !== undefined && zxids.every((zxid) => zxid === first) ? first : undefined;
    });
  }

  /** How this member caught up with a leader, over all its lives, oldest first. */
  catchUps(member: Member): CatchUp[] {
    return this.#service.catchUps(member.process.log());
  }

  /** Ends every process at once, without warning. */
  async killAll(): Promise<void> {
    const everything = [...this.bus, ...this.members.map((member) => member.process)];
    for (const one of everything) one.signal('SIGKILL');
    await Promise.all(everything.map((one) => one.ended()));
  }

  /** Ends everything and deletes the directory; KEEP=1 leaves it, with the members' logs. */
  async stop(): Promise<void> {
    await this.killAll();
    if (process.env.KEEP !== '1') rmSync(this.directory, { recursive: true, force: true });
  }
}

/** ENSEMBLE=zookeeper proves a test against Apache ZooKeeper from Debian's packages. */
export function serviceUnderTest(): 'vivarium' | 'zookeeper' {
  return process.env.ENSEMBLE === 'zookeeper' ? 'zookeeper' : 'vivarium';
}
