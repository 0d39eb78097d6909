import { Client } from '../../client/client.ts';
import { MODE } from '../../client/record.ts';
import type { Ensemble } from '../../ensemble.ts';
import type { EnsemblePeer } from '../peers/ensemble-peer.ts';
import type { Played } from './played.ts';

const SESSION_MS = 30_000;
/** A server that holds its tree on the heap reads all of it first. */
const SERVE_MS = 10 * 60_000;

/** Kills everything and starts it again, with the tree that is there and, on an ensemble of its own, with an empty one. */
export async function playRestart(
  full: EnsemblePeer,
  nodes: number,
  startEmpty: () => Promise<EnsemblePeer>,
): Promise<Played> {
  const firstWriteMs = await restart(full.ensemble, nodes);
  const empty = await startEmpty();
  try {
    const emptyFirstWriteMs = await restart(empty.ensemble, 0);
    const overEmpty = firstWriteMs / emptyFirstWriteMs;
    const figures = { firstWriteMs, emptyFirstWriteMs, overEmpty };
    return { figures, notes: [], measurements: [] };
  } finally {
    await empty.stop();
  }
}

/** From the end of the last process to the first write that is acknowledged, ms. @throws Error where something is lost */
async function restart(ensemble: Ensemble, nodes: number): Promise<number> {
  const before = await Client.connect(ensemble.members);
  const { path } = await before.create('/before-', '', { mode: MODE.persistentSequential });
  before.abandon();
  await ensemble.killAll();
  const killedMs = performance.now();
  const all = ensemble.startAll(SERVE_MS);
  const connected = Client.connect(ensemble.members, { timeoutMs: SESSION_MS });
  // A client tries for ever: the wait for the members has the limit.
  const client = await Promise.race([connected, all.then(() => connected)]);
  await client.create('/after-', '', { mode: MODE.persistentSequential });
  const firstWriteMs = performance.now() - killedMs;
  if ((await client.exists(path)) === undefined) throw new Error(`${path} is lost`);
  await all;
  for (const member of ensemble.members) {
    const count = (await member.srvr())?.nodeCount ?? 0;
    if (count < nodes) throw new Error(`member ${member.id} holds ${count} of ${nodes} nodes`);
  }
  await client.close();
  return firstWriteMs;
}
