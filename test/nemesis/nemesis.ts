import { loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { allFaults, schedule } from './all-faults.ts';
import type { Fault, Scene } from './fault.ts';
import type { Healing } from './report.ts';

/** After that a member that does not serve is not waited for any longer. */
const SERVICE_GIVEN_UP_MS = 20_000;

export interface NemesisOptions {
  readonly only: readonly string[];
  readonly serviceMs: number;
  readonly untilMs: number;
  readonly say: (line: string) => void;
}

/** Does one fault after the other to a cluster, heals each, and waits until every member serves again. */
export class Nemesis {
  readonly healings: Healing[] = [];
  readonly leftOut: { kind: string; reason: string }[] = [];
  /** What is being done now. */
  now = 'nothing yet';
  readonly #scene: Scene;
  readonly #options: NemesisOptions;
  readonly #faults: readonly Fault[];

  constructor(scene: Scene, options: NemesisOptions) {
    this.#scene = scene;
    this.#options = options;
    const { only } = options;
    const wanted = allFaults.filter(
      ({ kind }) => only.length === 0 || only.some((word) => kind.includes(word)),
    );
    this.#faults = wanted.filter((fault) => {
      const reason = fault.missing(scene);
      if (reason !== undefined) this.leftOut.push({ kind: fault.kind, reason });
      return reason === undefined;
    });
  }

  get kinds(): readonly string[] {
    return this.#faults.map(({ kind }) => kind);
  }

  /** Resolves when the time is over, with everything healed. */
  async run(): Promise<void> {
    for (const { fault, holdMs, pauseMs } of schedule(this.#scene.random, this.#faults)) {
      if (performance.now() >= this.#options.untilMs) return;
      await this.#one(fault, holdMs);
      this.now = 'peace';
      await sleep(pauseMs);
    }
  }

  async #one(fault: Fault, holdMs: number): Promise<void> {
    const { recorder, service, cluster } = this.#scene;
    const { kind } = fault;
    this.now = kind;
    const atS = (recorder.nowMs / 1000).toFixed(1);
    const { note, member, heal } = await fault.inject(this.#scene);
    const what = { kind, note, ...(member === undefined ? {} : { member }) };
    recorder.tell({ type: 'fault', ...what });
    await sleep(holdMs);
    const healedMs = await heal();
    recorder.tell({ type: 'repaired', ...what });
    this.now = `${kind}, healed`;
    const serviceMs = await service.throughAll(cluster.members, healedMs, SERVICE_GIVEN_UP_MS);
    this.healings.push({ kind, serviceMs });
    const took = serviceMs === undefined ? 'NO SERVICE' : `${serviceMs.toFixed(0)} ms`;
    this.#options.say(`${atS} s  ${kind}: ${note}; service after ${took}`);
    if (serviceMs === undefined || serviceMs > this.#options.serviceMs) {
      const load = loadavg()[0]?.toFixed(1);
      recorder.violation(`${kind} (${note}): service after ${took} (load ${load})`);
    }
  }
}
