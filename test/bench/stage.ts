import { setTimeout as sleep } from 'node:timers/promises';
import type { LoadRun } from './generators/load-run.ts';
import { type EnsemblePeer, ensemblePeer } from './peers/ensemble-peer.ts';
import type { Peer } from './peers/peer.ts';
import { type PeerSite, startPeer } from './peers/start-peer.ts';
import { playLeaderKill } from './plays/leader-kill-play.ts';
import { type LoadTimes, playLoad } from './plays/load-play.ts';
import { playMemory } from './plays/memory-play.ts';
import { playObservers } from './plays/observer-play.ts';
import type { Played } from './plays/played.ts';
import { playRestart } from './plays/restart-play.ts';
import { playWatches } from './plays/watch-play.ts';
import { cpuSecondsOf } from './process-figures.ts';
import { isEnsembleName, type Load, type PeerName, type Row, type Setting } from './row.ts';

/** The JVM and Node.js compile what runs often: before that nothing of them is measured. So many times the warm-up of a run. */
const START_WARM_UPS = 5;
const IDLE_MS = 5000;
const TREE_ROOT = '/tree';
const FILL: Load = { operation: 'fill', connections: 32, window: 16 };

export interface StageOptions {
  readonly seconds: number;
  readonly warmUp: number;
  readonly site: PeerSite;
}

/** The peers that run for one setting, and the plays on them. */
export class Stage {
  readonly #setting: Setting;
  readonly #options: StageOptions;
  readonly #peers = new Map<PeerName, Peer>();
  readonly #filled = new Set<PeerName>();

  constructor(setting: Setting, options: StageOptions) {
    this.#setting = setting;
    this.#options = options;
  }

  async start(name: PeerName): Promise<void> {
    const site = { ...this.#options.site, voters: this.#voters };
    const peer = await startPeer(name, site, this.#setting);
    this.#peers.set(name, peer);
    if (isEnsembleName(name)) await this.#warmUp(peer);
  }

  async stop(name: PeerName): Promise<void> {
    const peer = this.#peers.get(name);
    this.#peers.delete(name);
    this.#filled.delete(name);
    await peer?.stop();
  }

  async stopAll(): Promise<void> {
    for (const name of [...this.#peers.keys()]) await this.stop(name);
  }

  /** What each of them takes of a processor while nobody asks anything of them. */
  async idleShares(names: readonly PeerName[]): Promise<number[]> {
    const used = () => names.map((name) => cpuSecondsOf(this.#peer(name).pids()));
    const before = used();
    await sleep(IDLE_MS);
    return used().map((seconds, index) => (seconds - (before[index] ?? 0)) / (IDLE_MS / 1000));
  }

  async play({ work }: Row, name: PeerName): Promise<Played> {
    switch (work.kind) {
      case 'leader-kill':
        return playLeaderKill(() => this.#startOwn(name), work.kills);
      case 'watches':
        return playWatches(() => this.#startOwn(name), work.sessions, work.changes);
      case 'observers': {
        const start = (observers: number) => this.#startOwn(name, observers);
        return playObservers(start, work.observers, work.load, this.#times(work.load));
      }
      case 'fill':
        return this.#fill(name, work);
      case 'load':
        await this.#filledIfNeeded(name);
        return playLoad(this.#peer(name), work.load, this.#times(work.load));
      case 'memory':
        await this.#filledIfNeeded(name);
        return playMemory(this.#peer(name));
      case 'restart': {
        await this.#filledIfNeeded(name);
        const peer = this.#peer(name);
        if (!isEnsemblePeer(peer)) throw new Error(`${name} has no members to restart`);
        return playRestart(peer, this.#nodes, () => this.#startOwn(name));
      }
    }
  }

  get #voters(): number {
    return this.#setting.voters ?? this.#options.site.voters;
  }

  get #nodes(): number {
    return this.#setting.nodes ?? 0;
  }

  #peer(name: PeerName): Peer {
    const peer = this.#peers.get(name);
    if (peer === undefined) throw new Error(`${name} does not run`);
    return peer;
  }

  /** Another ensemble of the same setting, for one row alone. */
  async #startOwn(name: PeerName, observers = 0): Promise<EnsemblePeer> {
    if (!isEnsembleName(name)) throw new Error(`${name} is no ensemble`);
    const site = { ...this.#options.site, voters: this.#voters, observers };
    const peer = await ensemblePeer(name, site, this.#setting);
    try {
      await this.#warmUp(peer);
      return peer;
    } catch (error) {
      await peer.stop();
      throw error;
    }
  }

  async #warmUp(peer: Peer): Promise<void> {
    const load: Load = { operation: 'mix', connections: 32, window: 8 };
    const seconds = START_WARM_UPS * this.#options.warmUp;
    if (seconds === 0) return;
    const times = { ...this.#times(load), seconds, warmUp: 0 };
    await peer.load(load, unwatched(times));
  }

  async #fill(name: PeerName, size: Pick<Load, 'connections' | 'window'>): Promise<Played> {
    if (this.#filled.has(name)) throw new Error('the tree is there already');
    const load = { ...FILL, ...size };
    const played = await playLoad(this.#peer(name), load, this.#times(load));
    this.#filled.add(name);
    return played;
  }

  /** Where the row that fills the tree was not asked for, or another comes first. */
  async #filledIfNeeded(name: PeerName): Promise<void> {
    if (this.#nodes === 0 || this.#filled.has(name)) return;
    await this.#peer(name).load(FILL, unwatched(this.#times(FILL)));
    this.#filled.add(name);
  }

  #times({ operation, bytes = 100, isOverTree }: Load): LoadTimes {
    const { seconds, warmUp } = this.#options;
    const isInTree = isOverTree || operation === 'fill';
    // A directory for each size: a node keeps what was last written to it.
    const root = isInTree ? TREE_ROOT : `/bench-${bytes}`;
    return { seconds, warmUp, root, nodes: this.#nodes };
  }
}

function unwatched(times: LoadTimes): LoadRun {
  return { ...times, watcher: { measuring: () => undefined, measured: () => undefined } };
}

function isEnsemblePeer(peer: Peer): peer is EnsemblePeer {
  return peer.ensemble !== undefined;
}
