import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { HistoryEvent } from '../history/event.ts';
import { Random } from '../sim/world/random.ts';
import { checkHistory, wholeHistory } from './check-history.ts';
import { checkers } from './checkers.ts';
import { Cluster } from './cluster.ts';
import type { Scene } from './fault.ts';
import { Nemesis } from './nemesis.ts';
import { Network } from './network.ts';
import { CLIENTS_FILE, memberSettings, type RunOptions } from './options.ts';
import { Recorder } from './recorder.ts';
import { RecordingClient } from './recording-client.ts';
import { report } from './report.ts';
import { ServiceProbe } from './service-probe.ts';
import { SmallDisk } from './small-disk.ts';
import { walkTree } from './tree-walk.ts';
import { TxnArchive } from './txn-archive.ts';

/** Of all clients together. */
const REQUESTS_PER_SECOND = 250;
const REQUESTS_PER_BATCH = 2;
const PROGRESS_EVERY_MS = 5000;
const CLIENTS_END_WITHIN_MS = 10_000;
const SETTLED_WITHIN_MS = 15_000;

/** A whole run; what was violated, nothing where all is well. */
export class Run {
  readonly #options: RunOptions;
  readonly #random: Random;
  readonly #recorder: Recorder;
  readonly #archive = new TxnArchive();
  readonly #clients: RecordingClient[] = [];
  #smallDisk: SmallDisk | undefined;
  #ended: Promise<unknown> = Promise.resolve();

  constructor(options: RunOptions) {
    this.#options = options;
    this.#random = new Random(options.seed);
    this.#recorder = new Recorder(join(options.directory, CLIENTS_FILE));
  }

  async carryOut(): Promise<readonly string[]> {
    const { seed, minutes, only, serviceMs } = this.#options;
    const untilMs = performance.now() + minutes * 60_000;
    const cluster = await this.#layOut();
    cluster.startAll();
    await cluster.serving();
    const scene: Scene = {
      cluster,
      random: this.#random,
      recorder: this.#recorder,
      archive: this.#archive,
      service: new ServiceProbe(this.#recorder),
      smallDisk: this.#smallDisk,
    };
    this.#startClients(cluster);
    const voters = cluster.voters.length;
    const observers = cluster.members.length - voters;
    const beside = observers === 0 ? '' : ` and ${observers} that observe`;
    say(`seed ${seed}: ${voters} members${beside}, ${this.#clients.length} clients`);
    const nemesis = new Nemesis(scene, { only, serviceMs, untilMs, say });
    const progress = setInterval(() => this.#progress(nemesis), PROGRESS_EVERY_MS);
    try {
      await nemesis.run();
    } finally {
      clearInterval(progress);
    }
    return this.#conclude(cluster, nemesis);
  }

  async #layOut(): Promise<Cluster> {
    const { directory, program, isIsolated, hasNetwork } = this.#options;
    const random = this.#random;
    const isLarge = random.chance(0.25);
    const voters = this.#options.members ?? (isLarge ? 5 : 3);
    const observers = this.#options.observers ?? (voters === 5 ? 1 : 0);
    const settings = memberSettings(random);
    const network = hasNetwork ? networkFor(voters + observers) : undefined;
    const endedByItself = (sentence: string) => this.#recorder.violation(sentence);
    const cluster = await Cluster.layOut({
      directory,
      voters,
      observers,
      program,
      settings,
      network,
      endedByItself,
    });
    const chosen = random.pick(cluster.members);
    if (isIsolated) this.#smallDisk = smallDiskFor(() => new SmallDisk(chosen));
    return cluster;
  }

  #startClients(cluster: Cluster): void {
    const count = 8 + this.#random.below(9);
    const pauseMs = (1000 * count * REQUESTS_PER_BATCH) / REQUESTS_PER_SECOND;
    for (let index = 0; index < count; index += 1) {
      const random = new Random(this.#options.seed * 1000 + index);
      const name = `c${index}`;
      this.#clients.push(
        new RecordingClient(name, this.#recorder, cluster.members, random, pauseMs),
      );
    }
    this.#ended = Promise.all(this.#clients.map((client) => client.run()));
  }

  #progress(nemesis: Nemesis): void {
    const { nowMs, acknowledgedWrites, violations } = this.#recorder;
    const found = violations.length === 0 ? '' : `; ${violations.length} VIOLATIONS`;
    say(
      `${(nowMs / 1000).toFixed(0)} s  now: ${nemesis.now}; ${acknowledgedWrites} writes acknowledged${found}`,
    );
  }

  /** The zxid that all members have come to. */
  async #settled(cluster: Cluster): Promise<number> {
    try {
      return await cluster.settled(SETTLED_WITHIN_MS);
    } catch (error) {
      this.#recorder.violation(error instanceof Error ? error.message : String(error));
      const said = await Promise.all(cluster.members.map((member) => member.srvr()));
      return Math.max(0, ...said.map((one) => one?.zxid ?? 0));
    }
  }

  /** No more faults: everybody ends, every member is looked at, and the history is checked. */
  async #conclude(cluster: Cluster, nemesis: Nemesis): Promise<readonly string[]> {
    const recorder = this.#recorder;
    recorder.tell({ type: 'phase', phase: 'liveness' });
    for (const client of this.#clients) client.stop();
    await Promise.race([this.#ended, sleep(CLIENTS_END_WITHIN_MS, undefined, { ref: false })]);
    await this.#settled(cluster);
    let nodes = 0;
    for (const member of cluster.members) {
      const walked = await walkTree(recorder, member);
      if (typeof walked === 'string') recorder.violation(walked);
      else nodes = walked;
    }
    const through = await this.#settled(cluster);
    for (const member of cluster.members) {
      const code = await member.stop();
      if (code !== 0) recorder.violation(`member ${member.id} stopped with exit code ${code}`);
    }
    for (const member of cluster.members) await this.#archive.finish(member, through);
    recorder.tell({ type: 'phase', phase: 'end' });
    await recorder.close();
    const members = cluster.members.map(({ id }) => id);
    const events = wholeHistory(this.#archive.delivered(recorder.startedWallMs), recorder.file);
    const kept = keptIn(this.#options.historyFile, events);
    const verdicts = await checkHistory(kept, checkers(members));
    say('');
    const { acknowledgedWrites, answered, unknown } = recorder;
    const { kinds, healings, leftOut } = nemesis;
    const counts = { acknowledgedWrites, answered, unknown, txns: this.#archive.size, nodes };
    say(report({ kinds, healings, leftOut, verdicts, ...counts }));
    const gap = this.#archive.gap();
    return [
      ...recorder.violations,
      ...(gap === undefined ? [] : [gap]),
      ...this.#archive.violations,
      ...this.#archive.holes(through),
      ...verdicts.flatMap(({ checker, violation }) =>
        violation === undefined ? [] : [`${checker}: ${violation}`],
      ),
    ];
  }
}

/** The same events, written down on their way. */
async function* keptIn(
  file: string,
  events: AsyncIterable<HistoryEvent>,
): AsyncGenerator<HistoryEvent> {
  const stream = createWriteStream(file, { mode: 0o600 });
  for await (const event of events) {
    if (!stream.write(`${JSON.stringify(event)}\n`)) await once(stream, 'drain');
    yield event;
  }
  stream.end();
  await once(stream, 'close');
}

function networkFor(members: number): Network | undefined {
  const machines = Array.from({ length: members }, (_, index) => index + 1);
  try {
    const network = new Network(machines);
    if (!network.isBackoffLimited) {
      say('this kernel has no tcp_rto_max_ms: after a partition TCP may wait as long as it lasted');
    }
    return network;
  } catch (error) {
    say(`no network of its own: ${firstLine(error)}`);
    return undefined;
  }
}

function smallDiskFor(make: () => SmallDisk): SmallDisk | undefined {
  try {
    return make();
  } catch (error) {
    say(`no small disk: ${firstLine(error)}`);
    return undefined;
  }
}

function firstLine(error: unknown): string {
  return String(error instanceof Error ? error.message : error).split('\n')[0] ?? '';
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
