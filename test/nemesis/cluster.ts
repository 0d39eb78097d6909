import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { NODE_OPTIONS } from '../../runtime/cli/member-program.ts';
import { type Srvr, srvr } from '../ensemble/four-letter-word.ts';
import { freePorts } from '../ensemble/free-port.ts';
import { type Command, ManagedProcess } from '../ensemble/managed-process.ts';
import { eventually } from '../ensemble/wait.ts';
import type { Network } from './network.ts';
import type { Target } from './recording-connection.ts';

const NATS_SERVERS = 3;
const SERVING_MS = 60_000;
const ENDS_MAX = 5;

/** Where the processes of one machine listen. */
interface Machine {
  readonly id: number;
  /** Whether its member does. */
  readonly votes: boolean;
  readonly clients: { readonly host: string; readonly port: number };
  readonly bus: { readonly host: string; readonly port: number; readonly routePort: number };
}

type Place = Omit<Machine, 'votes'>;

export interface ClusterPlan {
  readonly directory: string;
  /** Those that vote. */
  readonly voters: number;
  readonly observers: number;
  /** The members' program, compiled. */
  readonly program: string;
  /** Settings under zoo.cfg's keys, for every member. */
  readonly settings: Readonly<Record<string, string | number>>;
  readonly network: Network | undefined;
  /** A member ended although nothing was done to it. */
  readonly endedByItself: (sentence: string) => void;
}

/** One member's process, address and directory over all its lives. */
export class ClusterMember implements Target {
  readonly id: number;
  readonly votes: boolean;
  readonly host: string;
  readonly port: number;
  /** The member keeps everything in `data` below it; a small disk may be mounted here. */
  readonly disk: string;
  readonly process: ManagedProcess;
  /** While true it may end by itself: what was done to it leaves it no choice. */
  mayEnd = false;
  readonly #endedByItself: (sentence: string) => void;
  #ends = 0;

  constructor(plan: ClusterPlan, machine: Machine, command: Command) {
    this.id = machine.id;
    this.votes = machine.votes;
    this.host = machine.clients.host;
    this.port = machine.clients.port;
    this.disk = join(plan.directory, `disk-${machine.id}`);
    const log = join(plan.directory, `member-${machine.id}.log`);
    this.process = new ManagedProcess(`member ${machine.id}`, command, log);
    this.#endedByItself = plan.endedByItself;
  }

  get dataDir(): string {
    return join(this.disk, 'data');
  }

  start(): void {
    this.mayEnd = false;
    if (this.process.alive) return;
    this.process.start();
    void this.process.ended().then((code) => {
      if (this.mayEnd) return;
      const how = code === null ? 'by a signal' : `with exit code ${code}`;
      this.#endedByItself(`member ${this.id} ended ${how}: ${this.lastLine()}`);
      this.#ends += 1;
      // As a supervisor would, that the run can go on; not for ever.
      if (this.#ends < ENDS_MAX) this.start();
    });
  }

  async kill(): Promise<void> {
    this.mayEnd = true;
    await this.process.kill();
  }

  /** SIGTERM, as an operator stops it. */
  async stop(): Promise<number | null> {
    this.mayEnd = true;
    return this.process.terminate();
  }

  /** Everything that it kept is gone. */
  wipe(): void {
    if (this.process.alive) throw new Error(`member ${this.id} runs`);
    rmSync(this.dataDir, { recursive: true, force: true });
  }

  lastLine(): string {
    return this.process.log().trimEnd().split('\n').at(-1) ?? '';
  }

  srvr(): Promise<Srvr | undefined> {
    return srvr(this);
  }
}

/** Members and NATS servers, each a process; the first three machines have one of both. */
export class Cluster {
  readonly members: readonly ClusterMember[];
  readonly nats: readonly ManagedProcess[];
  readonly network: Network | undefined;

  private constructor(plan: ClusterPlan, machines: readonly Machine[]) {
    this.network = plan.network;
    const servers = machines.slice(0, NATS_SERVERS);
    this.nats = servers.map((machine) => natsServer(plan, machine, servers));
    this.members = machines.map((machine) => {
      const config = writeConfig(plan, machine, machines);
      const args = [...NODE_OPTIONS, plan.program, 'member', '--config', config];
      return new ClusterMember(plan, machine, on(plan, machine, { file: process.execPath, args }));
    });
    for (const { disk } of this.members) mkdirSync(disk);
  }

  /** Everything but the processes. */
  static async layOut(plan: ClusterPlan): Promise<Cluster> {
    const count = plan.voters + plan.observers;
    const ids = Array.from({ length: count }, (_, index) => index + 1);
    const places = plan.network === undefined ? await onLoopback(ids) : apart(ids, plan.network);
    const machines = places.map((place) => ({ ...place, votes: place.id <= plan.voters }));
    return new Cluster(plan, machines);
  }

  get voters(): readonly ClusterMember[] {
    return this.members.filter(({ votes }) => votes);
  }

  member(id: number): ClusterMember {
    const found = this.members.find((member) => member.id === id);
    if (found === undefined) throw new RangeError(`no member ${id}`);
    return found;
  }

  startAll(): void {
    for (const server of this.nats) if (!server.alive) server.start();
    for (const member of this.members) member.start();
  }

  /** SIGKILL for everything, in one turn. */
  async killAll(): Promise<void> {
    for (const member of this.members) member.mayEnd = true;
    const everything = [...this.members.map((member) => member.process), ...this.nats];
    for (const one of everything) one.signal('SIGKILL');
    await Promise.all(everything.map((one) => one.ended()));
  }

  /** The member that says it leads; where two say so, the one of the later epoch. */
  async leader(): Promise<ClusterMember | undefined> {
    const answers = await Promise.all(
      this.members.map(async (member) => ({ member, said: await member.srvr() })),
    );
    const leading = answers.filter(({ said }) => said?.mode === 'leader');
    leading.sort((one, other) => (other.said?.zxid ?? 0) - (one.said?.zxid ?? 0));
    return leading[0]?.member;
  }

  async serving(): Promise<void> {
    await eventually('every member serving', SERVING_MS, async () => {
      const said = await Promise.all(this.members.map((member) => member.srvr()));
      return said.every((one) => one !== undefined);
    });
  }

  /** Waits until all members report the same last zxid, twice: nothing is on its way any more. */
  settled(withinMs: number): Promise<number> {
    let before = -1;
    return eventually(
      'the same zxid on every member',
      withinMs,
      async () => {
        const zxids = await Promise.all(this.members.map(async (m) => (await m.srvr())?.zxid));
        const [first = -1] = zxids;
        const isSame = first === before && zxids.every((zxid) => zxid === first);
        before = first;
        return isSame && first;
      },
      200,
    );
  }
}

async function onLoopback(ids: readonly number[]): Promise<Place[]> {
  const base = await freePorts(ids.length * 3);
  const host = '127.0.0.1';
  return ids.map((id, index) => {
    const port = base + index * 3;
    return { id, clients: { host, port }, bus: { host, port: port + 1, routePort: port + 2 } };
  });
}

function apart(ids: readonly number[], network: Network): Place[] {
  return ids.map((id) => ({
    id,
    clients: { host: network.address(id, 'clients'), port: 2181 },
    bus: { host: network.address(id, 'bus'), port: 4222, routePort: 6222 },
  }));
}

function on(plan: ClusterPlan, machine: Machine, command: Command): Command {
  return plan.network === undefined ? command : plan.network.command(machine.id, command);
}

function natsServer(
  plan: ClusterPlan,
  machine: Machine,
  servers: readonly Machine[],
): ManagedProcess {
  const { bus, id } = machine;
  const routes = servers.map(({ bus: { host, routePort } }) => `"nats://${host}:${routePort}"`);
  const file = join(plan.directory, `nats-${id}.conf`);
  // As ops/nats/cluster.conf has it.
  const lines = [
    `server_name: "nats-${id}"`,
    `listen: "${bus.host}:${bus.port}"`,
    `cluster { name: "faults", listen: "${bus.host}:${bus.routePort}", routes: [${routes.join(', ')}] }`,
    'ping_interval: "5s"',
    'ping_max: 2',
  ];
  writeFileSync(file, `${lines.join('\n')}\n`);
  const command = on(plan, machine, { file: 'nats-server', args: ['-c', file] });
  return new ManagedProcess(`NATS server ${id}`, command, join(plan.directory, `nats-${id}.log`));
}

function idsOf(machines: readonly Machine[], voting: boolean): string {
  return machines
    .filter(({ votes }) => votes === voting)
    .map(({ id }) => id)
    .join(',');
}

function writeConfig(plan: ClusterPlan, machine: Machine, machines: readonly Machine[]): string {
  const file = join(plan.directory, `member-${machine.id}.cfg`);
  const settings: Record<string, string | number> = {
    'admin.enableServer': 'false',
    '4lw.commands.whitelist': '*',
    maxClientCnxns: 0,
    logFormat: 'json',
    ...plan.settings,
    id: machine.id,
    members: idsOf(machines, true),
    ...(plan.observers === 0 ? {} : { observers: idsOf(machines, false) }),
    peerType: machine.votes ? 'participant' : 'observer',
    nats: machines
      .slice(0, NATS_SERVERS)
      .map(({ bus }) => `nats://${bus.host}:${bus.port}`)
      .join(','),
    // With all of them the leader writes the config node.
    clientAddresses: machines
      .map(({ id, clients }) => `${id}=${clients.host}:${clients.port}`)
      .join(','),
    clientHost: machine.clients.host,
    clientPort: machine.clients.port,
    dataDir: join(plan.directory, `disk-${machine.id}`, 'data'),
  };
  const lines = Object.entries(settings).map(([key, value]) => `${key}=${value}\n`);
  writeFileSync(file, lines.join(''));
  return file;
}
