import { fileURLToPath } from 'node:url';
import { eventually } from '../../ensemble/wait.ts';
import { zkload } from '../generators/zkload.ts';
import { isListening } from '../listening.ts';
import type { Peer } from './peer.ts';
import { ServerGroup } from './server-group.ts';

const PROGRAM = fileURLToPath(new URL('./frame-server-process.ts', import.meta.url));
const START_MS = 30_000;

/** As many bare servers as there would be members: what Node.js alone makes of the same bytes. */
export async function frames(members: number): Promise<Peer> {
  const group = await ServerGroup.start('frames', members, ({ port }) => ({
    file: process.execPath,
    args: ['--import', import.meta.resolve('tsx'), PROGRAM, String(port)],
  }));
  try {
    await Promise.all(
      group.places.map((place) =>
        eventually('a bare server to listen', START_MS, () => isListening(place)),
      ),
    );
  } catch (error) {
    await group.stop();
    throw error;
  }
  const hosts = group.places.map(({ host, port }) => `${host}:${port}`).join(',');
  return {
    name: 'frames',
    load: (load, run) => zkload(hosts, load, run),
    pids: () => group.pids(),
    term: async () => 'no elections',
    stop: () => group.stop(),
  };
}
