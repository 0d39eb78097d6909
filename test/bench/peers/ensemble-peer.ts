import { Client } from '../../client/client.ts';
import type { EnsembleOptions } from '../../ensemble/service.ts';
import { eventually } from '../../ensemble/wait.ts';
import { Ensemble, type Member } from '../../ensemble.ts';
import { FlushWatch } from '../flushes/flush-watch.ts';
import { zkload } from '../generators/zkload.ts';
import type { EnsembleName, Load, Setting } from '../row.ts';
import type { Peer } from './peer.ts';

export interface EnsemblePeer extends Peer {
  readonly ensemble: Ensemble;
}

export interface EnsembleSite {
  readonly voters: number;
  readonly observers?: number;
  /** The compiled members of the other revision. */
  readonly program?: string;
  /** Where Vivarium's members leave their profiles. */
  readonly profile?: string;
}

/** A zxid is an epoch and a counter of 32 bits. */
const COUNTER = 2 ** 32;
/** Seven or nine members start together on a few processors. */
const SERVE_MS = 5 * 60_000;
const ANSWER_MS = 30_000;

/** Vivarium, another revision of it, or ZooKeeper: an ensemble, driven by the generator in C. */
export async function ensemblePeer(
  name: EnsembleName,
  site: EnsembleSite,
  { flushes, javaHeap }: Pick<Setting, 'flushes' | 'javaHeap'>,
): Promise<EnsemblePeer> {
  const flushWatch = flushes === 'plain' ? undefined : new FlushWatch(flushes);
  const profile = name === 'vivarium' ? site.profile : undefined;
  const options: EnsembleOptions = {
    service: name === 'zookeeper' ? 'zookeeper' : 'vivarium',
    members: site.voters,
    serveMs: SERVE_MS,
    observers: site.observers ?? 0,
    ...(site.program === undefined || name !== 'revision' ? {} : { program: site.program }),
    ...(profile === undefined ? {} : { nodeFlags: ({ id }) => profileFlags(profile, id) }),
    ...(javaHeap === undefined ? {} : { javaHeap }),
    ...(flushWatch === undefined ? {} : { environment: flushWatch.environment }),
  };
  let ensemble: Ensemble;
  try {
    ensemble = await Ensemble.start(options);
  } catch (error) {
    flushWatch?.remove();
    throw error;
  }
  return {
    name,
    ensemble,
    ...(flushWatch === undefined ? {} : { flushWatch }),
    load: async (load, run) => zkload(await hosts(ensemble, load), load, run),
    pids: () => pidsOf(ensemble),
    term: () => term(ensemble),
    stop: async () => {
      // A profile is written by a process that ends by itself.
      if (profile !== undefined) await endMembers(ensemble);
      await ensemble.stop();
      flushWatch?.remove();
    },
  };
}

function profileFlags(directory: string, member: number): string[] {
  const name = `member-${member}-${Date.now()}`;
  return (['cpu', 'heap'] as const).flatMap((kind) => [
    `--${kind}-prof`,
    `--${kind}-prof-dir=${directory}`,
    `--${kind}-prof-name=${name}.${kind}profile`,
  ]);
}

async function endMembers(ensemble: Ensemble): Promise<void> {
  await Promise.all(ensemble.members.map((member) => member.process.terminate()));
}

/** Of the members and their bus. */
export function pidsOf(ensemble: Ensemble): number[] {
  const processes = [...ensemble.bus, ...ensemble.members.map((member) => member.process)];
  return processes.flatMap(({ pid }) => (pid === undefined ? [] : [pid]));
}

/** A single member leads nobody. */
async function leaderOf(ensemble: Ensemble): Promise<Member> {
  const [only, ...others] = ensemble.members;
  return only !== undefined && others.length === 0 ? only : ensemble.leader();
}

async function hosts(ensemble: Ensemble, { at }: Load): Promise<string> {
  if (at === undefined) return ensemble.connectString;
  const leader = await leaderOf(ensemble);
  const member = at === 'leader' ? leader : ensemble.members.find((other) => other !== leader);
  const { host, port } = member ?? leader;
  return `${host}:${port}`;
}

/**
 * The epoch of the leader's last txn, which is that of a session made for the question: an epoch in which nothing was
 * written yet shows in no zxid.
 */
async function term(ensemble: Ensemble): Promise<string> {
  const client = await Client.connect(ensemble.members);
  const leader = await leaderOf(ensemble);
  const { zxid } = await eventually('the zxid of the leader', ANSWER_MS, () => leader.srvr());
  await client.close();
  return `epoch ${Math.floor(zxid / COUNTER)}`;
}
