import { CREDENTIALS } from '../history/request-mix.ts';
import { ClientSession } from './client-session.ts';
import type { Recorder } from './recorder.ts';
import { RecordingConnection, type Target } from './recording-connection.ts';

const WINDOW = 16;
const HANDSHAKE_MS = 5000;
const TIMEOUT_MS = 20_000;

/**
 * Reads the whole tree through one member, so that the checkers can hold every node of it against what was committed.
 * Returns how many nodes there were, or what went wrong.
 */
export async function walkTree(recorder: Recorder, target: Target): Promise<number | string> {
  const session = new ClientSession(TIMEOUT_MS);
  const connection = await RecordingConnection.open(recorder, target, session, HANDSHAKE_MS);
  if (typeof connection === 'string') return `no session for the last look at member ${target.id}`;
  const auth = { op: 'auth', scheme: 'digest', credentials: CREDENTIALS } as const;
  const sync = { op: 'sync', path: '/' } as const;
  await Promise.all([connection.request(auth), connection.request(sync)]);
  let count = 0;
  const waiting = ['/'];
  while (waiting.length > 0 && connection.isOpen) {
    const paths = waiting.splice(0, WINDOW);
    const children = await Promise.all(paths.map((path) => look(connection, path)));
    for (const [index, names] of children.entries()) {
      const parent = paths[index] === '/' ? '' : paths[index];
      waiting.push(...names.map((name) => `${parent}/${name}`));
    }
    count += paths.length;
  }
  if (!connection.isOpen) return `the last look at member ${target.id} was cut off`;
  await connection.request({ op: 'closeSession' });
  connection.drop();
  return count;
}

async function look(connection: RecordingConnection, path: string): Promise<readonly string[]> {
  const [listed] = await Promise.all([
    connection.request({ op: 'getChildren2', path, watch: false }),
    connection.request({ op: 'getData', path, watch: false }),
    connection.request({ op: 'getAcl', path }),
  ]);
  return listed?.result.names ?? [];
}
