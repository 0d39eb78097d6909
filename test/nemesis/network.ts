import { execFileSync, spawnSync } from 'node:child_process';
import type { Command } from '../ensemble/managed-process.ts';

/** Two networks: what members say to each other can be cut while their clients still reach them. */
export type Side = 'bus' | 'clients';

const SUBNETS: Readonly<Record<Side, string>> = { bus: '10.99.0', clients: '10.98.0' };
const SIDES = ['bus', 'clients'] as const;
const HARNESS = 254;
/** The address of no interface: what is sent to it arrives nowhere, and nobody is told. */
const NOBODY = '02:00:00:00:00:fe';

/** The least that kernels take. */
const BACKOFF_MAX_MS = 1000;

/** How a slow network is made: with a delay where the kernel can, else with a narrow pipe. */
const DELAY = ['netem', 'delay', '60ms', '30ms', 'loss', '1%'];
const NARROW = ['tbf', 'rate', '400kbit', 'burst', '3000', 'limit', '20000'];

/**
 * A namespace for each machine, two wires from each to a bridge for all. The run has a network namespace of its own
 * already: nothing here touches the network of this computer.
 */
export class Network {
  readonly #machines: readonly number[];
  readonly #heal: (() => void)[] = [];
  /** In words. */
  readonly slowness: string;
  readonly #queue: readonly string[] | undefined;
  #isBackoffLimited = true;

  /** @throws Error where interfaces or namespaces cannot be made */
  constructor(machines: readonly number[]) {
    this.#machines = machines;
    // Names of namespaces are files below /run: in there the run has one of its own.
    execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', '/run'], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    ip('link', 'set', 'lo', 'up');
    for (const side of SIDES) {
      ip('link', 'add', side, 'type', 'bridge');
      ip('link', 'set', side, 'up');
      ip('addr', 'add', `${SUBNETS[side]}.${HARNESS}/24`, 'dev', side);
    }
    for (const machine of machines) this.#addMachine(machine);
    this.#queue = this.#findQueue();
    this.slowness = this.#queue === DELAY ? 'packets delayed' : 'a narrow pipe';
  }

  /** Whether a connection that was cut goes on within a second. Older kernels let it wait as long as the cut lasted. */
  get isBackoffLimited(): boolean {
    return this.#isBackoffLimited;
  }

  get canSlow(): boolean {
    return this.#queue !== undefined;
  }

  address(machine: number, side: Side): string {
    return `${SUBNETS[side]}.${machine}`;
  }

  /** The same command on that machine. */
  command(machine: number, command: Command): Command {
    return {
      ...command,
      file: 'ip',
      args: ['netns', 'exec', name(machine), command.file, ...command.args],
    };
  }

  /** Nothing goes in or out on that side. */
  cut(machine: number, side: Side): void {
    ip('link', 'set', wire(machine, side), 'nomaster');
    this.#heal.push(() => ip('link', 'set', wire(machine, side), 'master', side));
  }

  /** What `from` sends to `to` on the bus is lost; the way back is open. */
  cutOneWay(from: number, to: number): void {
    const there = this.address(to, 'bus');
    const entry = [there, 'dev', 'bus'];
    ip('-n', name(from), 'neigh', 'replace', ...entry, 'lladdr', NOBODY, 'nud', 'permanent');
    this.#heal.push(() => ip('-n', name(from), 'neigh', 'del', ...entry));
  }

  slow(machine: number): void {
    if (this.#queue === undefined) throw new Error('this kernel has no queue that delays');
    const words = ['-n', name(machine), 'qdisc'];
    execFileSync('tc', [...words, 'replace', 'dev', 'bus', 'root', ...this.#queue]);
    this.#heal.push(() => execFileSync('tc', [...words, 'del', 'dev', 'bus', 'root']));
  }

  heal(): void {
    for (const heal of this.#heal.splice(0)) heal();
  }

  #addMachine(machine: number): void {
    const namespace = name(machine);
    ip('netns', 'add', namespace);
    ip('-n', namespace, 'link', 'set', 'lo', 'up');
    for (const side of SIDES) {
      const end = wire(machine, side);
      ip('link', 'add', end, 'type', 'veth', 'peer', 'name', side, 'netns', namespace);
      ip('link', 'set', end, 'master', side, 'up');
      ip('-n', namespace, 'addr', 'add', `${this.address(machine, side)}/24`, 'dev', side);
      ip('-n', namespace, 'link', 'set', side, 'up');
    }
    this.#limitBackoff(machine);
  }

  /** Else a connection that was cut for five seconds may wait for five more until it tries again. */
  #limitBackoff(machine: number): void {
    const set = `echo ${BACKOFF_MAX_MS} >/proc/sys/net/ipv4/tcp_rto_max_ms`;
    const words = ['netns', 'exec', name(machine), 'sh', '-c', set];
    this.#isBackoffLimited &&= spawnSync('ip', words, { stdio: 'ignore' }).status === 0;
  }

  #findQueue(): readonly string[] | undefined {
    const [machine = 1] = this.#machines;
    const words = ['-n', name(machine), 'qdisc'];
    for (const queue of [DELAY, NARROW]) {
      const add = [...words, 'replace', 'dev', 'bus', 'root', ...queue];
      if (spawnSync('tc', add, { stdio: 'ignore' }).status !== 0) continue;
      execFileSync('tc', [...words, 'del', 'dev', 'bus', 'root']);
      return queue;
    }
    return undefined;
  }
}

function name(machine: number): string {
  return `member-${machine}`;
}

function wire(machine: number, side: Side): string {
  return `${side}-${machine}`;
}

function ip(...words: string[]): void {
  execFileSync('ip', words, { stdio: ['ignore', 'ignore', 'pipe'] });
}
